"""What the page of one version is filled with, tab by tab."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

import forms
from app.authoring import comparing, policy, queries
from app.authoring.inventing import invent
from app.authoring.simulating import simulate
from app.authoring.types import VersionRow
from app.core.actor import Actor
from app.core.clock import utcnow
from app.processes import engine
from app.processes.models import ProcessVersion
from app.processes.queries import unit_ref
from app.processes.service import answering, publishing
from app.processes.types import VersionState
from forms import web as web_forms

TABS = {
    "flow": "流程图",
    "who": "谁会办",
    "form": "表单",
    "print": "打印件",
    "versions": "版本",
    "diff": "和在用版的不同",
    "lint": "检查结果",
}


def version_page(
    session: Session,
    version: ProcessVersion,
    actor: Actor,
    tab: str,
    form_name: str,
    requester: str = "",
) -> dict[str, Any]:
    """Context of authoring/show.html. Only what the open tab needs is read."""
    loaded = engine.load(session, version.id)
    versions = queries.list_versions(session, version.key)
    own = next(row for row in versions if row.number == version.number)
    in_force = next((row for row in versions if row.state is VersionState.PUBLISHED), None)
    return {
        "process": {
            "key": version.key,
            "title": version.title,
            "help": loaded.definition.properties.get("help", ""),
            "basis": loaded.definition.properties.get("basis", ""),
            "is_trial": queries.is_trial(loaded),
        },
        "version": own,
        "versions": versions,
        "in_force": in_force,
        "publishing": _publishing(own, in_force, actor),
        "tabs": TABS,
        "flow": _flow(session, version, loaded) if tab == "flow" else None,
        "form": _form(session, loaded, actor, form_name) if tab == "form" else None,
        "who": simulate(session, loaded, actor, requester) if tab == "who" else None,
        "prints": _prints(version, loaded) if tab == "print" else (),
        "diff": _diff(session, version, loaded, in_force) if tab == "diff" else None,
        "lint": _lint(publishing.findings_of(_bundle(version)), loaded) if tab == "lint" else None,
    }


def look_over(bundle: publishing.Bundle) -> dict[str, Any]:
    """What the lint says of a bundle that nobody keeps yet, with its diagram to mark it on."""
    found = publishing.findings_of(bundle)
    errors = [one for one in found if one.severity == "error"]
    loaded = None if errors else engine.rehearse(bundle.model, bundle.forms, bundle.documents)
    is_drawable = b"BPMNDiagram" in bundle.model and b"<!DOCTYPE" not in bundle.model
    return {
        "must_mend": len(errors),
        "lint": _lint(found, loaded),
        "source": bundle.model.decode("utf-8", "replace") if is_drawable else "",
        "title": loaded.title if loaded else "",
        "form_names": sorted(bundle.forms),
        "document_names": sorted(bundle.documents),
    }


def _lint(found: Sequence[engine.Finding], loaded: engine.Loaded | None) -> dict[str, Any]:
    """Findings with the names people know, and how many stand at each element of the picture."""
    names = {node.id: node.name for node in (loaded.definition.nodes.values() if loaded else ())}
    rows = [
        {
            "no": no,
            "element": one.element,
            "name": names.get(one.element, ""),
            "is_error": one.severity == "error",
            "message": one.message,
            "remedy": one.remedy,
        }
        for no, one in enumerate(found, start=1)
    ]
    notes: dict[str, dict[str, Any]] = {}
    for one in found:
        own = [row for row in rows if row["element"] == one.element]
        hot = any(row["is_error"] for row in own)
        badge = f"{'必须改' if hot else '建议改'} {len(own)}"
        notes[one.element] = {
            "text": "",
            "kind": "lint",
            "badge": badge,
            "hot": hot,
            "row": own[0]["no"],
        }
    return {"rows": rows, "notes": notes}


def _publishing(own: VersionRow, in_force: VersionRow | None, actor: Actor) -> dict[str, Any]:
    """Whether this reader can publish it, and if not, who can."""
    is_open = own.state is not VersionState.PUBLISHED
    is_publisher = policy.can_publish(actor)
    is_own = own.created_by_id == actor.person_id
    return {
        "is_open": is_open,
        "may": is_open and is_publisher and not is_own,
        "why_not": "这一版是您上传的，要由另一位流程发布员发布。"
        if is_own
        else "由流程发布员发布。",
        "instead_of": in_force.number if in_force else 0,
    }


def _diff(
    session: Session,
    version: ProcessVersion,
    loaded: engine.Loaded,
    in_force: VersionRow | None,
) -> dict[str, Any] | None:
    """Against the version in force; None where there is no other."""
    if in_force is None or in_force.number == version.number:
        return None
    other = queries.get_version(session, version.key, in_force.number)
    found = comparing.changes(other, engine.load(session, other.id), version, loaded)
    words = {comparing.Way.ADDED: "新", comparing.Way.CHANGED: "改"}
    return {
        "against": in_force.number,
        "changes": found,
        "notes": {
            one.element: {"text": "", "kind": "lint", "badge": words[one.way]}
            for one in found
            if one.element and one.way in words
        },
        "href": url_for("authoring.model", key=version.key, number=version.number),
    }


def _flow(session: Session, version: ProcessVersion, loaded: engine.Loaded) -> dict[str, Any]:
    nodes = queries.list_nodes(loaded, queries.waiting_by_node(session, version.id))
    return {
        "href": url_for("authoring.model", key=version.key, number=version.number),
        "nodes": nodes,
        "notes": {
            row.node: {"text": "", "kind": "count", "badge": f"{row.waiting} 件"}
            for row in nodes
            if row.waiting
        },
    }


def _form(session: Session, loaded: engine.Loaded, actor: Actor, name: str) -> dict[str, Any]:
    """One form as a person meets it, with the reader's own name filled in."""
    of_node = {
        node.properties["form"]: node
        for node in loaded.definition.nodes.values()
        if node.properties.get("form") in loaded.forms
    }
    chosen = name if name in of_node else next(iter(of_node), "")
    page = None
    if chosen:
        context = _context(session, loaded.forms[chosen], actor, of_node[chosen].id)
        page = web_forms.build(loaded.forms[chosen], context)
    return {
        "names": [{"name": one, "title": node.name} for one, node in of_node.items()],
        "chosen": chosen,
        "page": page,
    }


def _context(session: Session, form: forms.Form, actor: Actor, node: str) -> forms.Context:
    check = answering.check_context(actor, unit_ref(session, actor.unit_id), None, utcnow())
    return answering.form_context(session, form, check, node=node)


def _prints(version: ProcessVersion, loaded: engine.Loaded) -> list[dict[str, str]]:
    return [
        {
            "name": name,
            "href": url_for(
                "authoring.specimen", key=version.key, number=version.number, name=name
            ),
        }
        for name in loaded.document_names
        if name in loaded.documents
    ]


def _bundle(version: ProcessVersion) -> publishing.Bundle:
    return publishing.Bundle(version.model, version.forms, version.documents)


def specimen_answers(session: Session, loaded: engine.Loaded, actor: Actor) -> dict[str, Any]:
    """The start form filled with invented answers, as a print template wants them."""
    form = loaded.form(loaded.start.id)
    if form is None:
        return {}
    context = _context(session, form, actor, loaded.start.id)
    return forms.labelled(form, invent(form, context), context)
