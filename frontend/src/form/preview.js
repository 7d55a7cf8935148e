// The printed sheet beside the form follows what is typed. It is drawn by the server once; here the
// cells are only filled again from the fields, so nothing is sent and nothing waits.
const DAY = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}))?$/;

const written = (text) => text.replace(DAY, (_, year, month, day, time) => `${year}年${Number(month)}月${Number(day)}日${time ? ` ${time}` : ''}`);

const labelOf = (field) => field.closest('li, label')?.textContent.trim() ?? field.value;

/** What a reader would see of one field; a group of choices is one field. */
function shown(root) {
  if (root.closest('[hidden]')) return '';
  if (root.matches('select')) return [...root.selectedOptions].filter((o) => o.value).map((o) => o.text.trim()).join('、');
  if (root.matches('[type="checkbox"]')) return root.checked ? '是' : '否';
  if (root.matches('input:not([type="file"]), textarea')) return written(root.value.trim());
  const picker = root.closest('[data-picker]');
  if (picker) return [...picker.querySelectorAll('.picked a')].map((a) => a.textContent).join('、');
  return [...root.querySelectorAll(':checked')].map(labelOf).join('、');
}

const isWrong = (field) => Boolean(field?.matches('.is-wrong') || field?.querySelector?.('.is-wrong'));

function put(cell, field) {
  const text = field ? shown(field) : '';
  if (cell.textContent !== text) cell.textContent = text;
  cell.classList.toggle('is-wrong', isWrong(field));
}

/** One row of the sheet for each row of the form; the first one is the pattern. */
function putRows(part, form) {
  const rows = [...part.querySelectorAll('tr.row')];
  const key = part.dataset.rowsOf;
  const list = form.querySelector(`[data-list="${key}"]`);
  if (!rows.length || !list) return;
  const typed = [...list.querySelectorAll('[data-row]')];
  while (rows.length < Math.max(typed.length, 1)) {
    const made = rows[0].cloneNode(true);
    rows.at(-1).after(made);
    rows.push(made);
  }
  while (rows.length > Math.max(typed.length, 1)) rows.pop().remove();
  rows.forEach((row, index) => {
    for (const cell of row.querySelectorAll('[data-column]')) {
      put(cell, typed[index] ? document.getElementById(`${key}-${index}-${cell.dataset.column}`) : null);
    }
  });
}

export function mountPreview(form) {
  const sheet = form.querySelector('[data-preview]');
  if (!sheet) return;
  let waiting = false;
  const draw = () => {
    waiting = false;
    for (const cell of sheet.querySelectorAll('[data-of]')) put(cell, document.getElementById(cell.dataset.of));
    for (const part of sheet.querySelectorAll('[data-rows-of]')) putRows(part, form);
  };
  form.addEventListener('input', () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(draw);
  });
  draw();
}
