"""Composition root: the only place that knows all rooms and joins them."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Response, request
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import broker, menu, rights
from app.access import handlers as access_handlers
from app.access import operations as access_operations
from app.access.administrators import operations as administrators
from app.access.dormant import routes as dormant_routes
from app.administration import handlers as administration_handlers
from app.administration import routes as administration_routes
from app.api import routes as api_routes
from app.attachments import commands as attachments_commands
from app.attachments import routes as attachments_routes
from app.attachments import scanner, seams, store
from app.audit import commands as audit_commands
from app.audit import routes as audit_routes
from app.audit import service as audit
from app.audit import sources as audit_sources
from app.authoring import routes as authoring_routes
from app.backup import commands as backup_commands
from app.boards import routes as boards_routes
from app.calendar import commands as calendar_commands
from app.calendar import routes as calendar_routes
from app.config import Settings, production_faults
from app.core import clock, connecting, crypto, db, events, outbox
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError, Forbidden, NotFound
from app.demo import commands as demo_commands
from app.documents import copies, issuing
from app.documents import handlers as documents_handlers
from app.documents import routes as documents_routes
from app.documents import service as documents
from app.documents.queries import SCAN, list_documents, may_view_scan
from app.health import commands as health_commands
from app.health import routes as health_routes
from app.health.checkup import Surroundings
from app.health.service import Probes
from app.hints import commands as hints_commands
from app.hints import routes as hints_routes
from app.holdings import panels as holdings_panels
from app.holdings import routes as holdings_routes
from app.identity import commands as identity_commands
from app.identity import loading as identity_loading
from app.identity import queries as people
from app.identity import routes as identity_routes
from app.identity import service as identity
from app.identity import terms
from app.identity.region import read_region
from app.insight import commands as insight_commands
from app.insight import handlers as insight_handlers
from app.insight import routes as insight_routes
from app.keys import commands as keys_commands
from app.keys import service as keys
from app.ledgers import commands as ledgers_commands
from app.ledgers import handlers as ledgers_handlers
from app.ledgers import operations as ledgers_operations
from app.ledgers import routes as ledgers_routes
from app.managed import handlers as managed_handlers
from app.managed import operations as managed_operations
from app.managed import routes as managed_routes
from app.managed.queries import pushes_of_account, pushes_of_ticket
from app.messaging import channels
from app.messaging import commands as messaging_commands
from app.messaging import operations as messaging_operations
from app.messaging import routes as messaging_routes
from app.notifications import handlers as notifications_handlers
from app.notifications import mail, outside
from app.notifications import routes as notifications_routes
from app.oldbooks import routes as oldbooks_routes
from app.outages import routes as outages_routes
from app.personnel import routes as personnel_routes
from app.phonebook import routes as phonebook_routes
from app.processes import engine, registry
from app.processes import handlers as processes_handlers
from app.processes.models import Instance
from app.processes.queries import instance_heads, list_published
from app.processes.service import running
from app.processes.types import InstanceEnded, NotSigned, StepFailed
from app.progress import routes as progress_routes
from app.recipients import handlers as recipients_handlers
from app.recipients import operations as recipients_operations
from app.recipients import routes as recipients_routes
from app.repairs import commands as repairs_commands
from app.repairs import handlers as repairs_handlers
from app.repairs import queries as repairs_queries
from app.repairs import routes as repairs_routes
from app.rules import commands as rules_commands
from app.rules import routes as rules_routes
from app.saved import routes as saved_routes
from app.sendings import handlers as sendings_handlers
from app.sendings import operations as sendings_operations
from app.sendings import panels as sendings_panels
from app.sendings import routes as sendings_routes
from app.sendings import waking as sendings_waking
from app.supervision import handlers as supervision_handlers
from app.supervision import routes as supervision_routes
from app.supervision import screens as supervision_screens
from app.tasks import handlers as tasks_handlers
from app.tasks import routes as tasks_routes
from app.tickets import beginning, numbering, panels, revealing, rivals, siding, telling
from app.tickets import handlers as tickets_handlers
from app.tickets import routes as tickets_routes
from app.tickets.queries import chains_within, is_own_run, may_view_run
from app.web import errors, navigation
from app.web import routes as web_routes
from app.web.actor import find_actor
from app.web.setup import init_web
from app.web.site import Site
from app.webhooks import handlers as webhooks_handlers
from app.webhooks import routes as webhooks_routes
from app.webhooks import sending as webhooks
from app.webhooks import waking as webhooks_waking
from app.webhooks.addresses import Allowed
from forms import Choice
from pdf import fonts
from pdf.client import PdfClient

log = structlog.get_logger()
ROOT = Path(__file__).resolve().parent.parent
WORK_OFF, OUTBOX_QUEUE = "work_off_outbox", "outbox"
DELIVER, WEBHOOKS_QUEUE = "deliver_webhooks", "webhooks"
SEND, SETTLE, SENDINGS_QUEUE = "send_messages", "settle_messages", "sendings"
PRINT_PATIENCE = 20.0


def create_app(settings: Settings, *, bind: Engine | Connection | None = None) -> Flask:
    """The web application; tests hand over the database connection they will roll back."""
    join(settings, bind=bind)
    app = Site(
        "app", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "app" / "static")
    )
    app.config.update(SECRET_KEY=settings.secret_key, MAX_CONTENT_LENGTH=25 * 2**20)
    errors.set_watch(app, _note_refusal)
    errors.set_rival(app, _rival)
    init_web(app, settings, login_endpoint="identity.login", site=identity_loading.site_name)
    identity_loading.init_app(app, settings)
    identity_loading.leave_idle("notifications.count")
    rights.init_app(app)
    navigation.init_app(app, menu.entries(), partial(beginning.may_begin, reading))
    app.register_error_handler(StepFailed, _incident)
    app.register_error_handler(NotSigned, _unsigned)
    probes = _probes(settings)
    watch = health_routes.Watch(settings.metrics_token, settings.counts_dir)
    health_routes.init_app(app, probes, watch)
    health_commands.init_app(app, _surroundings(settings, probes))
    for room in (
        web_routes,
        identity_routes,
        administration_routes,
        saved_routes,
        notifications_routes,
        calendar_routes,
        outages_routes,
        personnel_routes,
        oldbooks_routes,
        messaging_routes,
        phonebook_routes,
        recipients_routes,
        rules_routes,
        tasks_routes,
        tickets_routes,
        documents_routes,
        boards_routes,
        progress_routes,
        supervision_routes,
        attachments_routes,
        ledgers_routes,
        holdings_routes,
        dormant_routes,
        hints_routes,
        audit_routes,
        repairs_routes,
        webhooks_routes,
        managed_routes,
        sendings_routes,
        authoring_routes,
        insight_routes,
        api_routes,
    ):
        app.register_blueprint(room.bp)
    identity_commands.demo.add_command(demo_commands.load)
    for group in (
        identity_commands.users,
        identity_commands.region,
        identity_commands.demo,
        backup_commands.backup,
        repairs_commands.incidents,
        repairs_commands.waiting,
        keys_commands.keys,
        audit_commands.audit,
        ledgers_commands.ledgers,
        attachments_commands.attachments,
        calendar_commands.calendar,
        rules_commands.rules,
        insight_commands.stats,
        hints_commands.accounts,
        messaging_commands.sms,
    ):
        app.cli.add_command(group)
    return app


def join(settings: Settings, *, bind: Engine | Connection | None = None) -> None:
    """Everything below the web, for web, worker and command line alike. Safe to call again."""
    clock.configure(timezone=settings.timezone, offset_file=settings.clock_offset_file)
    crypto.configure(settings.field_keys, settings.field_cipher)
    db.configure(
        bind or connecting.engine(settings.database_url),
        glanced=None
        if bind
        else connecting.engine(
            settings.database_url, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True
        ),
    )
    terms.configure(terms.Terms(settings.composed_passwords, settings.demo))
    store.configure(settings.data_dir)
    scanner.configure(settings.scanner)
    engine.forget()
    beginning.forget()
    documents.configure(
        documents.Press(
            PdfClient(settings.pdf_socket),
            settings.base_url,
            settings.demo,
            copies.edition_of(ROOT / "pdf", fonts.default_folder()),
        )
    )
    revealing.configure(settings.reveal_limit)
    outbox.configure(broker.waker(settings.redis_url, WORK_OFF, OUTBOX_QUEUE))
    webhooks_waking.configure(broker.waker(settings.redis_url, DELIVER, WEBHOOKS_QUEUE))
    sendings_waking.configure(
        broker.waker(settings.redis_url, SEND, SENDINGS_QUEUE),
        broker.waker(settings.redis_url, SETTLE, SENDINGS_QUEUE),
    )
    webhooks.configure(Allowed.of(settings.webhook_hosts))
    channels.configure(settings.sms_gateways)
    outside.configure(outside.Outside(settings.smtp, settings.chats, settings.base_url))
    audit_sources.configure(
        audit_sources.Sources(
            heads=(audit_sources.unit_heads, instance_heads),
            reach=chains_within,
            people=people.ids_of,
            folder=settings.audit_export_dir,
        )
    )
    _join_names()
    _join_events()


def _probes(settings: Settings) -> Probes:
    """Asked by an operator's eye only, so each may take a moment and none may hang."""
    pdf = PdfClient(settings.pdf_socket, timeout=broker.PATIENCE)

    return Probes(broker=partial(broker.is_there, settings.redis_url), pdf=pdf.ping)


