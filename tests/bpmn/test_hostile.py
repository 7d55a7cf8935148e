"""T1, T2, S27, S28, S30: whatever a designer writes into a slot is refused by name, never run.

Every payload would leave a file if anything evaluated it; the file must not appear.
"""

import contextlib
import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

import bpmn
import forms
from scripts.process import ROOT
from tests.bpmn.drawing import (
    DECLARATIONS,
    boundary,
    call,
    catch,
    many,
    over,
    process,
    repeat,
    script_with,
    send,
    throw,
)
from tests.bpmn.models import (
    HEAD,
    choice,
    element,
    end,
    model,
    properties,
    script,
    service,
    start,
    timer,
    user,
)
from tests.support.patience import PATIENCE

CANARY = Path("/tmp/banjian-hostile-canary")  # noqa: S108 - it must never exist
TOUCH = f"open('{CANARY}','w')"
OS = f"__import__('os').system('touch {CANARY}')"
HOSTILE = (
    OS,
    f"__import__('subprocess').run(['touch','{CANARY}'])",
    f"__import__('pathlib').Path('{CANARY}').touch()",
    TOUCH,
    f'exec("{TOUCH}")',
    f'eval("{TOUCH}")',
    f"compile(\"{TOUCH}\",'x','exec')",
    "().__class__.__base__.__subclasses__()",
    "''.__class__.__mro__[1].__subclasses__()[104]",
    "[].__class__.__base__.__subclasses__().pop().__init__.__globals__",
    f"[c for c in object.__subclasses__() if c.__name__=='Popen'][0]('touch {CANARY}')",
    f"(lambda: {TOUCH})()",
    "(lambda f: f(f))(lambda f: f(f))",
    f"globals()['__builtins__']['open']('{CANARY}','w')",
    f"vars()['__builtins__'].open('{CANARY}','w')",
    f"getattr(__builtins__,'open')('{CANARY}','w')",
    f"__builtins__.__dict__['open']('{CANARY}','w')",
    f"breakpoint() or {TOUCH}",
    "help()",
    "input()",
    f"print('x', file={TOUCH})",
    f'f"{{{TOUCH}}}"',
    "'{0.__class__.__init__.__globals__}'.format(len)",
    "'%s' % (1).__class__",
    f"type('X',(),{{'__del__':lambda s: {TOUCH}}})()",
    f"[x for x in [{TOUCH}]]",
    f"{{x: 1 for x in [{TOUCH}]}}",
    f"list(map(open, ['{CANARY}']))",
    f"sorted([1], key=lambda x: {TOUCH})",
    f"(a := {TOUCH})",
    f"await {TOUCH}",
    f"(yield {TOUCH})",
    f"max([1], key={TOUCH})",
    f"get({TOUCH}, 'x')",
    f"outcome.__class__ and {TOUCH}",
    f"outcome == 'x' or {OS}",
    f"import os; os.system('touch {CANARY}')",
    f"from os import system\nsystem('touch {CANARY}')",
    f"outcome = 1\n{TOUCH}",
    f"{{{{ cycler.__init__.__globals__.os.popen('touch {CANARY}') }}}}",
    f"${{T(java.lang.Runtime).getRuntime().exec('touch {CANARY}')}}",
    f"#{{execution.setVariable('x', {TOUCH})}}",
    "9" * 400 + "**" + "9" * 400,
    "'a'*10**10",
)
WHICH = "start->which\nwhich->end ? {}\nwhich->rest"


def _flow(text: str) -> bytes:
    road = WHICH.replace("{}", text.replace("\n", " "))
    return model(start() + choice("which", "which-rest") + end() + end("rest"), road)


def _around(part: str) -> bytes:
    return model(start() + part + end(), "start->a\na->end")


def _task(name: str) -> Callable[[str], bytes]:
    return lambda text: _around(user("a", **{name: text}))


