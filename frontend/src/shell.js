// What every page has: modules that mount themselves, keys, the guard against lost work.
// Nothing here is needed to read, submit or decide; it only makes them quicker.
import 'htmx.org';

/** `<div data-module="URL">`: the module is fetched when its element is on the page, and mounts itself there. */
async function mountModules(root) {
  for (const element of root.querySelectorAll('[data-module]:not([data-mounted])')) {
    if (element.dataset.mounted) continue; // another call has come to it while this one waited
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

// ── keys: j k Enter move in a list, x ticks, a acts on what is ticked, / searches, ? tells the keys ────
const typing = (target) => target.closest('input, textarea, select, [contenteditable]');

function moveInList(step) {
  const links = [...document.querySelectorAll('[data-keys] .subject')];
  if (!links.length) return;
  const now = links.indexOf(document.activeElement.closest('tr')?.querySelector('.subject'));
  links[Math.min(links.length - 1, Math.max(0, now + step))].focus();
}

function tickRow() {
  const row = document.activeElement.closest('tr') ?? document.querySelector('[data-keys] tbody tr:has(.subject)');
  row?.querySelector('.at-check .check')?.click();
  row?.querySelector('.subject')?.focus();
}

/** The page of the keys as a dialog; a telephone, or a server that does not answer, gets nothing. */
async function tellKeys() {
  let box = document.querySelector('.keys-box');
  if (!box) {
    const page = new DOMParser().parseFromString(await (await fetch('/keys')).text(), 'text/html');
    box = document.createElement('dialog');
    box.className = 'keys-box';
    box.setAttribute('aria-label', '快捷键');
    const close = document.createElement('form');
    close.method = 'dialog';
    close.innerHTML = '<button class="btn mt">关闭</button>';
    box.append(page.querySelector('[data-keys-list]'), close);
    document.body.append(box);
  }
  if (!box.open) box.showModal();
}

document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-keys-page]') || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  tellKeys();
});

document.addEventListener('change', (event) => {
  if (!event.target.matches?.('[data-tick-all]')) return;
  for (const box of event.target.closest('table').querySelectorAll('tbody .check')) box.checked = event.target.checked;
});

document.addEventListener('keydown', (event) => {
  const { target } = event;
  const isTyping = typing(target) && target.type !== 'checkbox';
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping) return;
  if (event.key === 'j') moveInList(1);
  else if (event.key === 'k') moveInList(-1);
  else if (event.key === 'x' && document.querySelector('[data-keys] .at-check')) tickRow();
  else if (event.key === '?') tellKeys();
  else if (event.key === 'a' && document.querySelector('.pick tbody .check:checked')) document.querySelector('.bulk [data-key="a"]')?.click();
  else if (event.key === '/') (document.querySelector('.page [data-search]') ?? document.querySelector('[data-search]'))?.focus();
  else return;
  event.preventDefault();
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
  if (event.submitter?.matches('[data-keep], [data-again]')) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method === 'post') {
    form.dataset.sent = '1';
    setTimeout(() => { delete form.dataset.sent; }, 8000);
    for (const asking of form.querySelectorAll('[hx-get]')) asking.dispatchEvent(new Event('htmx:abort'));
  }
  dirty.delete(form);
});

// What a form asked for while it was filled is of no use once it is sent, and may be refused by then.
document.addEventListener('htmx:before:request', (event) => {
  if (event.target.closest?.('form')?.dataset.sent && event.detail.ctx.request.method === 'GET') event.preventDefault();
});

window.addEventListener('beforeunload', (event) => {
  if (![...dirty].some((form) => form.isConnected)) return;
  event.preventDefault();
});

window.addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// ── small manners ───────────────────────────────────────────────────────────
document.addEventListener('click', (event) => {
  for (const open of document.querySelectorAll('details:is(.more, .few)[open]')) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const open = document.querySelector('details:is(.more, .few)[open]');
  if (!open) return;
  open.open = false;
  open.querySelector('summary').focus();
});

function arrive(root) {
  mountModules(root);
  showTickAll();
  document.querySelector('[data-errors]:not(.sample *)')?.focus({ preventScroll: false });
}

/** Only a script can tick a whole page, so only a script shows the box for it. */
function showTickAll() {
  for (const box of document.querySelectorAll('[data-tick-all]')) box.hidden = false;
}

document.addEventListener('htmx:after:swap', () => { mountModules(document); showTickAll(); });
arrive(document);
document.documentElement.dataset.ready = '1';
