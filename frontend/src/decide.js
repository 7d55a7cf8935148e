// The panel of the decision: keys that choose and never decide, and the phone's bar.
const GOOD = '.seg label:not(.is-grave) input:not(.choose--back)';
const BACK = '.seg .choose--back';

/** Chosen and seen; what is left to do, opinion, signature and button, stays with the person. */
function choose(panel, selector) {
  const radio = panel.querySelector(selector);
  if (!radio) return false;
  radio.checked = true;
  radio.dispatchEvent(new Event('input', { bubbles: true }));
  radio.dispatchEvent(new Event('change', { bubbles: true }));
  panel.scrollIntoView({ block: 'nearest' });
  const next = selector === BACK ? panel.querySelector('#own-node, #own-reason') : radio;
  (next ?? radio).focus();
  return true;
}

const isTyping = (target) => Boolean(target.closest('textarea, select, input:not([type="radio"]):not([type="checkbox"]), [contenteditable]'));

export function mount(rail) {
  const panel = rail.querySelector('.decide');
  if (!panel) return;
  const keys = panel.querySelector('[data-decide-keys]');
  if (keys) {
    const label = panel.querySelector(GOOD)?.closest('label').textContent.trim();
    const words = [label && `按 a 选${label}`, panel.querySelector(BACK) && '按 r 选退回'].filter(Boolean);
    keys.textContent = words.join('，');
    keys.hidden = !words.length;
  }
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target) || !panel.isConnected) return;
    if (event.key === 'a') {
      const claim = panel.querySelector('.decide-bar--one .btn');
      if (claim) claim.focus();
      else if (!choose(panel, GOOD)) return;
    } else if (event.key !== 'r' || !choose(panel, BACK)) return;
    event.preventDefault();
  });
  // On a phone the choice stands in the bar below; what has to be written for it comes into view.
  panel.addEventListener('change', (event) => {
    if (event.target.name !== 'own-choice' || !window.matchMedia('(max-width: 720px)').matches) return;
    panel.scrollIntoView({ block: 'start' });
  });
}
