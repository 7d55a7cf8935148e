"""The repair page and the pages of a migration, as an administrator meets them."""

from collections.abc import Callable

from sqlalchemy import select

from app.core import outbox
from app.processes.models import Incident
from app.processes.service import running
from app.repairs.models import Migration
from app.tickets.queries import ticket_of
from app.tickets.types import TicketState
from tests.repairs.conftest import ADMIN, ID_NUMBER, PUBLISHER, Broken
from tests.repairs.test_migrating import renamed, version, without_leader
from tests.support.office import PROCESS, Browser, Office

Enter = Callable[[str], Browser]
WHY = "走错了路，改回来。"


def test_first_the_preview_then_the_move(office: Office, browser: Enter) -> None:
    ticket = office.walk(office.start(), to="account_execution")
    rev = ticket.instance.rev
    office.session.commit()
    admin = browser(ADMIN)
    path = f"/tickets/{ticket.number}/repair"
    assert f'href="{path}"' in admin.get(f"/tickets/{ticket.number}").text
    assert admin.get(path).status_code == 200
    fields = {"source": "", "target": "leader_approval", "reason": WHY, "rev": rev}
    shown = admin.post(f"{path}/move", step="preview", **fields)
    assert shown.status_code == 200
    assert "现在还没有移动" in shown.text
    assert "不再算数，要重新办" in shown.text
    assert WHY in shown.text
    done = admin.post(f"{path}/move", step="do", **fields)
    assert done.status_code == 302
    office.session.expire_all()
    assert office.task(ticket).node == "leader_approval"
    for reader in (admin, browser("yaohaiyang")):
        page = reader.get(f"/tickets/{ticket.number}").text
        assert "系统管理员将本件移到了" in page
        assert f"原因：{WHY}" in page


def test_what_is_left_out_is_said_beside_its_field(office: Office, browser: Enter) -> None:
    ticket = office.start()
    version(office, renamed)
    rev = ticket.instance.rev
    office.session.commit()
    admin, path = browser(ADMIN), f"/tickets/{ticket.number}/repair"
    nowhere = admin.post(f"{path}/move", target="", reason=WHY, rev=rev)
    assert (nowhere.status_code, "请选择移到哪个环节。" in nowhere.text) == (422, True)
    assert WHY in nowhere.text
    silent = admin.post(f"{path}/suspend", reason="", rev=rev)
    assert (silent.status_code, "要写明为什么" in silent.text) == (422, True)
    for name, value, told in (
        ("N", "1", "变量名“N”不能用"),
        ("n", "approve", "文字写在英文双引号里"),
        ("n", "NaN", "文字写在英文双引号里"),
        ("n", "[" * 5_000, "文字写在英文双引号里"),
        ("n", '{"a": 1}', "变量 n："),
    ):
        answer = admin.post(f"{path}/variables", name=name, value=value, reason=WHY, rev=rev)
        assert (answer.status_code, told in answer.text) == (422, True), value
    unknown = admin.post(f"{path}/migrate", version="", reason=WHY, rev=rev)
    assert (unknown.status_code, "请选择换到第几版。" in unknown.text) == (422, True)
    assert (
        admin.post(f"{path}/move", target="apply", reason=WHY, rev=rev, step="x").status_code == 400
    )


def test_a_held_ticket_says_so_everywhere(office: Office, browser: Enter) -> None:
    ticket = office.walk(office.start(), to="account_execution")
    task, rev = office.task(ticket), ticket.instance.rev
    office.session.commit()
    admin, holder = browser(ADMIN), browser("tanlihua")
    path = f"/tickets/{ticket.number}/repair"
    assert admin.post(f"{path}/suspend", reason="材料有疑问。", rev=rev).status_code == 302
    page = holder.get(f"/tickets/{ticket.number}").text
    assert "材料有疑问。" in page
    assert "恢复以后接着办" in page
    assert 'id="decide"' not in page
    inbox = holder.get("/tasks", box="claimable").text
    (row,) = [part for part in inbox.split("<tr>") if f'value="{ticket.number}"' in part]
    assert "挂起" in row
    assert "签收 " not in row
    late = holder.post(f"/tasks/{task.id}/claim")
    assert (late.status_code, "挂起" in late.text) == (409, True)
    assert "恢复，接着办" in admin.get(path).text
    listed = admin.get("/tickets", box="all", state="suspended").text
    assert ticket.number in listed
    assert admin.post(f"{path}/resume", reason="查清了。", rev=rev + 1).status_code == 302
    assert 'id="decide"' in holder.get(f"/tickets/{ticket.number}").text


