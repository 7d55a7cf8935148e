"""The same acts on the engine and on the simulator, compared after every act.

What BPMN leaves open is not compared: when an event begins to listen or is put away unheard, and
nodes a token reached and lost within one act. If the two differ, the simulator tries the act in
other orders of its tokens; an answer that some order gives is right, and counted.
"""

import json
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import bpmn
from tests.bpmn.models import NOW
from tests.bpmn.reference.drawing import Choices
from tests.bpmn.reference.model import Model
from tests.bpmn.reference.simulator import Failed, Game, operate
from tests.bpmn.reference.writer import write

ORDERS = 40
ACTS = 30
FAILED = {"failed": True}
View = dict[str, Any]


class Differs(AssertionError):
    """The two have not said the same; `fields` are what they differ in."""

    def __init__(self, fields: tuple[str, ...], story: str) -> None:
        self.fields = fields
        super().__init__(story)


@dataclass(frozen=True)
class Act:
    """One thing done to an instance. `which` is the visit, counted by node and age."""

    kind: str
    now: datetime
    which: int = 0
    name: str = ""
    correlation: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        known = {
            "complete": f"complete {self.name} ({self.which}) with {dict(self.changes)}",
            "start": f"start {self.name}",
            "fire": "fire what is due",
        }
        other = f"deliver {self.kind} {self.name} {self.correlation or ''} {dict(self.changes)}"
        return f"{known.get(self.kind, other)} at {(self.now - NOW).total_seconds():g} s"


@dataclass
class Play:
    """One instance on both sides."""

    model: Model
    definition: Any
    file: bytes
    game: Game
    snapshot: Any = None
    story: list[str] = field(default_factory=list)
    reordered: int = 0
    failed: bool = False
    acts: int = 0

    def do(self, act: Act) -> None:
        """Do it on both sides.

        Raises: Differs.
        """
        self.acts += 1
        theirs, snapshot = self._engine(act)
        trial = deepcopy(self.game)
        ours = _ours(trial, act)
        self.story.append(f"{len(self.story) + 1}. {act}\n   expected {ours}\n   got      {theirs}")
        if not _same(ours, theirs):
            trial = self._other_order(act, ours, theirs)
        if theirs == FAILED:
            self.failed = True
            return
        if snapshot is not None:
            self.game, self.snapshot = trial, snapshot

    def _other_order(self, act: Act, ours: View, theirs: View) -> Game:
        for seed in range(ORDERS):
            trial = deepcopy(self.game)
            trial.order = Random(seed)
            if _same(_ours(trial, act), theirs):
                trial.order = None
                self.reordered += 1
                return trial
        differing = tuple(sorted(k for k in {*ours, *theirs} if ours.get(k) != theirs.get(k)))
        story = "\n".join(self.story)
        raise Differs(differing, f"{self.file.decode()}\n{story}\nDiffers in {differing}")

    def _engine(self, act: Act) -> tuple[View, Any]:
        try:
            snapshot = self._act_on_engine(act)
        except bpmn.StepFailed:
            return FAILED, None
        except getattr(bpmn, "NobodyWaits", ()):
            return {"nobody": True}, None
        except Exception as error:  # any other is a fault, shown with its story
            return {"crash": repr(error)}, None
        return seen(self.model, snapshot), snapshot

    def _act_on_engine(self, act: Act) -> Any:
        given = {"operate": operate, "now": act.now}
        if act.kind == "start":
            more = {"event": act.name, "payload": act.changes} if act.name else {}
            return bpmn.start(self.definition, self.model.variables, **more, **given)
        assert isinstance(self.snapshot.state, bytes)
        variables = json.loads(json.dumps(self.snapshot.variables))
        here = (self.definition, self.snapshot.state, variables)
        if act.kind == "complete":
            visits = sorted(self.snapshot.waiting, key=lambda v: (v.node, v.round))
            visit = visits[act.which].key
            return bpmn.complete(*here, visit=visit, changes=act.changes, **given)
        if act.kind == "fire":
            return bpmn.fire_due(*here, **given)
        event = bpmn.Event(act.kind, act.name, act.correlation, act.changes)
        return bpmn.deliver(*here, event=event, **given)


def _same(ours: View, theirs: View) -> bool:
    if FAILED in (ours, theirs) or "nobody" in ours or "nobody" in theirs:
        return ours == theirs
    return all(ours.get(name) == value for name, value in theirs.items())


