"""Administrators' repair: hold, move, edit, other versions. All of it is audited."""

import secrets

from flask import request

from app.api.parsing import read_key
from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.repairs import (
    MigrateBody,
    MigrationBody,
    MigrationShape,
    MoveBody,
    RepairBody,
    RepairedTicket,
    ReportLine,
    ReportQuery,
    ShareBrief,
    VariablesBody,
)
from app.api.shapes.tickets import TicketShape
from app.api.showing import show_ticket
from app.repairs import migrating, migrations, standing, steering
from app.repairs.models import Migration
from app.repairs.types import Difference, Effect, MovedState
from app.tickets import policy, queries

api = Registrar("修复")
WRITE = (400, 401, 403, 404, 409, 413, 415, 422)
MIGRATIONS = "/processes/<key>/versions/<int:number>/migrations"


@api.post("/tickets/<number>/suspend", "挂起：谁也不能办，到时间的也不动", *WRITE)
def suspend(act: Act, number: str, body: RepairBody) -> TicketShape:
    ticket = standing.suspend(
        act.session,
        actor=act.actor,
        now=act.now,
        number=number,
        reason=body.reason,
        seen=body.rev,
    )
    return show_ticket(act, ticket)


@api.post("/tickets/<number>/resume", "恢复：接着办", *WRITE)
def resume(act: Act, number: str, body: RepairBody) -> TicketShape:
    ticket = standing.resume(
        act.session,
        actor=act.actor,
        now=act.now,
        number=number,
        reason=body.reason,
        seen=body.rev,
    )
    return show_ticket(act, ticket)


@api.post("/tickets/<number>/move", "移到另一个环节，或者先看会怎样", *WRITE, 503)
def move(act: Act, number: str, body: MoveBody) -> RepairedTicket:
    if body.dry_run:
        effect = steering.preview_move(
            act.session,
            actor=act.actor,
            now=act.now,
            number=number,
            source=body.source,
            target=body.to,
            seen=body.rev,
        )
        return _shown(act, number, effect=effect, dry_run=True)
    steering.move(
        act.session,
        actor=act.actor,
        now=act.now,
        number=number,
        source=body.source,
        target=body.to,
        reason=body.reason,
        seen=body.rev,
    )
    return _shown(act, number)


@api.post("/tickets/<number>/variables", "改流程变量", *WRITE, 503)
def edit_variables(act: Act, number: str, body: VariablesBody) -> TicketShape:
    ticket = steering.edit(
        act.session,
        actor=act.actor,
        now=act.now,
        number=number,
        changes=body.changes,
        reason=body.reason,
        seen=body.rev,
    )
    return show_ticket(act, ticket)


@api.post("/tickets/<number>/migrate", "换到流程的另一版，或者先看会丢什么", *WRITE, 503)
def migrate(act: Act, number: str, body: MigrateBody) -> RepairedTicket:
    if body.dry_run:
        found = migrating.preview(
            act.session,
            actor=act.actor,
            now=act.now,
            number=number,
            version=body.version,
            seen=body.rev,
        )
        return _shown(act, number, found=found, dry_run=True)
    migrating.migrate(
        act.session,
        actor=act.actor,
        now=act.now,
        number=number,
        version=body.version,
        reason=body.reason,
        seen=body.rev,
    )
    return _shown(act, number)


@api.post(MIGRATIONS, "迁移这一版正在办的全部办件；先试算，再按试算的结果迁移", *WRITE, status=201)
def create_migration(act: Act, key: str, number: int, body: MigrationBody) -> MigrationShape:
    made = migrations.create(
        act.session,
        actor=act.actor,
        now=act.now,
        key=key,
        number=number,
        version=body.version,
        reason=body.reason,
        client_key=(read_key(request) or secrets.token_hex(16))[: migrations.LONGEST_KEY],
        rehearsal_of=body.rehearsal,
    )
    return _migration(act, made)


@api.get("/migrations/<migration_id>", "一次迁移做到哪里", 401, 403, 404)
def show_migration(act: Act, migration_id: str) -> MigrationShape:
    return _migration(act, migrations.find(act.session, migration_id, act.actor))


@api.get("/migrations/<migration_id>/tickets", "一次迁移里每一件怎么样", 400, 401, 403, 404)
def list_migrated(act: Act, migration_id: str, query: ReportQuery) -> Items[ReportLine]:
    found = migrations.find(act.session, migration_id, act.actor)
    page = migrations.list_items(
        act.session,
        found,
        state=MovedState(query.state) if query.state else None,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(ReportLine.of))


@api.post("/migrations/<migration_id>/stop", "停下；已经换的不退回", *WRITE)
def stop_migration(act: Act, migration_id: str) -> MigrationShape:
    return _migration(
        act,
        migrations.stop(act.session, actor=act.actor, now=act.now, migration_id=migration_id),
    )


def _shown(
    act: Act,
    number: str,
    *,
    effect: Effect | None = None,
    found: Difference | None = None,
    dry_run: bool = False,
) -> RepairedTicket:
    ticket = queries.access_ticket(act.session, number, act.actor, policy.can_view)
    facts = show_ticket(act, ticket).model_dump() | {"dry_run": dry_run}
    if effect is not None:
        for name in ("cancels", "opens", "voids"):
            facts[name] = [ShareBrief.of(share) for share in getattr(effect, name)]
        facts["broken"] = effect.broken
    if found is not None:
        facts |= {"losses": list(found.losses), "notes": list(found.notes)}
    return RepairedTicket.model_validate(facts)


def _migration(act: Act, one: Migration) -> MigrationShape:
    numbers = (
        migrations.number_of(act.session, one.from_version_id),
        migrations.number_of(act.session, one.to_version_id),
    )
    return MigrationShape.of(one, numbers, migrations.counts(act.session, one))
