"""The panel of the decision, filled for whoever's turn it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import ErrorAt
from app.identity import signatures
from app.identity.queries import stored_signature
from app.processes import engine
from app.processes.queries import unit_of
from app.processes.service import answering
from app.saved.queries import phrases_of
from app.tasks.models import Task
from app.tasks.policy import can_complete, can_release
from app.tasks.service import (
    ADD,
    DELEGATE,
    RETURN,
    TRANSFER,
    actions_of,
    ahead,
    form_of,
    hand_on_acts,
    outcomes_of,
    return_targets,
    sign_of,
)
from forms import web as web_forms


@dataclass(frozen=True)
class Handing:
    """What a refused 转办, 委派 or 加签 brought."""

    act: str
    to: str
    reason: str
    place: str
    errors: tuple[ErrorAt, ...]


HANDS = {
    TRANSFER: (
        "转办",
        "对方替您办，您不用再办；期限不变。对方要有可以办这一步的岗位，输入姓名时没有列出的人接不了。",
        "转给他人办",
    ),
    DELEGATE: ("委派", "请同事先看、先提意见；他办完，这件回到您这里由您决定。", "请他先提意见"),
    ADD: ("加签", "请别人也办这一步。还没有办的，您可以减签。", "请他们加签"),
}
PLACES = (
    ("parallel", "和我一起办，都同意才算"),
    ("before", "先请他提意见，再由我决定"),
    ("after", "我办完再请他办"),
)


@dataclass(frozen=True)
class Typed:
    """What a refused decision brought, shown back."""

    choice: str = ""
    opinion: str = ""
    reason: str = ""
    node: str = ""
    signature_kind: str = ""
    signature: str = ""
    errors: tuple[ErrorAt, ...] = ()
    answers: Any = None  # the browser's form data
    handing: Handing | None = None


def panel(
    session: Session, task: Task, actor: Actor, typed: Typed, earlier: Task | None = None
) -> dict[str, Any]:
    """`earlier` is what this person decided here before the node was opened again: a draft."""
    loaded = engine.load(session, task.instance.version_id)
    node = loaded.node(task.node)
    page = node_form(session, task, actor, typed.answers, earlier.answers if earlier else None)
    if page is not None:
        page.attach(
            forms.FieldError(error.path.removeprefix("answers."), error.code, error.message)
            for error in typed.errors
            if error.path.startswith("answers.")
        )
    able = can_complete(actor, task)
    actions = [RETURN] if able and task.decides and RETURN in actions_of(node) else []
    if can_release(actor, task):
        actions.append("release")
    sign = sign_of(node) if task.decides else ""
    ways = ahead(session, task, actor, utcnow()) if able and task.assignee_id else {}
    stored = stored_signature(session, actor.person_id) if sign else None
    return {
        "id": task.id,
        "version": task.version,
        "node_title": node.name,
        "urge_count": task.urge_count,
        "phrases": phrases_of(session, actor).texts,
        "sign": sign,
        "advises": task.advises,
        "outcomes": [
            {
                "value": outcome.value,
                "label": outcome.label,
                "grave": outcome.is_refusal,
                "ahead": ways.get(outcome.value, ""),
            }
            for outcome in outcomes_of(node)
        ],
        "actions": actions,
        "return_targets": [
            {"node": target, "label": _target_label(loaded, target)}
            for target in (return_targets(session, task) if RETURN in actions else ())
        ],
        "form": page,
        "claimable": task.assignee_id is None,
        "has_stored_signature": stored is not None,
        "stored_signature_src": signatures.for_screen(stored) if stored else "",
        "errors": typed.errors,
        "choice": typed.choice,
        "opinion": typed.opinion or (earlier.opinion if earlier and not typed.choice else ""),
        "reason": typed.reason,
        "node": typed.node,
        "signature_kind": typed.signature_kind,
        "signature": typed.signature,
        "hands": [_hand(act) for act in hand_on_acts(node, task) if able],
        "handing": typed.handing,
    }


def _hand(act: str) -> dict[str, Any]:
    label, hint, button = HANDS[act]
    return {"act": act, "label": label, "hint": hint, "button": button, "places": PLACES}


def node_form(
    session: Session,
    task: Task,
    actor: Actor,
    formdata: Any = None,
    earlier: Mapping[str, Any] | None = None,
) -> web_forms.WebForm | None:
    """The form of the task's node: as it was just sent, else as it was filled earlier."""
    loaded = engine.load(session, task.instance.version_id)
    form = form_of(loaded, task)
    if form is None:
        return None
    unit = unit_of(session, task.instance)
    check = answering.check_context(actor, unit, task.instance.number, utcnow())
    context = answering.form_context(session, form, check, task.instance.variables, node=task.node)
    return web_forms.build(form, context, answers=earlier, formdata=formdata)


def _target_label(loaded: engine.Loaded, node_id: str) -> str:
    name = loaded.node(node_id).name
    return f"申请人（{name}）" if node_id == loaded.start.id else name
