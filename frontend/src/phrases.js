// 常用语: one click, or Alt and a number in the field itself, writes a phrase where the cursor stands.
function write(field, text) {
  const { selectionStart: from, selectionEnd: to, value, maxLength } = field;
  const start = document.activeElement === field || from !== to ? from : value.length;
  const end = document.activeElement === field || from !== to ? to : value.length;
  const next = value.slice(0, start) + text + value.slice(end);
  if (maxLength > 0 && next.length > maxLength) return;
  field.value = next;
  field.focus();
  field.setSelectionRange(start + text.length, start + text.length);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

export function mount(box) {
  const field = document.getElementById(box.dataset.target);
  if (!field) return;
  const buttons = [...box.querySelectorAll('[data-phrase]')];
  box.hidden = false;
  // The cursor stays where it was: a press must not take it out of the field first.
  box.addEventListener('mousedown', (event) => { if (event.target.closest('[data-phrase]')) event.preventDefault(); });
  box.addEventListener('click', (event) => {
    const button = event.target.closest('[data-phrase]');
    if (button) write(field, button.title);
  });
  field.addEventListener('keydown', (event) => {
    const n = event.altKey && !event.ctrlKey && !event.metaKey ? Number(event.code.replace('Digit', '')) : 0;
    const button = n > 0 && buttons[n - 1];
    if (!button) return;
    event.preventDefault();
    write(field, button.title);
  });
}