def _ours(game: Game, act: Act) -> View:
    """Do the act on a game and return what is to be seen then."""
    game.now = act.now
    try:
        if act.kind == "start":
            game.start(act.name or None, act.changes)
        elif act.kind == "complete":
            game.complete(game.waiting()[act.which], act.changes)
        elif act.kind == "fire":
            game.fire_due(act.now)
        elif not game.deliver(act.kind, act.name, act.correlation, act.changes):
            return {"nobody": True}
    except Failed:
        return FAILED
    return {
        "waiting": [visit.node.id for visit in game.waiting()],
        "ended": game.ended,
        "variables": game.root.map.view(),
        "log": _notable(game.model, game.log),
        "due_at": min((a.due for a in game.armed if a.due), default=None),
        "timers": sorted((a.node.id, a.due) for a in game.armed if a.due),
        "catches": sorted(
            (a.trigger.kind, a.trigger.name, a.correlation or "", a.node.id)
            for a in game.armed
            if a.trigger.kind in {"message", "signal"}
        ),
        "thrown": sorted((*key[:2], key[2] or "") for key in game.thrown.elements()),
        "fired": sorted(game.fired.elements()),
    }


def seen(model: Model, snapshot: Any) -> View:
    """Return the same of the engine's snapshot."""
    log = Counter((line.node, line.event) for line in snapshot.log)
    found = {
        "waiting": sorted(visit.node for visit in snapshot.waiting),
        "ended": snapshot.ended,
        "variables": dict(snapshot.variables),
        "log": _notable(model, log),
        "due_at": snapshot.due_at,
    }
    if not hasattr(snapshot, "timers"):
        return found
    return found | {
        "timers": sorted((t.node, t.due_at) for t in snapshot.timers),
        "catches": sorted(
            (c.kind, c.name, c.correlation or "", c.node)
            for c in snapshot.catches
            if c.kind in {"message", "signal"}
        ),
        "thrown": sorted((e.kind, e.name, e.correlation or "") for e in snapshot.thrown),
        "fired": sorted((t.node, t.due_at) for t in snapshot.fired),
    }


def _notable(model: Model, log: Counter[tuple[str, str]]) -> dict[str, int]:
    listening = {n.id for n in model.all_nodes.values() if n.element == "boundaryEvent"}
    for scope in model.scopes():
        gateways = {n.id for n in scope.nodes if n.element == "eventBasedGateway"}
        listening |= gateways | {f.target for f in scope.flows if f.source in gateways}
    found = Counter(log)
    for node in {node for node, _ in log}:
        both = min(found[node, "entered"], found[node, "cancelled"])
        for event in ("entered", "cancelled"):
            found[node, event] -= found[node, event] if node in listening else both
    gateways = {n.id for n in model.all_nodes.values() if n.element == "eventBasedGateway"}
    return {f"{n} {e}": c for (n, e), c in sorted(found.items()) if c and n not in gateways}


def begin(model: Model) -> Play:
    """Return a play of the model.

    Raises: Refused.
    """
    file = write(model)
    return Play(model, bpmn.parse(file), file, Game(model, model.variables, NOW))


def play(choices: Choices, model: Model, acts: int = ACTS) -> Play:
    """Do acts of the choices' liking until the instance has ended or cannot go on.

    Raises: Refused, Differs.
    """
    game = begin(model)
    game.do(start_act(choices, model))
    while not (game.failed or game.game.ended) and game.acts < acts:
        act = next_act(choices, game.game)
        if act is None:
            return game
        game.do(act)
    return game


def start_act(choices: Choices, model: Model) -> Act:
    events = [n for n in model.main.nodes if n.element == "startEvent"]
    event = choices.one(events)
    return Act("start", NOW, name=event.id if event.trigger else "")


def next_act(choices: Choices, game: Game) -> Act | None:
    """Choose among what can be done now; None when nothing can."""
    waiting = game.waiting()
    dues = sorted(a.due for a in game.armed if a.due)
    names = sorted(
        {
            (a.trigger.kind, a.trigger.name, a.correlation or "")
            for a in game.armed
            if a.trigger.kind in {"message", "signal"}
        }
    )
    conditional = any(a.trigger.kind == "conditional" for a in game.armed)
    if conditional and not waiting and not dues and not names:
        return None
    kinds = (
        ["complete"] * 3 * bool(waiting) + ["fire"] * 2 * bool(dues) + ["deliver"] * 2 * bool(names)
    )
    if not kinds:
        return None
    kind = choices.one(kinds)
    if kind == "fire":
        moment = choices.one([dues[0], dues[0], dues[-1], dues[-1] + timedelta(seconds=25)])
        return Act("fire", max(moment, game.now))
    if kind == "deliver":
        return _delivery(choices, game, names)
    which = choices.number(0, len(waiting) - 1)
    node = waiting[which].node
    changes = {name: choices.number(0, 4) for name in choices.some(node.writes)}
    now = game.now
    if dues and choices.chance(10):
        now = max(now, dues[0] + timedelta(seconds=3))  # the sweep is late
    return Act("complete", now, which, node.id, changes=changes)


def _delivery(choices: Choices, game: Game, names: list[tuple[str, str, str]]) -> Act:
    kind, name, correlation = choices.one(names)
    if choices.chance(8):
        name = "nobody"
    if kind == "message" and choices.chance(15):
        correlation = choices.one(["", "p", "q"])
    payload = {n: choices.number(0, 4) for n in choices.some(game.model.payload)}
    return Act(kind, game.now, 0, name, correlation or None, payload)
