"""The rights table: for every endpoint who may use it, and on whose things (S18).

What is not in it is refused. The rooms' policies decide each case; this table is their summary,
and tests/rights holds both against each other with real requests. Printed into docs/rights.md.
"""

from collections.abc import Iterator, Mapping

from flask import Flask, request

from app.core.errors import NotFound
from app.identity.types import POSITION_LABELS
from app.rights.kinds import ALL, NotYourPosition, Right, Scope, Unlisted, Who
from app.rights.pages import PAGES
from app.rights.rest import REST
from app.web.actor import find_actor

__all__ = ["TABLE", "Scope", "Who", "as_markdown", "init_app"]

TABLE: Mapping[str, Right] = {**PAGES, **REST}


def init_app(app: Flask) -> None:
    """Asked after the login and before a body is read; the rooms ask again."""
    app.before_request(refuse)


def refuse() -> None:
    """Raises: Unlisted, NotYourPosition; NotFound where the thing itself is not to be known."""
    if request.endpoint is None:
        return
    right = TABLE.get(request.endpoint)
    if right is None:
        raise Unlisted
    actor = find_actor()
    if right.who is Who.POSITION and actor is not None and not actor.holds(*right.positions):
        raise NotFound if right.scope is Scope.BOOKS else NotYourPosition


def as_markdown(app: Flask) -> str:
    """The table of docs/rights.md: one line an address."""
    head = ("| 地址 | 谁 | 范围 |", "|---|---|---|")
    return "\n".join([*head, *_lines(app)])


def _lines(app: Flask) -> Iterator[str]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        right = TABLE[rule.endpoint]
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        yield f"| {methods} `{rule.rule}` | {_who(right)} | {right.scope.value} |"


def _who(right: Right) -> str:
    few = "、".join(sorted(POSITION_LABELS[one] for one in right.positions))
    if right.who is Who.POSITION:
        rest = "、".join(sorted(POSITION_LABELS[one] for one in ALL - right.positions))
        return few if len(right.positions) <= len(ALL) // 2 else f"登录的人，除了{rest}"
    return f"{right.who.value}；{few}" if few else right.who.value
