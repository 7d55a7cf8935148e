"""House rules that no linter knows. Each message teaches what to write instead."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scripts.process import ROOT
from scripts.setup import read_packages

ROOMS = ("app", "bpmn", "forms", "pdf")
EVERYTHING = (*ROOMS, "scripts", "migrations", "bench")
CLOCKLESS = re.compile(r"/(service|policy|queries|models|types|engine)(/|\.py$)")
TODO = re.compile(r"#.*\b(TODO|FIXME|XXX)\b(?!\(#\d+\))")
SUFFIXES = ("Manager", "Helper", "Processor", "Util", "Utils")
SESSIONS = re.compile(r"(^|_)(session|connection|transaction)$")


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text()


def _is_constant(called: ast.expr) -> bool:
    """`"…".format`, `HEAD.format`, `_HEAD.format` and psycopg's `sql.SQL("…").format`."""
    match called:
        case ast.Attribute(value=ast.Constant()):
            return True
        case ast.Attribute(value=ast.Name(id=name)):
            return name.isupper()
        case ast.Attribute(value=ast.Call() as made):
            return attribute_of(made) == ("sql", "SQL")
    return False


class Rule:
    """Objects to what it finds. The docstring of a subclass says what to write instead.

    `on_call` and its like are asked for each such node of a file, whatever it stands in.
    """

    folders: tuple[str, ...] = ()
    allowed_in: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.lines: list[int] = []

    @classmethod
    def reads(cls, name: str) -> bool:
        return name not in cls.allowed_in

    def object_to(self, node: ast.expr | ast.stmt) -> None:
        self.lines.append(node.lineno)


def places_in(name: str, text: str, rules: Iterable[type[Rule]]) -> Iterator[tuple[Any, str]]:
    """Each rule that the file breaks, and where; one walk for all of them."""
    asked = [rule() for rule in rules if rule.reads(name)]
    visits: dict[type[ast.AST], list[Any]] = {}
    for node in ast.walk(ast.parse(text)):
        kind = type(node)
        if kind not in visits:
            method = f"on_{kind.__name__.lower()}"
            visits[kind] = [getattr(one, method) for one in asked if hasattr(one, method)]
        for visit in visits[kind]:
            visit(node)
    for one in asked:
        for line in one.lines:
            yield type(one), f"{name}:{line}"


def attribute_of(node: ast.Call) -> tuple[str, str]:
    """`a.session.commit()` → ("session", "commit"); `eval()` → ("", "eval")."""
    match node.func:
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return owner, name
        case ast.Attribute(value=ast.Attribute(attr=owner), attr=name):
            return owner, name
        case ast.Name(id=name):
            return "", name
    return "", ""


class Commits(Rule):
    """Only app/core/db.py commits. Open `with transaction() as session:` at the edge
    (route, job, command) and hand the session down; a service never ends the act it is
    part of.
    """

    folders = EVERYTHING
    allowed_in = ("app/core/db.py",)

    def on_call(self, node: ast.Call) -> None:
        owner, name = attribute_of(node)
        if name == "commit" and SESSIONS.search(owner):
            self.object_to(node)


class Backrefs(Rule):
    """`backref` adds an attribute that nobody finds by reading the other class. Write
    `back_populates` on both sides, or a query.
    """

    folders = EVERYTHING

    def on_call(self, node: ast.Call) -> None:
        if any(keyword.arg == "backref" for keyword in node.keywords):
            self.object_to(node)


class Executes(Rule):
    """Nothing that is uploaded is executed. Conditions go through bpmn/expressions.py,
    whose walker reads an `ast.parse` tree against an allow-list; texts fill
    placeholders.
    """

    folders = EVERYTHING
    allowed_in = ("bpmn/expressions.py",)

    def on_call(self, node: ast.Call) -> None:
        owner, name = attribute_of(node)
        if not owner and name in {"eval", "exec", "compile", "__import__"}:
            self.object_to(node)
        if (owner, name) == ("ast", "parse"):
            self.object_to(node)


class Statements(Rule):
    """SQL takes values as parameters and names from lists of our own (S41): SQLAlchemy's
    expressions, `text("… :name")`, or psycopg's `sql.Identifier`. Never an f-string.
    """

    folders = ("app",)
    allowed_in = ("app/backup/tables.py",)  # joins psycopg's Composed parts with `+`

    def on_call(self, node: ast.Call) -> None:
        _, name = attribute_of(node)
        first = node.args[0] if node.args else None
        mixed = isinstance(first, ast.JoinedStr | ast.BinOp)
        if name in {"text", "execute", "exec_driver_sql", "scalar", "scalars", "SQL"} and mixed:
            self.object_to(node)


