"""Who looks why a ticket went its way sees the variables on its log; nobody else does."""

from collections.abc import Callable

from tests.support.office import Browser, Office


def test_changes_of_variables_are_for_administrators(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    ticket = office.start()
    office.decide(ticket)
    office.session.commit()
    path = f"/tickets/{ticket.number}"
    page = browser("duanshiyu").get(path, view="log").text
    assert "变量的变化" in page
    assert "department_opinion_outcome" in page
    assert "变量的变化" not in browser("yaohaiyang").get(path, view="log").text
