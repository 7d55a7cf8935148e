"""Versions ready to run: read, judged, parsed once per process."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

import bpmn
from app.processes import registry
from app.processes.models import ProcessVersion
from app.processes.types import ProcessNotFound
from app.rules.parameters import TIMES
from forms import Form, variables_read
from forms import load as load_form


@dataclass(frozen=True)
class Loaded:
    """A version ready to run: its diagram and its forms, parsed once per process."""

    version_id: int
    key: str
    number: int
    title: str
    category: str
    definition: bpmn.Definition
    forms: Mapping[str, Form]
    documents: Mapping[str, str]

    @property
    def start(self) -> bpmn.Node:
        return self.definition.start

    def node(self, node_id: str) -> bpmn.Node:
        return self.definition.nodes[node_id]

    def form(self, node_id: str) -> Form | None:
        name = self.node(node_id).properties.get("form")
        return self.forms[name] if name else None

    @property
    def has_forms(self) -> bool:
        return any("form" in node.properties for node in self.definition.nodes.values())

    @property
    def document_names(self) -> tuple[str, ...]:
        return tuple(split(self.definition.properties.get("documents", "")))

    @property
    def issued_names(self) -> tuple[str, ...]:
        """Papers that are handed out while the ticket is underway (`documents.issue`)."""
        found = (node.properties.get("document") for node in self.definition.nodes.values())
        return tuple(dict.fromkeys(name for name in found if name))


def split(text: str) -> list[str]:
    """Several values in one property stand on lines or between semicolons."""
    return [part.strip() for part in text.replace("\n", ";").split(";") if part.strip()]


def nodes_with(loaded: Loaded, operation: str) -> list[bpmn.Node]:
    """The service tasks that name this operation, in the order of the file."""
    return [
        node
        for node in loaded.definition.nodes.values()
        if node.properties.get("operation") == operation
    ]


_loaded: dict[int, Loaded] = {}


def forget() -> None:
    """Drop the cache; a new application may speak to another database."""
    _loaded.clear()


def load(session: Session, version_id: int) -> Loaded:
    """Versions never change, so each is parsed once per process.

    Raises: ProcessNotFound.
    """
    if version_id not in _loaded:
        version = session.get(ProcessVersion, version_id)
        if version is None:
            raise ProcessNotFound
        _loaded[version_id] = Loaded(
            version.id,
            version.key,
            version.number,
            version.title,
            version.category,
            bpmn.load(version.model),
            MappingProxyType({name: load_form(data) for name, data in version.forms.items()}),
            version.documents,
        )
    return _loaded[version_id]


def lint(
    model: bytes, forms: Mapping[str, Form | None], positions: frozenset[str]
) -> list[bpmn.Finding]:
    """Judge a diagram; a form that cannot be read is None: it is there, and nothing else known."""
    readable = {name: form for name, form in forms.items() if form is not None}
    known = bpmn.Known(
        forms=frozenset(forms),
        operations=frozenset(registry.operations),
        positions=positions,
        fields={name: frozenset(leaf.key for leaf in f.leaves) for name, f in readable.items()},
        people={name: frozenset(_persons(form)) for name, form in readable.items()},
        dates={
            name: frozenset(
                leaf.key for leaf in f.leaves if (leaf.type, leaf.subtype) == ("datetime", "date")
            )
            for name, f in readable.items()
        },
        unmet={name: registry.unmet(form) for name, form in readable.items()},
        results=registry.written,
        parameters=TIMES,
        checks=frozenset(registry.checks),
        named={name: form.who for name, form in readable.items()},
        splitting=frozenset(name for name, form in readable.items() if form.splitting),
        rules={name: variables_read(form) for name, form in readable.items()},
    )
    return list(bpmn.lint(model, known))


def _persons(form: Form) -> Iterator[str]:
    """The fields that are persons; those of a list as `list.field`."""
    for leaf in form.leaves:
        if leaf.type == "person":
            yield leaf.key
        yield from (f"{leaf.key}.{one.key}" for one in leaf.leaves if one.type == "person")


def parse(model: bytes) -> bpmn.Definition:
    """Raises: bpmn.Refused, which only a caller that linted before may leave uncaught."""
    return bpmn.parse(model)


def rehearse(model: bytes, form_data: Mapping[str, Any], documents: Mapping[str, str]) -> Loaded:
    """A version that does not exist yet, to be judged; its files were read without an error."""
    definition = bpmn.parse(model)
    return Loaded(
        0,
        definition.key,
        0,
        definition.properties.get("title") or definition.name,
        definition.properties.get("category", ""),
        definition,
        MappingProxyType({name: load_form(data) for name, data in form_data.items()}),
        documents,
    )