class StoredTemplates(Rule):
    """A stored text is never a template: `str.format` reaches attributes and Jinja runs
    code. Fill named placeholders with a pattern's `sub`, as tickets/service/naming.py does;
    Jinja reads templates/ alone. `.format` is for constants of the source.
    """

    folders = ROOMS

    def on_call(self, node: ast.Call) -> None:
        owner, name = attribute_of(node)
        makes = {"render_template_string", "from_string", "Template", "SandboxedEnvironment"}
        if name in makes or (name == "Environment" and owner in {"", "jinja2"}):
            self.object_to(node)
        if name in {"format", "format_map"} and not _is_constant(node.func):
            self.object_to(node)


class Loaders(Rule):
    """Bytes from outside become plain data: json, or yaml.safe_load. pickle, marshal, yaml.load
    and import by name run what they read.
    """

    folders = EVERYTHING

    def on_call(self, node: ast.Call) -> None:
        owner, name = attribute_of(node)
        runs = {"pickle", "marshal", "shelve", "dill", "importlib", "runpy"}
        loads = {"load", "loads", "import_module", "run_path", "run_module"}
        if (owner in runs and name in loads) or (owner == "yaml" and not name.startswith("safe_")):
            self.object_to(node)


class Parsers(Rule):
    """XML is read in bpmn/xml.py alone, whose parser knows no entities, network or DOCTYPE; the
    HTML of print templates in pdf/template.py, and what that filled in pdf/render.py; the
    relations of office files in app/attachments/archives.py. Call `bpmn.xml.read`.
    """

    folders = ROOMS
    allowed_in = (
        *("bpmn/xml.py", "pdf/template.py", "pdf/render.py"),
        "app/attachments/archives.py",
    )
    readers = frozenset(
        {"XMLParser", "HTMLParser", "fromstring", "XML", "HTML", "parseString", "iterparse"}
        | {"document_fromstring", "fragment_fromstring", "XMLPullParser", "make_parser"}
    )

    def on_call(self, node: ast.Call) -> None:
        owner, name = attribute_of(node)
        if name in self.readers or (owner in {"etree", "ElementTree", "ET"} and name == "parse"):
            self.object_to(node)

    def on_importfrom(self, node: ast.ImportFrom) -> None:
        # `xml.sax.saxutils.escape` writes; it reads nothing.
        module = node.module or ""
        if module != "xml.sax.saxutils" and module.split(".")[0] in {"xml", "html5lib"}:
            self.object_to(node)

    def on_import(self, node: ast.Import) -> None:
        if any(one.name.split(".")[0] in {"xml", "html5lib"} for one in node.names):
            self.object_to(node)


class Clocks(Rule):
    """Time comes in by the door: take `now: datetime` as a parameter; the edge asks
    app.core.clock. So tests set it, and one act has one time.
    """

    folders = ROOMS

    @classmethod
    def reads(cls, name: str) -> bool:
        return super().reads(name) and CLOCKLESS.search(f"/{name}") is not None

    def on_call(self, node: ast.Call) -> None:
        owner, name = attribute_of(node)
        asks = (owner in {"datetime", "date"} and name in {"now", "utcnow", "today"}) or (
            (not owner or owner == "clock") and name in {"utcnow", "today"}
        )
        if asks:
            self.object_to(node)


class NaiveClocks(Rule):
    """Ask app.core.clock (utcnow, today): it is aware, and CLOCK_OFFSET_FILE moves it."""

    folders = ("app",)
    allowed_in = ("app/core/clock.py",)

    def on_call(self, node: ast.Call) -> None:
        owner, name = attribute_of(node)
        if owner in {"datetime", "date"} and name in {"now", "utcnow", "today"}:
            self.object_to(node)


class BannedNames(Rule):
    """Manager, Helper, Processor and Util say nothing. Name what it is or does; a
    service is a module of functions.
    """

    folders = EVERYTHING

    def on_classdef(self, node: ast.ClassDef) -> None:
        if node.name.endswith(SUFFIXES):
            self.object_to(node)


class Environment(Rule):
    """app/config/settings.py is the only reader of the environment; add a field to Settings."""

    folders = ("app", "bpmn", "forms")  # pdf is a process of its own, started with its own
    allowed_in = ("app/config/settings.py",)

    def on_attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id == "os" and node.attr == "environ":
            self.object_to(node)


