"""The list of processes and the page of one: what authors see, and that nobody else does."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.authoring import queries
from app.authoring.pages import TABS, specimen_answers
from app.documents.queries import specimen_data
from app.identity.types import Position
from app.processes import engine
from app.processes.queries import published_version
from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from tests.support.office import NOW, PROCESS, ROOT, Browser, Office

DESIGNER, PUBLISHER = "lvdesheng", "raowentao"


def renamed(word: str) -> Bundle:
    bundle = Bundle.read(ROOT, PROCESS)
    model = bundle.model.replace("分管领导审批".encode(), word.encode())
    return replace(bundle, model=model)


def second_version(office: Office, *, published: bool = True) -> None:
    version = publishing.upload(
        office.session, actor=office.actor(DESIGNER), now=NOW, bundle=renamed("主要领导审批")
    )
    if published:
        publishing.approve(
            office.session,
            actor=office.actor(PUBLISHER),
            now=NOW,
            key=PROCESS,
            number=version.number,
        )


def test_versions_tell_who_made_them_and_what_runs_under_them(office: Office) -> None:
    office.start()
    second_version(office)
    office.start()
    office.walk(office.start())
    new, old = queries.list_versions(office.session, PROCESS)
    assert (new.number, new.state_label, new.created_by) == (2, "在用", "吕德胜")
    assert (new.published_by, new.running) == ("饶文涛", 1)
    assert (old.state_label, old.published_by, old.running) == ("已经换成新版", "命令行", 1)
    (row,) = [one for one in queries.list_processes(office.session) if one.key == PROCESS]
    assert (row.shown, row.running, row.drafts, row.is_trial) == (new, 2, 0, False)


def test_a_draft_does_not_hide_the_version_in_force(office: Office) -> None:
    second_version(office, published=False)
    (row,) = [one for one in queries.list_processes(office.session) if one.key == PROCESS]
    assert (row.shown.number, row.drafts) == (1, 1)
    assert queries.get_version(office.session, PROCESS, None).number == 1


def test_tickets_are_counted_where_they_stand(office: Office) -> None:
    office.draft()
    for node in ("department_opinion", "leader_approval", "leader_approval", None):
        office.walk(office.start(), to=node)
    version = published_version(office.session, PROCESS)
    waiting = queries.waiting_by_node(office.session, version.id)
    assert waiting == {"apply": 1, "department_opinion": 1, "leader_approval": 2}
    rows = queries.list_nodes(engine.load(office.session, version.id), waiting)
    assert [(row.title, row.waiting) for row in rows][:3] == [
        ("填写申请表", 1),
        ("申请部门意见", 1),
        ("分管领导审批", 2),
    ]
    assert [row.people for row in rows] == [
        "联系人",
        "申请单位的部门负责人",
        "申请单位的单位分管领导",
        "同级的账户管理员",
        "同级的权限管理员",
    ]


def test_invented_answers_fit_the_form(office: Office) -> None:
    """A specimen shows every cell filled, with nobody's number."""
    version = published_version(office.session, PROCESS)
    loaded = engine.load(office.session, version.id)
    actor = office.actor(DESIGNER)
    answers = specimen_answers(office.session, loaded, actor)
    data = specimen_data(office.session, loaded, PROCESS, answers)
    assert [row["id_number"] for row in data["answers"]["people"]] == ["422899199001012385"] * 2
    assert all(value for row in data["answers"]["people"] for value in row.values())
    assert (data["number"], data["demo"]) == ("样张", True)
    assert data["boxes"]["leader_approval"]["seal"] is False


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_is_shown_to_authors(
    office: Office, browser: Callable[[str], Browser], tab: str
) -> None:
    office.start()
    second_version(office)
    office.session.commit()
    for version in (1, 2):
        page = browser(DESIGNER).get(f"/processes/{PROCESS}", version=version, view=tab)
        assert page.status_code == 200
        assert f"第 {version} 版" in page.text
    assert browser(DESIGNER).get("/processes").status_code == 200
    assert browser(DESIGNER).get(f"/processes/{PROCESS}/2/diagram.bpmn").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/processes/no-such",
        f"/processes/{PROCESS}/9/diagram.bpmn",
        f"/processes/{PROCESS}/1/specimens/no-such.pdf",
    ],
)
def test_what_is_not_there_is_404(
    office: Office, browser: Callable[[str], Browser], path: str
) -> None:
    office.session.commit()
    designer = browser(DESIGNER)
    assert designer.get(path).status_code == 404
    assert designer.get(f"/processes/{PROCESS}", version=9).status_code == 404


@pytest.mark.parametrize("who", ["yaohaiyang", "pengxiuying", "tanlihua"])
def test_others_are_refused(office: Office, browser: Callable[[str], Browser], who: str) -> None:
    office.session.commit()
    for path in ("", f"/{PROCESS}", f"/{PROCESS}/1/diagram.bpmn"):
        assert browser(who).get(f"/processes{path}").status_code == 403


def test_the_list_does_not_grow_by_the_version(
    office: Office, browser: Callable[[str], Browser], count_queries: Callable[[], list[str]]
) -> None:
    designer = browser(DESIGNER)

    def ask() -> int:
        office.session.commit()
        counter = count_queries()
        assert designer.get("/processes").status_code == 200
        return len(counter)

    designer.get("/processes")
    first = ask()
    for word in ("甲领导审批", "乙领导审批", "丙领导审批"):
        publishing.deploy(office.session, now=NOW, bundle=renamed(word))
    assert ask() == first


def test_who_would_do_each_step(browser: Callable[[str], Browser], office: Office) -> None:
    """For a requester whom the reader may see; namesakes are asked about, nobody is guessed."""
    reader, path = browser(DESIGNER), f"/processes/{PROCESS}"
    page = reader.get(path, view="who").text
    assert "填一个申请人" in page
    page = reader.get(path, view="who", requester="yaohaiyang").text
    assert "秦永安（咸丰县公共就业服务中心）" in page
    assert "谭丽华" in page
    assert "position:dept_head@requester.unit" in page
    office.dismiss(Position.DEPT_HEAD, "422826-jyzx")
    office.dismiss(Position.DEPT_HEAD, "422826-rsj")
    office.dismiss(Position.PERMISSION_ADMIN, "422826-xxzx")
    page = reader.get(path, view="who", requester="姚海洋").text
    assert "没有人能办：会记为异常" in page
    assert "没有找到“没有这个人”" in reader.get(path, view="who", requester="没有这个人").text
