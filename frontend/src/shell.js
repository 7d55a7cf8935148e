// What every page has: modules that mount themselves, keys, rows of a form, the guard against lost work.
// Nothing here is needed to read, submit or decide; it only makes them quicker.
import 'htmx.org';

/** `<div data-module="URL">`: the module is fetched when its element is on the page, and mounts itself there. */
async function mountModules(root) {
  for (const element of root.querySelectorAll('[data-module]:not([data-mounted])')) {
    element.dataset.mounted = '1';
    const module = await import(element.dataset.module);
    module.mount(element);
  }
}

// ── a one-time code in the address: behind the #, so that no server and no log ever sees it ──
const coded = document.querySelector('[data-from-address]');
if (coded && location.hash.length > 1) {
  coded.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, '', location.pathname);
}

// ── keys: j k Enter move in a list, / searches ──────────────────────────────
const typing = (target) => target.closest('input, textarea, select, [contenteditable]');

function moveInList(step) {
  const links = [...document.querySelectorAll('[data-keys] .subject')];
  if (!links.length) return;
  const now = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, now + step))].focus();
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if (event.key === 'j') moveInList(1);
  else if (event.key === 'k') moveInList(-1);
  else if (event.key === '/') (document.querySelector('#q') ?? document.querySelector('[data-search]'))?.focus();
  else return;
  event.preventDefault();
});

// ── rows of a form: add, remove, paste from Excel ───────────────────────────
const rowsOf = (list) => [...list.querySelectorAll('[data-row]')];

/** After every change the rows count from 0 again, as the server does. */
function renumber(list) {
  const key = list.dataset.list;
  const pattern = new RegExp(`^((?:upload-)?${key}-)\\d+(?=-|$)`);
  rowsOf(list).forEach((row, index) => {
    for (const element of row.querySelectorAll('[name], [id], [for], [aria-describedby]')) {
      for (const name of ['name', 'id', 'for', 'aria-describedby']) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace(pattern, `$1${index}`));
      }
    }
    for (const element of row.querySelectorAll('[aria-label]')) {
      element.setAttribute('aria-label', element.getAttribute('aria-label').replace(/第 \d+ 行/, `第 ${index + 1} 行`));
    }
    const remove = row.querySelector('[name="remove_row"]');
    if (remove) remove.value = `${key}-${index}`;
    row.querySelector('[data-no]').textContent = index + 1;
  });
  const count = list.querySelector('[data-count]');
  if (count) count.textContent = rowsOf(list).length;
}

/** A new row is the last one, emptied. A list without rows is left to the server. */
function addRow(list) {
  const rows = rowsOf(list);
  if (!rows.length || rows.length >= Number(list.dataset.max)) return null;
  const row = rows.at(-1).cloneNode(true);
  row.classList.remove('is-new');
  for (const told of row.querySelectorAll('.err, .picked li')) told.remove();
  for (const field of cellsOf(row)) {
    empty(field);
    field.classList.remove('is-wrong');
    field.removeAttribute('aria-invalid');
    field.removeAttribute('aria-describedby');
  }
  rows.at(-1).after(row);
  renumber(list);
  return row;
}

const cellsOf = (row) => [...row.querySelectorAll('input:not([type="hidden"]), select, textarea')];

function empty(field) {
  if (field.type === 'checkbox' || field.type === 'radio') field.checked = false;
  else field.value = '';
}

/** A select takes the label a person copied, or its code; what fits neither is left to be chosen. */
function fill(field, text) {
  if (field.type === 'file') return;
  const value = text.trim();
  if (field.tagName !== 'SELECT') {
    field.value = value;
    return;
  }
  const option = [...field.options].find((o) => o.text.trim() === value || o.value === value);
  field.value = option ? option.value : '';
}

const isTable = (text) => /[\t\n]/.test(text.trim());

function pasteRows(list, text, row, column) {
  const lines = text.replace(/\r/g, '').replace(/\n+$/, '').split('\n').map((line) => line.split('\t'));
  let at = rowsOf(list).indexOf(row);
  for (const cells of lines) {
    const target = rowsOf(list)[at] ?? addRow(list);
    if (!target) break;
    const fields = cellsOf(target);
    cells.forEach((cell, index) => {
      const field = fields[column + index];
      if (field && !field.readOnly) fill(field, cell);
    });
    target.classList.add('is-new');
    at += 1;
  }
  list.dispatchEvent(new Event('input', { bubbles: true }));
}

document.addEventListener('paste', (event) => {
  const row = event.target.closest?.('[data-row]');
  const text = event.clipboardData?.getData('text/plain') ?? '';
  if (!row || !isTable(text)) return;
  // A cell of several lines pasted into a text area is one value; a tab makes it a table.
  if (event.target.tagName === 'TEXTAREA' && !text.includes('\t')) return;
  event.preventDefault();
  pasteRows(row.closest('[data-list]'), text, row, cellsOf(row).indexOf(event.target));
});

document.addEventListener('click', (event) => {
  const button = event.target.closest('[name="add_row"], [name="remove_row"]');
  const list = button?.closest('[data-list]');
  if (!list) return;
  if (button.name === 'add_row') {
    const row = addRow(list);
    if (!row) return; // full or empty: the server knows what to say
    event.preventDefault();
    cellsOf(row)[0]?.focus();
  } else {
    event.preventDefault();
    const row = button.closest('[data-row]');
    if (rowsOf(list).length <= Math.max(1, Number(list.dataset.min))) cellsOf(row).forEach(empty);
    else row.remove();
    renumber(list);
    list.querySelector('[name="add_row"]')?.focus();
  }
  list.dispatchEvent(new Event('input', { bubbles: true }));
});

