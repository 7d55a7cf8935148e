"""What the page of one version is filled with, tab by tab."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

import forms
from app.authoring import queries
from app.authoring.inventing import invent
from app.core.actor import Actor
from app.core.clock import utcnow
from app.processes import engine
from app.processes.models import ProcessVersion
from app.processes.queries import unit_ref
from app.processes.service import answering, publishing
from forms import web as web_forms

TABS = {"flow": "流程图", "form": "表单", "print": "打印件", "versions": "版本", "lint": "检查结果"}


def version_page(
    session: Session, version: ProcessVersion, actor: Actor, tab: str, form_name: str
) -> dict[str, Any]:
    """Context of authoring/show.html. Only what the open tab needs is read."""
    loaded = engine.load(session, version.id)
    versions = queries.list_versions(session, version.key)
    own = next(row for row in versions if row.number == version.number)
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
        "tabs": TABS,
        "flow": _flow(session, version, loaded) if tab == "flow" else None,
        "form": _form(session, loaded, actor, form_name) if tab == "form" else None,
        "prints": _prints(version, loaded) if tab == "print" else (),
        "findings": publishing.findings_of(_bundle(version)) if tab == "lint" else (),
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
