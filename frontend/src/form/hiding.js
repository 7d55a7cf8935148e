/** Shows or hides what another answer decides. The server decides; this spares a round trip. */
export function mountHiding(form) {
  const conceal = () => {
    for (const part of form.querySelectorAll('[data-hide-key]')) {
      const { hideKey, hideHow, hideValue } = part.dataset;
      const value = form.elements.namedItem(hideKey)?.value ?? '';
      part.hidden = (value === hideValue) === (hideHow === '==');
    }
  };
  form.addEventListener('change', conceal);
  window.addEventListener('pageshow', conceal); // the browser may have brought back other answers
  conceal();
}
