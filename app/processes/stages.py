"""Stages (property `stage`): the steps of a diagram that people look at as one. Pure."""

from collections.abc import Iterable, Mapping

from app.processes.engine import Loaded, Node

AT_REQUESTER = "申请人补正"  # it came back to its form
STAGE, USER = "stage", "user"


def stage_of(loaded: Loaded, node_id: str) -> str:
    """What a step counts as; itself where its diagram says nothing."""
    if node_id == loaded.start.id:
        return AT_REQUESTER
    node = loaded.node(node_id)
    return node.properties.get(STAGE) or node.name


def names_stages(nodes: Iterable[Node]) -> bool:
    return any(STAGE in node.properties for node in nodes)


def stages_of(loaded: Loaded) -> Mapping[str, tuple[str, ...]]:
    """The stages in the order of the diagram's file, each with its nodes.

    What came back to who asked for it stands first: it waits outside the office.
    """
    found: dict[str, tuple[str, ...]] = {AT_REQUESTER: (loaded.start.id,)}
    for node in loaded.definition.nodes.values():
        if node.kind == USER:
            stage = stage_of(loaded, node.id)
            found[stage] = (*found.get(stage, ()), node.id)
    return found
