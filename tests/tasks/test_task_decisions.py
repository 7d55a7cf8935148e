"""What a decision must bring: outcome, words, answers, signature; all that is wrong at once."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from app.core.errors import Invalid
from app.identity.models import Person
from app.identity.signatures import MAX_BYTES, Signing
from app.tasks.types import NotReturnable, TaskState
from tests.support.office import DRAWN, Office, drawing


def jpeg() -> str:
    out = io.BytesIO()
    Image.effect_noise((60, 30), 80).save(out, "JPEG")
    return base64.b64encode(out.getvalue()).decode()


def white() -> str:
    out = io.BytesIO()
    Image.new("RGB", (60, 30), "white").save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def wrong(office: Office, node: str, **given: Any) -> dict[str, str]:
    ticket = office.walk(office.start(), to=node)
    with pytest.raises(Invalid) as caught:
        office.decide(ticket, **given)
    assert office.task(ticket).state is TaskState.OPEN
    return {error.path: error.code for error in caught.value.errors}


def test_everything_wrong_is_said_at_once(office: Office) -> None:
    """Outcome, opinion, answers and signature in one answer; the task stays open."""
    assert wrong(
        office,
        "account_execution",
        outcome="approve",
        opinion="长" * 501,
        answers={"foreign": 1},
        signing=None,
    ) == {
        "outcome": "not_a_choice",
        "opinion": "too_long",
        "answers.result": "required",
        "answers.foreign": "unknown_field",
        "signature": "signature",
    }


def test_refusal_wants_a_reason(office: Office) -> None:
    given = {"outcome": "reject", "opinion": "  "}
    assert wrong(office, "department_opinion", **given) == {"opinion": "required"}


def test_node_without_form_takes_no_answers(office: Office) -> None:
    given = {"answers": {"result": "x"}}
    assert wrong(office, "department_opinion", **given) == {"answers": "unknown_field"}


@pytest.mark.parametrize(
    "signing",
    [
        pytest.param(None, id="missing"),
        pytest.param(Signing("drawn", ""), id="empty"),
        pytest.param(Signing("drawn", drawing(blank=True)), id="blank"),
        pytest.param(Signing("drawn", white()), id="white"),
        pytest.param(Signing("drawn", "不是编码"), id="no-base64"),
        pytest.param(Signing("drawn", jpeg()), id="jpeg"),
        pytest.param(Signing("drawn", drawing()[:80]), id="cut-off"),
        pytest.param(Signing("drawn", drawing((2001, 40))), id="too-wide"),
        pytest.param(Signing("drawn", base64.b64encode(bytes(MAX_BYTES + 1)).decode()), id="huge"),
    ],
)
def test_picture_that_is_no_signature_is_refused(office: Office, signing: Signing | None) -> None:
    assert wrong(office, "department_opinion", signing=signing) == {"signature": "signature"}


def test_drawn_signature_is_kept_as_a_clean_png(office: Office) -> None:
    """What travelled in the file beside the picture is gone."""
    png = base64.b64decode(drawing()) + b"trailer with a payload"
    ticket = office.start()
    signing = Signing("drawn", f"data:image/png;base64,{base64.b64encode(png).decode()}")
    task = office.decide(ticket, signing=signing)
    assert task.signature is not None
    assert task.signature.startswith(b"\x89PNG")
    assert b"payload" not in task.signature


def test_stored_signature_is_the_one_on_file(office: Office) -> None:
    ticket = office.start()
    task = office.decide(ticket, signing=Signing("stored"))
    assert (task.signature or b"").startswith(b"\x89PNG")


def test_stored_signature_must_be_there(office: Office) -> None:
    person = office.session.get_one(Person, office.actor("qinyongan").person_id)
    person.signature_png = None
    office.session.flush()
    given = {"signing": Signing("stored")}
    assert wrong(office, "department_opinion", **given) == {"signature": "signature"}


@pytest.mark.parametrize(("reason", "code"), [(" ", "required"), ("长" * 501, "too_long")])
def test_return_wants_a_reason(office: Office, reason: str, code: str) -> None:
    ticket = office.start()
    with pytest.raises(Invalid) as caught:
        office.send_back(ticket, reason=reason)
    assert [(error.path, error.code) for error in caught.value.errors] == [("reason", code)]


def test_unknown_node_is_no_target(office: Office) -> None:
    ticket = office.start()
    with pytest.raises(NotReturnable):
        office.send_back(ticket, "no_such_node")


def test_opinion_may_be_as_long_as_the_box_allows(office: Office) -> None:
    """500 characters pass, blanks around them do not count."""
    ticket = office.start()
    assert office.decide(ticket, opinion=f"{'长' * 500}  ", signing=DRAWN).opinion == "长" * 500
