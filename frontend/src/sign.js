// A signature drawn by hand: canvas → hidden field with a PNG in base64, cut to the ink.
import SignaturePad from 'signature_pad';

const INK = '#14243c';
const MARGIN = 6;

/** The picture without the empty paper around it, so that every signature prints at the same height. */
function cut(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!data[(y * width + x) * 4 + 3]) continue;
      left = Math.min(left, x); right = Math.max(right, x);
      top = Math.min(top, y); bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) return '';
  const out = document.createElement('canvas');
  out.width = right - left + 1 + 2 * MARGIN;
  out.height = bottom - top + 1 + 2 * MARGIN;
  out.getContext('2d').drawImage(canvas, MARGIN - left, MARGIN - top);
  return out.toDataURL('image/png').split(',')[1];
}

export function mount(element) {
  const canvas = element.querySelector('canvas');
  const field = element.querySelector('[name="own-signature"]');
  const clear = element.querySelector('[data-clear]');
  const pad = new SignaturePad(canvas, { penColor: INK, minWidth: 0.8, maxWidth: 2.6 });

  const earlier = new Image();
  const drawEarlier = () => {
    const scale = Math.min((canvas.offsetHeight - 16) / earlier.height, (canvas.offsetWidth - 16) / earlier.width);
    canvas.getContext('2d').drawImage(earlier, 8, 8, earlier.width * scale, earlier.height * scale);
  };

  const fit = () => {
    const ratio = Math.max(window.devicePixelRatio || 1, 2);
    if (!canvas.offsetWidth) return;
    const strokes = pad.toData();
    canvas.width = canvas.offsetWidth * ratio;
    canvas.height = canvas.offsetHeight * ratio;
    canvas.getContext('2d').scale(ratio, ratio);
    pad.clear();
    if (strokes.length) pad.fromData(strokes);
    else if (field.value && earlier.complete && earlier.width) drawEarlier();
  };
  // The panel is hidden until an outcome is chosen and changes its width with the window.
  new ResizeObserver(fit).observe(canvas);
  fit();

  // A page shown again after an error still holds the signature.
  if (field.value) {
    earlier.onload = fit;
    earlier.src = `data:image/png;base64,${field.value}`;
    clear.hidden = false;
  }

  pad.addEventListener('beginStroke', () => {
    const drawn = document.querySelector('[data-drawn]');
    if (drawn) drawn.checked = true;
  });
  pad.addEventListener('endStroke', () => {
    field.value = cut(canvas);
    field.dispatchEvent(new Event('input', { bubbles: true }));
    clear.hidden = false;
  });
  clear.addEventListener('click', () => {
    pad.clear();
    field.value = '';
    clear.hidden = true;
    canvas.focus();
  });
}