def _process(name: str) -> Callable[[str], bytes]:
    return lambda text: model(
        properties(**{name: text}) + start() + user("a") + end(), "start->a\na->end"
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _declared(part: str, *, beside: str = "") -> bytes:
    return model(start() + part + end(), "start->a\na->end", beside=DECLARATIONS + beside)


def _called(name: str) -> Callable[[str], bytes]:
    inner = process("p", element("startEvent", "b") + end("z"), "b->z")
    return lambda text: _declared(call("a", "p", **{name: text}), beside=inner)


def _late(text: str) -> bytes:
    late = boundary("late", "a", "timer", interrupts=False, inside=_cycle(text))
    parts = start() + user("a") + late + end()
    return model(parts, "start->a\na->end\nlate->end")


def _cycle(text: str) -> str:
    return f"<bpmn:timeCycle>{_escaped(text)}</bpmn:timeCycle>"


def _calling(text: str) -> str:
    return element("callActivity", "a", attributes=f"calledElement={quoteattr(text)}")


def _looped(marker: Callable[[str], str]) -> Callable[[str], bytes]:
    return lambda text: _around(script_with("a", "one = 1", marker(_escaped(text))))


SLOTS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "condition": ("which-end", _flow),
    "script": ("a", lambda text: _around(script("a", text))),
    "assigned value": ("a", lambda text: _around(script("a", f"x = {text}"))),
    "duration": ("a", lambda text: _around(timer("a", _escaped(text)))),
    "date": ("a", lambda text: _around(timer("a", _escaped(text), "timeDate"))),
    "operation": ("a", lambda text: _around(service("a", text))),
    "cycle": ("late", _late),
    "conditional event": (
        "a",
        lambda text: _declared(catch("a", "conditional").replace("ready == true", _escaped(text))),
    ),
    "loop condition": ("a", _looped(repeat)),
    "loop maximum": (
        "a",
        lambda text: _around(
            script_with("a", "x = 1", repeat("true", f"loopMaximum={quoteattr(text)}"))
        ),
    ),
    "cardinality": ("a", _looped(many)),
    "completion": ("a", _looped(lambda text: many("2", text))),
    "list of instances": ("a", _looped(lambda text: over(text, "row", "rows", "one"))),
    "list of results": ("a", _looped(lambda text: over("rows", "row", text, "one"))),
    "item": (
        "a",
        lambda text: _around(
            script_with("a", "one = 1", over("rows", "ITEM", "all_rows", "one")).replace(
                'name="ITEM"', f"name={quoteattr(text)}"
            )
        ),
    ),
    "correlation": ("a", lambda text: _declared(send("a", correlation=text))),
    "payload": ("a", lambda text: _declared(throw("a", "signal", payload=text))),
    "in": ("a", _called("in")),
    "out": ("a", _called("out")),
    "in, after the name": ("a", lambda text: _called("in")(f"x={text}")),
    "out, after the name": ("a", lambda text: _called("out")(f"x={text}")),
    "called process": ("a", lambda text: _declared(_calling(text))),
    "end": (
        "end",
        lambda text: model(
            start() + user("a") + element("endEvent", "end", properties(result=text)),
            "start->a\na->end",
        ),
    ),
    "start form": ("start", lambda text: model(start(form=text) + end(), "start->end")),
    **{
        name: ("a", _task(name))
        for name in (
            *("form", "assign", "decide", "actions", "deadline", "sign", "documents", "empty"),
        )
    },
    **{
        f"process {name}": ("trial", _process(name))
        for name in ("start_positions", "documents", "retention", "deadline")
    },
}


@pytest.fixture(autouse=True)
def no_canary() -> None:
    assert not CANARY.exists()


@pytest.mark.parametrize("slot", SLOTS)
def test_hostile_text_is_refused_with_element_and_reason(slot: str) -> None:
    """Lint and parser alike, in each slot; nothing of it ran."""
    owner, place = SLOTS[slot]
    for text in HOSTILE:
        content = place(text)
        found = [f for f in bpmn.lint(content) if f.severity == "error"]
        assert owner in {f.element for f in found}, (slot, text, found)
        assert all(f.message and f.remedy.endswith("。") for f in found)
        with pytest.raises(bpmn.Refused):
            bpmn.parse(content)
    assert not CANARY.exists()


@pytest.mark.parametrize("name", ["title", "category", "title_pattern", "help", "basis"])
def test_what_is_words_stays_words(name: str) -> None:
    """Slots for text take any text, and hand it on as it was written."""
    for text in HOSTILE:
        definition = bpmn.parse(_process(name)(text))
        assert definition.properties[name].split() == text.split()
    assert not CANARY.exists()


FORM_SLOTS: dict[str, Callable[[str], dict[str, object]]] = {
    "hide": lambda text: {"conditional": {"hide": text}},
    "check": lambda text: {"validate": {"check": text}},
    "editable_at": lambda text: {"editable_at": [text]},
    "visible_to": lambda text: {"visible_to": [text]},
    "type": lambda text: {"type": text},
    "key": lambda text: {"key": text},
    "min": lambda text: {"validate": {"minLength": text}},
    "required": lambda text: {"validate": {"required": text}},
    "unknown property": lambda text: {"script": text},
}


@pytest.mark.parametrize("slot", FORM_SLOTS)
def test_hostile_text_in_a_form_is_refused(slot: str) -> None:
    for text in HOSTILE:
        component = {"type": "textfield", "key": "a", "label": "甲", **FORM_SLOTS[slot](text)}
        with pytest.raises(forms.DefinitionError) as refused:
            forms.load({"key": "trial/apply", "title": "试验", "components": [component]})
        assert refused.value.where or refused.value.message
    for text in HOSTILE:
        with pytest.raises(forms.DefinitionError):
            forms.load({"key": "t/a", "title": "试验", "components": [], "checks": [text]})
    assert not CANARY.exists()


def test_hostile_patterns_never_run_and_never_stall() -> None:
    """A pattern is refused, or it is a pattern: it matches, and does nothing else."""
    for text in (*HOSTILE, "(a+)+$", "(a|a)*b", "(.*)*", "^(([\u4e00-\u9fa5])+)+$", "a{1,9999999}"):
        part = {"type": "textfield", "key": "a", "label": "甲", "validate": {"pattern": text}}
        with contextlib.suppress(forms.DefinitionError):
            forms.load({"key": "trial/apply", "title": "试验", "components": [part]})
    assert not CANARY.exists()


