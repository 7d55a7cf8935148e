// The rows of a form: one more, one less, many at once from Excel. Without a script the buttons do
// the same on the server, and the box for pasting stands below the table.
const rowsOf = (list) => [...list.querySelectorAll('[data-row]')];
const cellsOf = (row) => [...row.querySelectorAll('input:not([type="hidden"]), select, textarea')];
const changed = (list) => list.dispatchEvent(new Event('input', { bubbles: true }));

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
  row.querySelectorAll('.few').forEach(tellChosen);
  rows.at(-1).after(row);
  renumber(list);
  return row;
}

function clear(row) {
  cellsOf(row).forEach(empty);
  row.querySelectorAll('.few').forEach(tellChosen);
}

function empty(field) {
  if (field.type === 'checkbox' || field.type === 'radio') field.checked = false;
  else field.value = '';
}

/** Of several to choose from, in a cell: what is chosen stands where the list was opened. */
function tellChosen(few) {
  const chosen = [...few.querySelectorAll('li:has(:checked)')].map((one) => one.textContent.trim());
  few.querySelector('[data-few]').textContent = chosen.join('、') || '请选择';
}

function choose(event) {
  const few = event.target.closest?.('.few');
  if (few) tellChosen(few);
}

function press(event) {
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
    if (rowsOf(list).length <= Math.max(1, Number(list.dataset.min))) clear(row);
    else row.remove();
    renumber(list);
    list.querySelector('[name="add_row"]')?.focus();
  }
  changed(list);
}

// ── pasting: the server reads the block and says what is wrong with which cell ─────────────────
const isTable = (text) => /[\t\n]/.test(text.trim());

/** The list as the server has read it, or the sentence that says why there is none. */
async function readBlock(form, list, place, text) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string' && !name.startsWith('paste-')) body.append(name, value);
  }
  body.set('paste', list.dataset.list);
  body.set('paste-at', place);
  body.set(`paste-${list.dataset.list}`, text);
  try {
    const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.querySelector(`[data-list="${list.dataset.list}"]`);
    if (fresh) return { fresh: document.importNode(fresh, true) };
    if (answer.status === 401 || answer.url.includes('/login')) return { problem: '登录已经过期，没有粘贴。请另开一页登录，再回来粘贴。' };
    if (answer.status === 413) return { problem: '这一块太大，没有粘贴。请分几次粘贴。' };
    return { problem: `没有粘贴：${page.querySelector('main h1')?.textContent ?? '请稍后再试'}。填的都在这一页。` };
  } catch {
    return { problem: '连不上系统，没有粘贴。请看看网络，再粘贴一次。' };
  }
}

function say(list, words, isWrong, ...acts) {
  const line = document.createElement('p');
  line.className = `pasted${isWrong ? ' err' : ''}`;
  line.setAttribute('role', 'status');
  line.append(words, ...acts);
  list.querySelector('.pasted')?.remove();
  list.querySelector('table').before(line);
}

function undo(old, fresh) {
  const made = document.createElement('button');
  Object.assign(made, { type: 'button', className: 'btn btn--s', textContent: '撤销粘贴' });
  made.addEventListener('click', () => {
    fresh.replaceWith(old);
    old.querySelector('.pasted')?.remove();
    old.querySelector('[data-row] :is(input:not([type="hidden"]), select, textarea)')?.focus();
    changed(old);
  });
  return made;
}

async function pasteRows(form, list, field, text) {
  const before = rowsOf(list).length;
  list.inert = true; // what is typed meanwhile would be lost with the old rows
  list.setAttribute('aria-busy', 'true');
  const { fresh, problem } = await readBlock(form, list, field.name, text);
  list.inert = false;
  list.removeAttribute('aria-busy');
  if (!fresh) {
    say(list, problem, true);
    return;
  }
  const wrong = fresh.querySelectorAll('.err').length;
  const more = rowsOf(fresh).length - before;
  list.replaceWith(fresh);
  const words = `已经粘贴${more > 0 ? `，多了 ${more} 行` : ''}${wrong ? `；有 ${wrong} 处要改，标在格子里` : ''}。`;
  say(fresh, words, false, undo(list, fresh));
  (fresh.querySelector('[aria-invalid]') ?? document.getElementById(field.id))?.focus();
  changed(fresh);
}

function paste(event) {
  const row = event.target.closest?.('[data-row]');
  const text = event.clipboardData?.getData('text/plain') ?? '';
  if (!row || !isTable(text) || !event.target.name || event.target.type === 'file') return;
  // A cell of several lines pasted into a text area is one value; a tab makes it a table.
  if (event.target.tagName === 'TEXTAREA' && !text.includes('\t')) return;
  event.preventDefault();
  pasteRows(event.currentTarget, row.closest('[data-list]'), event.target, text);
}

export function mountRows(form) {
  form.addEventListener('click', press);
  form.addEventListener('paste', paste);
  form.addEventListener('change', choose);
  // Enter in a cell beside the decision must not take the decision.
  if (form.matches('.decide')) {
    form.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.isComposing && event.target.matches('[data-row] input')) event.preventDefault();
    });
  }
}
