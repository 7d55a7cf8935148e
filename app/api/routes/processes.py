"""Processes: what can be started, and how new versions come in."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.processes import (
    BundleUpload,
    Findings,
    FindingShape,
    ProcessRow,
    ProcessShape,
    VersionShape,
)
from app.api.showing import show_form
from app.api.types import NeedsPosition
from app.processes import engine
from app.processes.queries import list_published, published_version, unit_ref
from app.processes.service import answering, publishing
from app.tickets.service import may_start
from app.web.step_up import require_step_up

api = Registrar("流程")
AUTHORS = ("process_designer", "process_publisher", "process_tester")


@api.get("/processes", "我能发起的业务", 401)
def list_processes(act: Act) -> Items[ProcessRow]:
    found = (engine.load(act.session, version.id) for version in list_published(act.session))
    return Items(
        items=[ProcessRow.of(one) for one in found if may_start(act.session, act.actor, one)]
    )


@api.get("/processes/<key>", "一项业务和它的申请表", 401, 404)
def show_process(act: Act, key: str) -> ProcessShape:
    loaded = engine.load(act.session, published_version(act.session, key).id)
    form = loaded.form(loaded.start.id)
    shown = None
    if form is not None:
        unit = unit_ref(act.session, act.actor.unit_id)
        check = answering.check_context(act.actor, unit, None, act.now)
        shown = show_form(
            form, answering.form_context(act.session, form, check, node=loaded.start.id)
        )
    return ProcessShape(
        **ProcessRow.of(loaded).model_dump(),
        may_start=may_start(act.session, act.actor, loaded),
        form=shown,
        documents=list(loaded.document_names),
    )


@api.post("/processes", "上传新版本（草稿）", 400, 401, 403, 409, 413, 415, 422, status=201)
def create_version(act: Act, body: BundleUpload) -> VersionShape:
    return VersionShape.of(
        publishing.upload(act.session, actor=act.actor, now=act.now, bundle=body.bundle)
    )


@api.post(
    "/processes/<key>/versions/<int:number>/publish",
    "发布（另一个人）",
    400,
    401,
    403,
    404,
    409,
    422,
)
def publish_version(act: Act, key: str, number: int) -> VersionShape:
    require_step_up()
    return VersionShape.of(
        publishing.approve(act.session, actor=act.actor, now=act.now, key=key, number=number)
    )


@api.post("/processes/lint", "检查流程图，不保存", 400, 401, 403, 413, 415, 422, writes=False)
def lint_bundle(act: Act, body: BundleUpload) -> Findings:
    if not act.actor.holds(*AUTHORS):
        raise NeedsPosition
    found = publishing.findings_of(body.bundle)
    return Findings(findings=[FindingShape.of(finding) for finding in found])