def _surroundings(settings: Settings, probes: Probes) -> Surroundings:
    return Surroundings(
        probes=probes,
        printer=PdfClient(settings.pdf_socket, timeout=PRINT_PATIENCE),
        unopened=keys.unopened,
        data_dir=settings.data_dir,
        fonts=fonts.default_folder(),
        faults=() if settings.demo else tuple(production_faults()),
        is_demo=settings.demo,
        mail=partial(mail.reach, settings.smtp) if settings.smtp else None,
    )


def _join_names() -> None:
    """Names that diagrams and forms may use."""
    access_operations.register()
    administrators.register()
    ledgers_operations.register()
    numbering.register()
    siding.register()
    telling.register()
    issuing.register()
    managed_operations.register()
    messaging_operations.register()
    recipients_operations.register()
    sendings_operations.register()
    for name in ("subsystems", "posts"):
        registry.register_values(name, _region_list(name))
    panels.hang("documents", list_documents)
    panels.hang("supervision", supervision_screens.part_of)
    panels.hang("repair", repairs_queries.repairs_open_to)
    panels.hang("sendings", sendings_panels.sendings_open_to)
    panels.hang("pushes", lambda session, ticket, _: pushes_of_ticket(session, ticket.number))
    holdings_panels.hang(pushes_of_account)
    identity.configure_cover(
        lambda session: {one.key: one.title for one in list_published(session)}
    )
    seams.register_viewer(registry.FILES, may_view_run)
    seams.register_viewer(registry.DRAFT_FILES, is_own_run)
    seams.register_viewer(SCAN, may_view_scan)


