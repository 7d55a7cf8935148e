// The diagram of a ticket: bpmn-js as a viewer, the path taken in our colours.
import Viewer from 'bpmn-js/lib/NavigatedViewer';

const ids = (text) => (text || '').split(' ').filter(Boolean);

/** A flow was taken when both its ends were reached; a return jumps and draws no flow. */
function markFlows(viewer, reached) {
  const canvas = viewer.get('canvas');
  viewer.get('elementRegistry').forEach(({ id, type, source, target }) => {
    if (type === 'bpmn:SequenceFlow' && reached.has(source.id) && reached.has(target.id)) canvas.addMarker(id, 'is-took');
  });
}

export async function mount(element) {
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
  const back = ids(element.dataset.back).filter(known);
  for (const id of done) canvas.addMarker(id, 'is-done');
  for (const id of back) canvas.addMarker(id, 'is-back');
  for (const id of here) canvas.addMarker(id, 'is-here');
  markFlows(viewer, new Set([...done, ...here]));
  canvas.zoom('fit-viewport', 'auto');
  element.dataset.drawn = '1';
}
