"""A NUL, which no database takes, is never an error of ours."""

from collections.abc import Callable

import pytest

from tests.support.office import Browser, Office, drawing


@pytest.mark.parametrize("path", ["/tickets/a%00b", "/tasks?q=a%00b", "/tickets?q=%00"])
def test_nul_in_an_address(browser: Callable[[str], Browser], path: str) -> None:
    assert browser("qinyongan").client.get(path).status_code < 500


def test_nul_in_what_was_typed(office: Office, browser: Callable[[str], Browser]) -> None:
    task = office.task(office.start())
    office.session.commit()
    signed = {"own-signature_kind": "drawn", "own-signature": drawing()}
    given = {"version": task.version, **signed}
    head = browser("qinyongan")
    for fields in (
        {"act": "complete:approve", "own-opinion": "a\0b"},
        {"act": "return", "own-reason": "a\0b"},
    ):
        assert head.post(f"/tasks/{task.id}/decide", **given, **fields).status_code < 500
