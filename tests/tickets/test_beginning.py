"""发起办件 is offered to those alone who may begin something."""

from collections.abc import Callable

from tests.support import dated
from tests.support.office import Browser, Office

CLERK, HEAD = "yaohaiyang", "qinyongan"
BUTTON = 'href="/start"'


def test_who_may_begin_nothing_has_no_button(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    """Until something is published that may be begun from the position."""
    clerk, head = browser(CLERK), browser(HEAD)
    assert BUTTON in clerk.get("/tasks").text
    assert BUTTON not in head.get("/tasks").text
    assert BUTTON not in head.get("/tickets").text
    dated.publish(office, starters="dept_head")
    office.session.commit()
    assert BUTTON in head.get("/tasks").text
