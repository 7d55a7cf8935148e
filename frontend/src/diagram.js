// The diagram of a process: bpmn-js as a viewer in our colours, with the path taken and what stands
// at each node. It is drawn so large that it can be read; what does not fit is scrolled, by keys too.
import Viewer from 'bpmn-js/lib/Viewer';

const READABLE = 0.75; // of the size it was drawn in; with the letters below, 12 pixels
const LETTERS = 16;
const DRAWN_LETTERS = 11;
const MARGIN = 16;
const ids = (text) => (text || '').split(' ').filter(Boolean);

// What decides or works by itself stands between two steps and was passed through on the way.
const passes = ({ type }) => type !== 'bpmn:UserTask' && type !== 'bpmn:StartEvent' && type !== 'bpmn:EndEvent';

/** The flows from one step to the next reached one; a return jumps and draws no flow. */
function wayFrom(source, reached, seen) {
  const taken = [];
  for (const flow of source.outgoing) {
    if (flow.type !== 'bpmn:SequenceFlow' || seen.has(flow.target.id)) continue;
    if (reached.has(flow.target.id)) taken.push(flow);
    else if (passes(flow.target)) {
      const further = wayFrom(flow.target, reached, new Set([...seen, flow.target.id]));
      if (further.length) taken.push(flow, ...further);
    }
  }
  return taken;
}

function markWay(viewer, done, reached) {
  const canvas = viewer.get('canvas');
  const elements = viewer.get('elementRegistry');
  for (const id of done) {
    for (const flow of wayFrom(elements.get(id), reached, new Set([id]))) {
      canvas.addMarker(flow.id, 'is-took');
      if (passes(flow.target)) canvas.addMarker(flow.target.id, 'is-done');
    }
  }
}

function sign(className, text) {
  return Object.assign(document.createElement('span'), { className, textContent: text });
}

/** Names beside circles and arrows were measured for small letters; ours need wider boxes. */
function widenNames(viewer) {
  const elements = viewer.get('elementRegistry');
  for (const label of elements.filter((one) => one.labelTarget)) {
    const more = label.width * (LETTERS / DRAWN_LETTERS - 1) + 8;
    const isBeside = label.x > label.labelTarget.x + (label.labelTarget.width ?? 0) / 2;
    if (!isBeside) label.x -= more / 2;
    label.width += more;
    viewer.get('graphicsFactory').update('shape', label, elements.getGraphics(label));
  }
}

/** Words at a node, a mark at its corner. Readers of a screen have them in the table below. */
function note(viewer, element, { text, badge, kind, hot }) {
  const overlays = viewer.get('overlays');
  const isEvent = element.type.endsWith('Event'); // its name stands around it, so the words stand above
  if (text) {
    const words = sign(`node-note node-note--${kind}`, isEvent && badge ? `${text}，${badge}` : text);
    words.style.width = `${element.width + 60}px`;
    overlays.add(element.id, { position: isEvent ? { left: -30, top: -24 } : { left: -30, bottom: 0 }, html: words });
  }
  if (badge && !(isEvent && text)) overlays.add(element.id, { position: { right: 14, top: -13 }, html: sign(`node-badge${hot ? ' node-badge--hot' : ''} node-badge--${kind}`, badge) });
}

/** A mark leads to its line in the list, the list's button back to the mark. */
function link(viewer, frame, notes) {
  const elements = viewer.get('elementRegistry');
  const canvas = viewer.get('canvas');
  const lineOf = (id) => notes[id]?.row && document.getElementById(`finding-${notes[id].row}`);
  const pick = (id) => {
    for (const one of elements.filter((other) => canvas.hasMarker(other.id, 'is-picked'))) canvas.removeMarker(one.id, 'is-picked');
    canvas.addMarker(id, 'is-picked');
  };
  viewer.on('element.click', ({ element }) => {
    const id = (element.labelTarget ?? element).id;
    const line = lineOf(id);
    if (!line) return;
    pick(id);
    line.scrollIntoView({ block: 'center' });
    line.focus({ preventScroll: true });
  });
  for (const button of document.querySelectorAll('[data-shows]')) {
    const element = elements.get(button.dataset.shows);
    const drawn = element && elements.getGraphics(element);
    if (!drawn || element === canvas.getRootElement()) continue;
    button.hidden = false;
    button.addEventListener('click', () => {
      pick(element.id);
      frame.scrollIntoView({ block: 'nearest' });
      drawn.scrollIntoView({ block: 'nearest', inline: 'center' });
      frame.focus({ preventScroll: true });
    });
  }
}

/** As large as it has to be, in a frame that scrolls; where the ticket stands comes into view. */
function fit(frame, sheet, viewer, here) {
  const canvas = viewer.get('canvas');
  const { x, y, width, height } = canvas.viewbox().inner;
  const scale = Math.min(1, Math.max(READABLE, (frame.clientWidth - 2) / (width + 2 * MARGIN)));
  sheet.style.width = `${Math.ceil((width + 2 * MARGIN) * scale)}px`;
  sheet.style.height = `${Math.ceil((height + 2 * MARGIN) * scale)}px`;
  canvas.resized();
  canvas.viewbox({ x: x - MARGIN, y: y - MARGIN, width: width + 2 * MARGIN, height: height + 2 * MARGIN });
  if (here) frame.scrollLeft = (here.x + here.width / 2 - x + MARGIN) * scale - frame.clientWidth / 2;
}

/** From its address, or from the page where it has none yet. */
async function read(frame) {
  if (!frame.dataset.href) return frame.parentElement.querySelector('[data-source]')?.value;
  const answer = await fetch(frame.dataset.href, { headers: { Accept: 'application/xml' } });
  return answer.ok ? answer.text() : '';
}

export async function mount(frame) {
  if (!frame.offsetWidth) return; // a phone has the table of steps instead
  const xml = await read(frame);
  if (!xml) {
    frame.textContent = '流程图没有取到，请看下面的表。';
    return;
  }
  const sheet = Object.assign(document.createElement('div'), { className: 'diagram-sheet' });
  frame.replaceChildren(sheet);
  const { fontFamily } = getComputedStyle(frame);
  const style = { fontFamily, fontSize: LETTERS, lineHeight: 1.2 };
  const viewer = new Viewer({ container: sheet, textRenderer: { defaultStyle: style, externalStyle: style } });
  try {
    await viewer.importXML(xml);
  } catch { // what is refused need not be drawable
    frame.textContent = '这个流程图画不出来，请看下面的表。';
    return;
  }
  frame.parentElement.append(sheet.querySelector('.bjs-powered-by')); // seen wherever the picture is scrolled to
  const canvas = viewer.get('canvas');
  const known = (id) => viewer.get('elementRegistry').get(id);
  const done = ids(frame.dataset.done).filter(known);
  const here = ids(frame.dataset.here).filter(known);
  for (const id of done) canvas.addMarker(id, 'is-done');
  for (const id of here) canvas.addMarker(id, 'is-here');
  markWay(viewer, done, new Set([...done, ...here]));
  widenNames(viewer);
  const notes = JSON.parse(frame.dataset.notes || '{}');
  for (const [id, told] of Object.entries(notes)) if (known(id)) note(viewer, known(id), told);
  link(viewer, frame, notes);
  fit(frame, sheet, viewer, known(here[0] ?? done.at(-1)));
  frame.dataset.drawn = '1';
}
