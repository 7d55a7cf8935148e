// What comes of the answers is reckoned by the server alone, from what it has kept: each time more
// was kept, the lines beside the form are fetched again. An older answer never replaces a newer one.
export function mountReckoning(form) {
  const place = form.querySelector('[data-reckoned]');
  if (!place) return;
  let asked = 0;
  form.addEventListener('kept', async () => {
    asked += 1;
    const turn = asked;
    try {
      const answer = await fetch(form.dataset.keep.replace(/draft$/, 'reckoning'), { cache: 'no-store' });
      if (!answer.ok || turn !== asked) return;
      const html = await answer.text();
      if (turn === asked && place.innerHTML !== html) place.innerHTML = html;
    } catch {
      // The line beside the buttons tells that the network is gone.
    }
  });
}
