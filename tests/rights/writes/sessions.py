"""One's own login, sessions and settings of the browser."""

from collections.abc import Mapping

from tests.rights.writes.base import WORDS, Asked, Case, Write, because, plain
from tests.rights.writes.people import CLERK
from tests.rights.writes.why import (
    EACH,
    FORM,
    NO_BODY,
    NO_VERSION,
    OPEN,
    OWN,
    PAGE,
    PROOF,
    REST_OPEN,
)
from tests.support.office import DRAWN

ROWS: Mapping[str, Write] = {
    "web.large": Write(
        CLERK,
        plain(large="1", reason=WORDS),
        OPEN | OWN | NO_VERSION | PAGE | FORM,
        again="same",
    ),
    "web.help_lines": Write(
        CLERK,
        plain(help="0", reason=WORDS),
        OPEN | OWN | NO_VERSION | PAGE | FORM,
        again="same",
    ),
    "identity.sign_in": Write(
        CLERK,
        plain(username="nobody", password="x"),
        OPEN | OWN | NO_VERSION | PAGE | FORM | PROOF,
    ),
    "identity.enter": Write(
        CLERK,
        plain(username="nobody"),
        OPEN | OWN | NO_VERSION | PAGE | FORM | because("the demonstration's door", Case.DOUBLE),
    ),
    "identity.logout": Write(
        CLERK,
        plain(),
        OPEN
        | OWN
        | NO_VERSION
        | PAGE
        | FORM
        | because("who is out stays out: tests/identity", Case.DOUBLE),
    ),
    "identity.answer": Write(
        CLERK, plain(code="000000"), OPEN | OWN | NO_VERSION | PAGE | FORM | PROOF
    ),
    "identity.activate": Write(
        CLERK,
        plain(username="nobody", code="x"),
        OPEN | OWN | NO_VERSION | PAGE | FORM | PROOF,
    ),
    "identity.change_password": Write(
        CLERK,
        plain(current="wrong", new="Geheim-Wort-99", again="Geheim-Wort-99"),
        OWN | NO_VERSION | PAGE | FORM | PROOF,
    ),
    "identity.end_session": Write(
        CLERK,
        lambda _office: Asked({"session_id": 10**9}),
        OWN
        | NO_VERSION
        | PAGE
        | FORM
        | because("a session that is over stays over: tests/identity", Case.DOUBLE),
    ),
    "identity.end_other_sessions": Write(CLERK, plain(), OWN | NO_VERSION | PAGE | FORM | EACH),
    "identity.begin_second_factor": Write(CLERK, plain(), OWN | NO_VERSION | PAGE | FORM | PROOF),
    "identity.confirm_second_factor": Write(
        CLERK, plain(code="000000"), OWN | NO_VERSION | PAGE | FORM | PROOF
    ),
    "identity.remove_second_factor": Write(CLERK, plain(), OWN | NO_VERSION | PAGE | FORM | PROOF),
    "identity.prove": Write(CLERK, plain(proof="wrong"), OWN | NO_VERSION | PAGE | FORM | PROOF),
    "api.create_token": Write(
        CLERK,
        plain(username="nobody", password="x"),
        REST_OPEN | OWN | NO_VERSION | FORM | PROOF,
    ),
    "api.delete_token": Write(
        CLERK,
        plain(),
        OWN
        | NO_VERSION
        | FORM
        | NO_BODY
        | because("who is out stays out: tests/api/test_requests.py", Case.DOUBLE),
    ),
    "identity.keep_signature": Write(
        CLERK,
        plain(**{"own-signature": DRAWN.image}),
        OWN | PAGE | FORM | because("the last picture is the one", Case.STALE),
        again="same",
    ),
    "identity.remove_signature": Write(
        CLERK, plain(), OWN | PAGE | FORM | NO_VERSION, again="same"
    ),
}
