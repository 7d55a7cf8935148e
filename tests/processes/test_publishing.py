"""A process is three files: deployed once, published for new tickets, refused with reasons."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from app.processes.queries import list_versions, published_version
from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.processes.types import DefinitionRefused, ProcessNotFound, VersionState
from app.tickets.types import TicketState
from tests.support.office import NOW, PROCESS, ROOT, Office


@pytest.fixture
def bundle() -> Bundle:
    return Bundle.read(ROOT, PROCESS)


def renamed(bundle: Bundle) -> Bundle:
    """The same process with another word in its diagram."""
    model = bundle.model.replace("分管领导审批".encode(), "主要领导审批".encode())
    return replace(bundle, model=model)


def test_same_files_are_the_same_version(session: Session, bundle: Bundle) -> None:
    """Deploying and publishing again changes nothing."""
    for _ in range(2):
        version = publishing.deploy(session, now=NOW, bundle=bundle)
        publishing.publish(session, now=NOW, key=PROCESS, number=version.number)
    assert [v.number for v in list_versions(session, PROCESS)] == [1]


def test_changed_file_is_a_new_draft_until_it_is_published(
    session: Session, bundle: Bundle
) -> None:
    version = publishing.deploy(session, now=NOW, bundle=renamed(bundle))
    assert (version.number, version.state) == (2, VersionState.DRAFT)
    assert published_version(session, PROCESS).number == 1
    publishing.publish(session, now=NOW, key=PROCESS, number=2)
    states = {v.number: v.state for v in list_versions(session, PROCESS)}
    assert states == {1: VersionState.RETIRED, 2: VersionState.PUBLISHED}


def test_running_tickets_keep_their_version(office: Office, bundle: Bundle) -> None:
    """Returned and sent again, a ticket goes on under the diagram it began with."""
    ticket = office.walk(office.start(), to="leader_approval")
    version = publishing.deploy(office.session, now=NOW, bundle=renamed(bundle))
    publishing.publish(office.session, now=NOW, key=PROCESS, number=version.number)
    office.send_back(ticket)
    office.walk(ticket, to="leader_approval")
    assert office.task(ticket).title == "分管领导审批"
    younger = office.walk(office.start(), to="leader_approval")
    assert office.task(younger).title == "主要领导审批"
    assert office.walk(ticket).state is TicketState.CLOSED


def test_earlier_version_can_be_published_again(session: Session, bundle: Bundle) -> None:
    publishing.deploy(session, now=NOW, bundle=renamed(bundle))
    publishing.publish(session, now=NOW, key=PROCESS, number=2)
    publishing.publish(session, now=NOW, key=PROCESS, number=1)
    assert published_version(session, PROCESS).number == 1


@pytest.mark.parametrize(
    ("old", "new", "element"),
    [
        ("access.apply_grants", "access.no_such", "apply_grants"),
        ("position:unit_leader@", "position:no_such@", "leader_approval"),
        ("operator-account/account-result", "operator-account/no-such", "account_execution"),
    ],
)
def test_diagram_that_names_something_unknown_is_refused(
    session: Session, bundle: Bundle, old: str, new: str, element: str
) -> None:
    """The lint says which element, what is wrong and how to mend it; nothing is kept."""
    broken = replace(bundle, model=bundle.model.replace(old.encode(), new.encode()))
    with pytest.raises(DefinitionRefused) as caught:
        publishing.deploy(session, now=NOW, bundle=broken)
    assert element in {error.path for error in caught.value.errors}
    assert len(list_versions(session, PROCESS)) == 1


@pytest.mark.parametrize("model", [b"", b"no xml", b"<!DOCTYPE x><x/>", b"\xff\xfe"])
def test_file_that_is_no_diagram_is_refused(session: Session, bundle: Bundle, model: bytes) -> None:
    with pytest.raises(DefinitionRefused):
        publishing.deploy(session, now=NOW, bundle=replace(bundle, model=model))


def test_form_that_cannot_be_read_is_refused_by_name(session: Session, bundle: Bundle) -> None:
    forms = {**bundle.forms, "operator-account/apply": {"key": "x", "components": [{"type": "?"}]}}
    with pytest.raises(DefinitionRefused) as caught:
        publishing.deploy(session, now=NOW, bundle=replace(bundle, forms=forms))
    assert caught.value.errors[0].path == "operator-account/apply"


@pytest.mark.parametrize("key", ["no-such", ""])
def test_what_is_not_published_cannot_be_started(session: Session, key: str) -> None:
    with pytest.raises(ProcessNotFound):
        published_version(session, key)
    with pytest.raises(ProcessNotFound):
        publishing.publish(session, now=NOW, key=key, number=1)