/** Enter in a cell beside the decision must not take the decision. */
document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.isComposing && event.target.matches('.decide [data-row] input')) event.preventDefault();
});

// ── files: sent as soon as they are chosen, so that no other field's error costs one ──
document.addEventListener('change', async (event) => {
  const input = event.target;
  const picker = input.matches?.('[data-picker] input[type="file"]') && input.closest('[data-picker]');
  if (!picker || !input.files.length) return;
  const files = [...input.files];
  input.value = '';
  const says = picker.querySelector('[data-picker-says]');
  const buttons = document.querySelectorAll('[name="act"]');
  buttons.forEach((button) => { button.disabled = true; });
  const refused = [];
  for (const [index, file] of files.entries()) {
    says.textContent = `正在上传 ${file.name}（${index + 1}/${files.length}）`;
    const problem = await sendFile(picker, input, file);
    if (problem) refused.push(`“${file.name}”：${problem}`);
  }
  buttons.forEach((button) => { button.disabled = false; });
  says.textContent = refused.join(' ') || '已经收下。提交或者存草稿以后才附到这件上。';
  says.classList.toggle('err', refused.length > 0);
});

/** Empty when the file was taken, else the sentence that says how to mend it. */
async function sendFile(picker, input, file) {
  const body = new FormData();
  body.set('csrf_token', picker.closest('form').elements.csrf_token.value);
  body.set('file', file);
  try {
    const answer = await fetch('/attachments', { method: 'POST', body, headers: { Accept: 'application/json' } });
    const told = await answer.json();
    if (!answer.ok) return told.detail ?? '没有收下，请再选一次。';
    showFile(picker, input, told);
    return '';
  } catch {
    return '没有传完，请看看网络，再选一次。';
  }
}

function showFile(picker, input, { id, name }) {
  const list = picker.querySelector('.picked');
  if (!('multiple' in picker.dataset)) list.replaceChildren();
  const field = input.name.replace(/^upload-/, '');
  const item = picker.querySelector('template').content.firstElementChild.cloneNode(true);
  item.querySelector('input').name = field;
  item.querySelector('input').value = id;
  item.querySelector('a').href = `/attachments/${id}`;
  item.querySelector('a').textContent = name;
  item.querySelector('button').value = `${field}:${id}`;
  item.querySelector('button').ariaLabel = `移除 ${name}`;
  list.append(item);
  list.dispatchEvent(new Event('input', { bubbles: true }));
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[name="remove_file"]');
  if (!button) return;
  event.preventDefault();
  const picker = button.closest('[data-picker]');
  button.closest('li').remove();
  picker.dispatchEvent(new Event('input', { bubbles: true }));
  picker.querySelector('input[type="file"]').focus();
});

// ── forms: no double sending, no lost work, a second press for what cannot be undone ──
const dirty = new Set();

document.addEventListener('input', (event) => {
  const form = event.target.closest?.('form[data-guard]');
  if (form) dirty.add(form);
});

document.addEventListener('kept', (event) => dirty.delete(event.target));

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-confirm]');
  if (!button || button.dataset.asked) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const before = button.innerHTML;
  button.dataset.asked = '1';
  button.textContent = button.dataset.confirm;
  setTimeout(() => {
    delete button.dataset.asked;
    button.innerHTML = before;
  }, 6000);
}, true);

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.submitter?.hasAttribute('data-keep')) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method === 'post') {
    form.dataset.sent = '1';
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  }
  dirty.delete(form);
});

window.addEventListener('beforeunload', (event) => {
  if (![...dirty].some((form) => form.isConnected)) return;
  event.preventDefault();
});

window.addEventListener('pageshow', () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
    conceal(form); // the browser may have brought back other answers
  }
});

// ── small manners ───────────────────────────────────────────────────────────
document.addEventListener('click', (event) => {
  for (const open of document.querySelectorAll('details.more[open]')) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const open = document.querySelector('details.more[open]');
  if (!open) return;
  open.open = false;
  open.querySelector('summary').focus();
});

/** On a phone the choice stands in the bar below; what has to be written for it comes into view. */
document.addEventListener('change', (event) => {
  if (event.target.name !== 'own-choice' || !window.matchMedia('(max-width: 720px)').matches) return;
  event.target.form.scrollIntoView({ block: 'start' });
});

/** Shows or hides what another answer decides. The server decides; this spares a round trip. */
function conceal(form) {
  for (const part of form.querySelectorAll('[data-hide-key]')) {
    const { hideKey, hideHow, hideValue } = part.dataset;
    const value = form.elements.namedItem(hideKey)?.value ?? '';
    part.hidden = (value === hideValue) === (hideHow === '==');
  }
}

document.addEventListener('change', (event) => {
  if (event.target.form) conceal(event.target.form);
});

function arrive(root) {
  mountModules(root);
  document.querySelector('[data-errors]')?.focus({ preventScroll: false });
}

document.addEventListener('htmx:after:swap', () => mountModules(document));
arrive(document);
document.documentElement.dataset.ready = '1';