def test_only_administrators_are_led_there(office: Office, browser: Enter) -> None:
    ticket = office.start()
    office.session.commit()
    for username in ("yaohaiyang", "qinyongan", PUBLISHER):
        assert "/repair" not in browser(username).get(f"/tickets/{ticket.number}").text
        assert browser(username).get(f"/tickets/{ticket.number}/repair").status_code == 403


def test_incidents_are_counted_and_narrowed(office: Office, broken: Broken, browser: Enter) -> None:
    incident = broken("act")
    ticket = ticket_of(office.session, incident.instance_id)
    for node in ("a", "b"):
        running.open_incident(
            office.session,
            now=office.now,
            instance=ticket.instance,
            node=node,
            cause="另一个原因",
            detail="",
        )
    office.session.commit()
    admin = browser(ADMIN)
    page = admin.get("/incidents").text
    assert "2 条" in page
    one = office.session.scalars(select(Incident.id).where(Incident.node == "a")).one()
    assert admin.get("/incidents", same=one).text.count('data-label="办件"') == 2
    assert admin.get("/incidents", node="b").text.count('data-label="办件"') == 1
    assert (
        admin.get("/incidents", kind="timer", process=PROCESS).text.count('data-label="办件"') == 0
    )
    assert admin.get("/incidents", kind="x").status_code == 400
    shown = admin.get(f"/incidents/{incident.id}").text
    assert f"/tickets/{ticket.number}/repair" in shown
    assert "出错时的流程变量" in shown
    assert ID_NUMBER not in shown


def test_rehearsal_and_migration_on_the_page(office: Office, browser: Enter) -> None:
    stuck = office.walk(office.start(), to="leader_approval")
    office.start()
    version(office, without_leader)
    office.session.commit()
    publisher, admin = browser(PUBLISHER), browser(ADMIN)
    start = f"/processes/{PROCESS}/1/migrate"
    assert start in publisher.get(f"/processes/{PROCESS}", view="versions", version=1).text
    assert "试算 2 件" in admin.get(start).text
    empty = admin.post(start, version="", client_key="k")
    assert (empty.status_code, "请选择换到第几版。" in empty.text) == (422, True)
    made = admin.post(start, version=2, client_key="k")
    assert admin.post(start, version=2, client_key="k").location == made.location
    assert "正在试算" in admin.get(made.location).text
    while outbox.work_off():
        pass
    report = admin.get(made.location).text
    assert "1 件能换，1 件换了会丢东西" in report
    assert "新版本中没有这个节点" in report
    assert stuck.number in admin.get(made.location, state="kept").text
    assert admin.get(made.location, state="x").status_code == 400
    rehearsal = made.location.rpartition("/")[2]
    given = {"version": 2, "client_key": "real", "rehearsal": rehearsal}
    silent = admin.post(start, reason="", **given)
    assert (silent.status_code, "要写明为什么" in silent.text) == (422, True)
    real = admin.post(start, reason=WHY, **given)
    while outbox.work_off():
        pass
    assert "换好 1 件，没有换 0 件" in admin.get(real.location).text
    assert "已经按它迁移" in admin.get(made.location).text
    assert len(office.session.scalars(select(Migration)).all()) == 2


def test_one_ticket_to_another_version(office: Office, browser: Enter) -> None:
    ticket = office.start()
    made = version(office, renamed)
    rev = ticket.instance.rev
    office.session.commit()
    admin, path = browser(ADMIN), f"/tickets/{ticket.number}/repair"
    fields = {"version": made.number, "rev": rev, "reason": WHY}
    assert "什么也不会丢" in admin.post(f"{path}/migrate", step="preview", **fields).text
    assert admin.post(f"{path}/migrate", step="do", **fields | {"reason": " "}).status_code == 422
    assert admin.post(f"{path}/migrate", step="do", **fields).status_code == 302
    assert f"换到第 {made.number} 版" in browser("yaohaiyang").get(f"/tickets/{ticket.number}").text


def test_what_is_over_offers_nothing(office: Office, browser: Enter) -> None:
    ticket = office.walk(office.start())
    office.session.commit()
    assert ticket.state is TicketState.CLOSED
    page = browser(ADMIN).get(f"/tickets/{ticket.number}/repair").text
    assert "已经结束" in page
    assert "先看移动以后会怎样" not in page
