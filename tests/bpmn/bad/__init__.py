"""Bad models: for every rule of the lint, by its code, each with the element it must name."""

from tests.bpmn.bad import events, files, flows, gateways, loops, properties
from tests.bpmn.bad.ground import Cases

BAD: Cases = {
    **files.BAD,
    **flows.BAD,
    **gateways.BAD,
    **events.BAD,
    **loops.BAD,
    **properties.BAD,
}
