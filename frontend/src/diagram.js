// The diagram of a ticket: bpmn-js as a viewer, the path taken in our colours.
import Viewer from 'bpmn-js/lib/NavigatedViewer';

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

export async function mount(element) {
  if (!element.offsetWidth) return; // a phone has the table of steps instead
  const answer = await fetch(element.dataset.href, { headers: { Accept: 'application/xml' } });
  if (!answer.ok) {
    element.textContent = '流程图没有取到，请看下面的表。';
    return;
  }
  const xml = await answer.text();
  element.textContent = '';
  const viewer = new Viewer({ container: element });
  await viewer.importXML(xml);
  const canvas = viewer.get('canvas');
  const known = (id) => viewer.get('elementRegistry').get(id);
  const done = ids(element.dataset.done).filter(known);
  const here = ids(element.dataset.here).filter(known);
  for (const id of done) canvas.addMarker(id, 'is-done');
  for (const id of here) canvas.addMarker(id, 'is-here');
  markWay(viewer, done, new Set([...done, ...here]));
  canvas.zoom('fit-viewport', 'auto');
  element.dataset.drawn = '1';
}
