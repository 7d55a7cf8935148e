"""Reads of processes for their authors: versions, who published them, what runs under them."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session, aliased, defer

from app.audit.models import Event
from app.authoring.types import NodeRow, ProcessRow, VersionRow
from app.identity.queries import people_by_ids
from app.identity.types import POSITION_LABELS, Position
from app.processes import engine
from app.processes.models import Instance, ProcessVersion
from app.processes.types import ProcessNotFound, VersionState
from app.tasks.assignment import RULE, lines_of

OPERATOR = "命令行"
PUBLISHED = "process.published"
TESTER = "process_tester"


def list_processes(session: Session) -> list[ProcessRow]:
    """Every process, also one that was never published."""
    rows = _rows(session)
    found = []
    for key, group in groupby(rows, key=lambda pair: pair[0].key):
        versions = list(group)
        version, shown = next(
            (pair for pair in versions if pair[0].state is VersionState.PUBLISHED), versions[0]
        )
        found.append(
            ProcessRow(
                key,
                version.title,
                version.category,
                shown,
                sum(row.running for _, row in versions),
                sum(row.state is VersionState.DRAFT for _, row in versions),
                is_trial(engine.load(session, version.id)),
            )
        )
    return sorted(found, key=lambda row: (row.category, row.title))


def list_versions(session: Session, key: str) -> list[VersionRow]:
    """Newest first. Raises: ProcessNotFound."""
    found = [row for _, row in _rows(session, key)]
    if not found:
        raise ProcessNotFound
    return found


def newest_id(session: Session) -> int:
    """A version with a greater id has come since."""
    return session.scalar(select(func.max(ProcessVersion.id))) or 0


def get_version(session: Session, key: str, number: int | None) -> ProcessVersion:
    """This version, else the published or newest one. Raises: ProcessNotFound."""
    statement = select(ProcessVersion).where(ProcessVersion.key == key)
    if number is None:
        is_published = ProcessVersion.state == VersionState.PUBLISHED
        statement = statement.order_by(is_published.desc(), ProcessVersion.number.desc())
    else:
        statement = statement.where(ProcessVersion.number == number)
    version = session.scalars(statement.limit(1)).first()
    if version is None:
        raise ProcessNotFound
    return version


def waiting_by_node(session: Session, version_id: int) -> dict[str, int]:
    """How many tickets stand at each node; one with two branches open counts at both."""
    visits = func.jsonb_each_text(Instance.open_visits).table_valued("key", "value").lateral()
    found = session.execute(
        select(visits.c.value, func.count(Instance.id.distinct()))
        .select_from(Instance)
        .join(visits, literal_column("true"))
        .where(Instance.version_id == version_id, Instance.ended_at.is_(None))
        .group_by(visits.c.value)
    )
    return dict(found.all())


def list_nodes(loaded: engine.Loaded, waiting: Mapping[str, int]) -> list[NodeRow]:
    """The steps at which people act, in the order of the road, then the others."""
    road = [loaded.start.id, *(n for n in loaded.definition.road if n != loaded.start.id)]
    others = [n.id for n in loaded.definition.nodes.values() if n.kind == "user"]
    return [
        NodeRow(node.id, node.name, node.lane, people_words(loaded, node), waiting.get(node.id, 0))
        for node in map(loaded.node, dict.fromkeys([*road, *others]))
    ]


def people_words(loaded: engine.Loaded, node: engine.Node) -> str:
    """Who gets a node, read out."""
    if node.id == loaded.start.id:
        wanted = engine.split(loaded.definition.properties.get("start_positions", TESTER))
        return "、".join(map(_position, wanted))
    return "；".join(map(_line_words, lines_of(node)))


def is_trial(loaded: engine.Loaded) -> bool:
    """Nobody but testers may start it."""
    wanted = engine.split(loaded.definition.properties.get("start_positions", TESTER))
    return set(wanted) == {TESTER}


def _line_words(line: str) -> str:
    rule = RULE.fullmatch(line)
    if rule is None:
        return line
    if rule["person"]:
        return "申请人本人"
    where = {
        "requester.unit": "申请单位",
        "same_level(requester.unit)": "同级",
        "prefecture(requester.unit)": "全地区",
    }
    return f"{where.get(rule['scope'], rule['scope'])}的{_position(rule['position'])}"


def _position(key: str) -> str:
    try:
        return POSITION_LABELS[Position(key)]
    except ValueError:
        return key


def _rows(session: Session, key: str | None = None) -> list[tuple[ProcessVersion, VersionRow]]:
    """By process, newest version first; the files themselves are left where they are."""
    statement = (
        select(ProcessVersion)
        .options(defer(ProcessVersion.model), defer(ProcessVersion.forms))
        .options(defer(ProcessVersion.documents))
        .order_by(ProcessVersion.key, ProcessVersion.number.desc())
    )
    if key is not None:
        statement = statement.where(ProcessVersion.key == key)
    versions = session.scalars(statement).all()
    running = _running(session)
    publishers = _publishers(session, versions)
    names = people_by_ids(session, {v.created_by_id for v in versions if v.created_by_id})
    return [
        (
            version,
            VersionRow(
                version.number,
                version.state,
                version.created_at,
                names[version.created_by_id].name if version.created_by_id else OPERATOR,
                version.published_at,
                publishers.get(_object(version), OPERATOR) if version.published_at else "",
                running.get(version.id, 0),
                version.sha256,
                version.created_by_id,
            ),
        )
        for version in versions
    ]


def _running(session: Session) -> dict[int, int]:
    """Without the confidential ones: a count that grows would tell that there is one (ADR 114)."""
    secret = aliased(Instance)
    # Taken off afterwards: all that run are counted in an index that knows nothing else of them.
    untold = (
        select(func.count())
        .where(secret.is_confidential, secret.ended_at.is_(None))
        .where(secret.version_id == Instance.version_id)
        .scalar_subquery()
    )
    found = session.execute(
        select(Instance.version_id, func.count() - untold)
        .where(Instance.ended_at.is_(None))
        .group_by(Instance.version_id)
    )
    return dict(found.all())


def _object(version: ProcessVersion) -> str:
    return f"process:{version.key}:{version.number}"


def _publishers(session: Session, versions: Sequence[ProcessVersion]) -> dict[str, str]:
    """As the trail has it; the operator's command line leaves no name."""
    found = session.execute(
        select(Event.object, Event.actor_name)
        .where(Event.object.in_([_object(one) for one in versions]), Event.kind == PUBLISHED)
        .order_by(Event.id)
    )
    return dict(found.all())