def _bomb(levels: int) -> bytes:
    names = "abcdefghij"[:levels]
    entities = '<!ENTITY a "lollollol">' + "".join(
        f'<!ENTITY {two} "{f"&{one};" * 10}">' for one, two in pairwise(names)
    )
    return f"<!DOCTYPE x [{entities}]><x>&{names[-1]};</x>".encode()


def _nodes(count: int) -> bytes:
    return model(
        start() + "".join(user(f"n{n}") for n in range(count)) + end(),
        "\n".join(
            ["start->n0", *(f"n{n}->n{n + 1}" for n in range(count - 1)), f"n{count - 1}->end"]
        ),
    )


def _levels(count: int) -> bytes:
    parts = "".join(
        f'<bpmn:subProcess id="s{n}"><bpmn:startEvent id="b{n}"/>' for n in range(count)
    )
    return model(parts + "</bpmn:subProcess>" * count, "b0->b1")


def _calls(count: int) -> bytes:
    """Each process calls the next one twice: 2^n ways from the first to the last."""
    chain = "".join(
        process(
            f"p{n}",
            element("startEvent", f"b{n}")
            + call(f"c{n}", f"p{n + 1}")
            + call(f"d{n}", f"p{n + 1}")
            + end(f"z{n}"),
            f"b{n}->c{n}\nc{n}->d{n}\nd{n}->z{n}",
        )
        for n in range(count)
    )
    failing = element("endEvent", "z", '<bpmn:errorEventDefinition errorRef="e"/>')
    last = process(f"p{count}", element("startEvent", "b") + failing, "b->z")
    return _declared(call("a", "p0", many()), beside=chain + last)


def _web(count: int) -> bytes:
    """Gateways that all lead to several others, so that plays multiply without end."""
    kinds = ("inclusiveGateway", "parallelGateway", "exclusiveGateway")
    parts = "".join(element(kinds[n % 3], f"n{n}") for n in range(count))
    flows = [
        f"n{n}->n{target}{' ? x == 1' if n % 3 != 1 else ''}"
        for n in range(count)
        for target in sorted({(n * 7) % count, (n * 13 + 5) % count, (n + 1) % count})
    ]
    return model(start() + parts + end(), "\n".join(["start->n0", "n1->end", *flows]))


BOMBS: dict[str, Callable[[], bytes]] = {
    "billion laughs": partial(_bomb, 10),
    "quadratic": lambda: (
        b'<!DOCTYPE x [<!ENTITY a "' + b"A" * 100_000 + b'">]><x>' + b"&a;" * 10_000 + b"</x>"
    ),
    "a file of the server": lambda: (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    ),
    "parameter entity": lambda: b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:1/">%a;]><x/>',
    "utf-16 doctype": lambda: '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode(
        "utf-16"
    ),
    "10,000 nodes": partial(_nodes, 10_000),
    "501 nodes": partial(_nodes, 501),
    "an id of 900 kB": lambda: _around(user("x" * 900_000)),
    "a condition of 900 kB": lambda: _flow("outcome == 1" + " or outcome == 1" * 56_000),
    "deep elements": (HEAD + "<bpmn:process>" * 30_000).encode,
    "deep closed elements": (
        HEAD + "<bpmn:subProcess>" * 20_000 + "</bpmn:subProcess>" * 20_000 + "</bpmn:definitions>"
    ).encode,
    "100 subprocesses in each other": partial(_levels, 100),
    "2^120 calls": partial(_calls, 120),
    "490 calls in a row": lambda: _declared(
        call("a", "p0", many()),
        beside="".join(process(f"p{n}", call(f"c{n}", f"p{n + 1}"), "") for n in range(490)),
    ),
    "a web of gateways": partial(_web, 450),
    "many attributes": lambda: _around(
        element("userTask", "a", attributes=" ".join(f'a{n}="x"' for n in range(40_000)))
    ),
    "two with one id": lambda: model(start() + user("a") + user("a") + end(), "start->a\na->end"),
    "not XML": lambda: b"\x00\xff\xfe" * 1000,
    "nothing": lambda: b"",
}
SOON = 10  # seconds of CPU: the worst takes one on a quiet machine
MEASURE = textwrap.dedent("""
    import json, resource, sys, time
    import bpmn
    resource.setrlimit(resource.RLIMIT_AS, (600 * 2**20, 600 * 2**20))
    content = sys.stdin.buffer.read()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    found = [f.message for f in bpmn.lint(content) if f.severity == "error"]
    took = time.process_time() - begun
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"found": found[:3], "seconds": took, "kib": grown}))
""")


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_soon_and_in_200_megabytes(name: str) -> None:
    """In a process of its own, so that its memory can be read; refused, not crashed."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=BOMBS[name](),
        capture_output=True,
        check=False,
        cwd=ROOT,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    told = json.loads(done.stdout)
    assert told["found"], name
    assert told["seconds"] <= SOON
    assert told["kib"] <= 200 * 1024