def _join_events() -> None:
    """Who hears what, in this order; each room's own order stands in its handlers."""
    processes_handlers.join()
    tasks_handlers.join()
    tickets_handlers.join()
    ledgers_handlers.join()
    events.subscribe(InstanceEnded, access_handlers.on_instance_ended)
    documents_handlers.join()
    supervision_handlers.join()
    repairs_handlers.join()
    administration_handlers.join()
    notifications_handlers.join()
    insight_handlers.join()
    webhooks_handlers.join()
    managed_handlers.join()
    sendings_handlers.join()
    recipients_handlers.join()
    outbox.register("tickets.notice", tickets_handlers.notice)


def _region_list(name: str) -> registry.ValueList:
    def values(session: Session) -> list[Choice]:
        return [Choice(entry.value, entry.label) for entry in read_region(session).entries(name)]

    return values


NOTHING_BEGUN = "没有办成：流程走第一步时出了异常，什么也没有留下。请告诉流程管理员。"


def _note_refusal(error: AppError) -> None:
    """Who is signed in and refused, or asks for what is not there for him, is on record (S51).

    The two answer alike, so they are told alike. A trail that cannot be written makes nothing
    worse here: the act is refused already.
    """
    if not isinstance(error, Forbidden | NotFound):
        return
    try:
        actor = find_actor()
        if actor is None:
            return
        with transaction() as session:
            audit.refuse(
                session,
                actor=actor,
                now=utcnow(),
                route=f"{request.method} {request.url_rule or '-'}",
                code=error.code,
                asked=request.view_args or {},
            )
    except SQLAlchemyError:
        log.exception("refusal.not_recorded", code=error.code)


def _rival(values: Mapping[str, Any]) -> rivals.Rival | None:
    actor = find_actor()
    if actor is None:
        return None
    with reading() as session:
        number = values.get("number")
        if "task_id" in values:
            number = rivals.number_of_task(session, values["task_id"])
        return rivals.find_rival(session, actor, utcnow(), number) if number else None


def _unsigned(error: NotSigned) -> Response:
    """Refused, and kept for who repairs: no click of the person who met it mends it."""
    with transaction() as session:
        instance = session.get(Instance, error.instance_id, with_for_update=True)
        if instance is not None:
            running.open_incident(
                session,
                now=utcnow(),
                instance=instance,
                node=error.node,
                cause=error.text,
                detail="",
            )
    return errors.answer(errors.show(error))


def _incident(error: StepFailed) -> Response:
    """The act is undone; what broke is kept for a person, in a transaction of its own."""
    log.error("incident.opened", instance_id=error.instance_id, node=error.node, cause=error.cause)
    with transaction() as session:
        instance = session.get(Instance, error.instance_id, with_for_update=True)
        if instance is None:  # it was begun in the step that broke, and is gone with it
            error.text = NOTHING_BEGUN
        else:
            running.open_incident(
                session,
                now=utcnow(),
                instance=instance,
                node=error.node,
                cause=error.cause,
                detail=error.detail,
            )
    return errors.answer(errors.show(error))
