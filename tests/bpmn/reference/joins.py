"""When an inclusive join may pass: BPMN 2.0.2, clause 13.4.3."""

from collections.abc import Iterable

from tests.bpmn.reference.model import Flow, Node, Scope
from tests.bpmn.reference.pieces import Instance


def may_pass(instance: Instance, gateway: Node) -> bool:
    """Return whether no token can still reach an empty flow into the gateway.

    A token that can also reach a filled one is not waited for. Tokens are those of the same run
    of the scope: in a node (the ways go on from it) or on a flow before another join.
    """
    scope = instance.scope
    into = scope.incoming[gateway.id]
    filled = {flow.id for flow in into if flow in instance.held}
    empty = {flow.id for flow in into} - filled
    places = [_after(scope, visit.node) for visit in instance.visits]
    places += [[flow] for flow in instance.held if flow.target != gateway.id]
    for place in places:
        reached = _reached(scope, place, gateway)
        if reached & empty and not reached & filled:
            return False
    return bool(filled)


def _after(scope: Scope, node: Node) -> list[Flow]:
    """Return the flows a token in the node may leave by; a boundary event is a way, too."""
    flows = list(scope.out[node.id])
    for boundary in scope.boundaries(node.id):
        flows += scope.out[boundary.id]
    if node.element == "intermediateThrowEvent" and node.trigger and node.trigger.kind == "link":
        flows += scope.out[scope.link(node.trigger.name).id]
    return flows


def _reached(scope: Scope, begin: Iterable[Flow], gateway: Node) -> set[str]:
    """Return the ids of the flows on all ways that do not go through the gateway."""
    seen: set[str] = set()
    todo = list(begin)
    while todo:
        flow = todo.pop()
        if flow.id not in seen:
            seen.add(flow.id)
            if flow.target != gateway.id:
                todo += _after(scope, scope.by_id[flow.target])
    return seen