class Skips(Rule):
    """A test that cannot run must fail with the reason, or a whole part goes missing
    silently. Install what it needs in scripts/system-packages.txt.
    """

    folders = ("tests",)

    def on_attribute(self, node: ast.Attribute) -> None:
        if node.attr in {"skip", "skipif", "importorskip"}:
            self.object_to(node)


class Patches(Rule):
    """Nothing of ours is patched. Hand the other thing in, or start a real server on
    loopback and name it in Settings.
    """

    folders = ("tests",)

    def on_call(self, node: ast.Call) -> None:
        owner, name = attribute_of(node)
        if name == "patch" or owner == "patch":
            self.object_to(node)


@cache
def broken() -> Mapping[type[Rule], Sequence[str]]:
    """Where each rule is broken. Every file is read once, for all of them."""
    found: dict[type[Rule], list[str]] = defaultdict(list)
    rules = Rule.__subclasses__()
    for folder in {folder for rule in rules for folder in rule.folders}:
        asked = [rule for rule in rules if folder in rule.folders]
        for name, text in sources(folder):
            for rule, place in places_in(name, text, asked):
                found[rule].append(place)
    return found


@pytest.mark.parametrize("rule", Rule.__subclasses__(), ids=lambda rule: rule.__name__)
def test_house_rule(rule: type[Rule]) -> None:
    """The rule holds everywhere it applies; its docstring is the lesson."""
    places = broken().get(rule, ())
    lesson = " ".join((rule.__doc__ or "").split())
    assert not places, f"{lesson}\n  " + "\n  ".join(places)


def test_open_points_have_a_number() -> None:
    """A TODO without an issue is a wish that nobody will find again."""
    places = [
        f"{name}:{number}"
        for name, text in sources(*EVERYTHING)
        for number, line in enumerate(text.splitlines(), 1)
        if TODO.search(line)
    ]
    assert not places, "Write TODO(#123) with the number of an issue, or do it now: " + str(places)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Commits, "def act(session):\n    session.commit()"),
        (Backrefs, "task = relationship('Task', backref='visit')"),
        (Executes, "eval(condition)"),
        (Statements, "session.execute(text(f'SELECT {name}'))"),
        (Statements, "connection.execute('SELECT ' + name)"),
        (StoredTemplates, "title_pattern.format(answers)"),
        (StoredTemplates, "row.text.format_map(answers)"),
        (StoredTemplates, "render_template_string(text)"),
        (StoredTemplates, "app.jinja_env.from_string(text)"),
        (StoredTemplates, "Environment().from_string(text)"),
        (Loaders, "pickle.loads(data)"),
        (Loaders, "yaml.load(data, Loader=yaml.Loader)"),
        (Loaders, "importlib.import_module(name)"),
        (Parsers, "etree.fromstring(data)"),
        (Parsers, "ElementTree.parse(file)"),
        (Parsers, "from xml.dom import minidom"),
        (Parsers, "import xml.sax"),
        (Clocks, "now = datetime.now(UTC)"),
        (Clocks, "now = utcnow()"),
        (NaiveClocks, "day = date.today()"),
        (BannedNames, "class TaskManager: ..."),
        (Environment, "home = os.environ['HOME']"),
        (Skips, "pytest.skip('later')"),
        (Patches, "mock.patch('app.core.db')"),
    ],
)
def test_each_rule_catches_its_case(rule: type[Rule], text: str) -> None:
    """A rule that catches nothing would pass for ever."""
    assert [*places_in("app/tasks/service.py", text, [rule])]


def test_repository_names_no_registry() -> None:
    """Where packages come from is the reader's own configuration."""
    hosts = re.compile(
        r"registry\.npm|files\.pythonhosted|--(extra-)?index-url|--find-links|resolved\":"
    )
    names = [
        *ROOT.glob("requirements*"),
        *ROOT.glob("frontend/*.json"),
        *ROOT.glob("frontend/.npmrc"),
    ]
    places = [p.name for p in names if p.is_file() and hosts.search(p.read_text())]
    assert not places, f"`make lock` writes them without a host: {places}"


def test_system_packages_can_be_read() -> None:
    """Each line has a name, what needs it, how to see it, and why."""
    packages = list(read_packages(Path(ROOT, "scripts/system-packages.txt").read_text()))
    assert packages
    for package in packages:
        assert {goal.removesuffix("?") for goal in package.goals} <= {"run", "test"}, package
        assert package.probe.partition(":")[0] in {"lib", "bin", "file"}, package
        assert package.use, package
