// What every page has: modules that mount themselves, keys, the guard against lost work.
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
