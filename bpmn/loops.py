"""How an activity is repeated: by a standard loop, or once for each item of a list."""

from dataclasses import dataclass

from bpmn import xml
from bpmn.expressions import Expression, compile_expression


@dataclass(frozen=True)
class Loop:
    """standardLoopCharacteristics (BPMN 2.0.2, table 10.28); no condition means until `most`."""

    condition: Expression | None
    test_before: bool
    most: int | None

    @property
    def reads(self) -> frozenset[str]:
        return frozenset()

    @property
    def expressions(self) -> tuple[Expression | None, ...]:
        return (self.condition,)


@dataclass(frozen=True)
class Multi:
    """multiInstanceLoopCharacteristics with behavior All (BPMN 2.0.2, table 10.29).

    It runs `cardinality` times, or once for each value of the variable `items`. What the body
    leaves in `result` is collected into the variable `results`, in the order of the items.
    """

    sequential: bool
    cardinality: Expression | None
    items: str
    item: str
    results: str
    result: str
    until: Expression | None

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.items} - {""})

    @property
    def expressions(self) -> tuple[Expression | None, ...]:
        return (self.cardinality, self.until)


def read(activity: xml.Element) -> Loop | Multi | None:
    """Return how an activity that the lint accepted is repeated."""
    found = xml.loop_of(activity)
    if found is None:
        return None
    if xml.kind(found) == "standardLoopCharacteristics":
        return Loop(
            condition=_expression(found, "loopCondition"),
            test_before=found.get("testBefore") in ("true", "1"),
            most=int(found.get("loopMaximum", "0")) or None,
        )
    return Multi(
        sequential=found.get("isSequential") in ("true", "1"),
        cardinality=_expression(found, "loopCardinality"),
        items=xml.local(xml.text(found, "loopDataInputRef")),
        item=_name(found, "inputDataItem"),
        results=xml.local(xml.text(found, "loopDataOutputRef")),
        result=_name(found, "outputDataItem"),
        until=_expression(found, "completionCondition"),
    )


def _expression(found: xml.Element, kind: str) -> Expression | None:
    text = xml.text(found, kind)
    return compile_expression(text) if text is not None else None


def _name(found: xml.Element, kind: str) -> str:
    part = next(iter(xml.children(found, kind)), None)
    return "" if part is None else part.get("name") or part.get("id") or ""
