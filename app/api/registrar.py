"""Joins handlers to addresses: reads the body, opens the transaction, writes the answer.

A handler is `(act, [body], [query], **path) -> answer`; its annotations are what the OpenAPI
document says. See docs/adr for why this is ours and not a library's.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from types import NoneType, UnionType
from typing import Any, Protocol, TypeVar, get_args, get_type_hints

from flask import Blueprint, Request, Response, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.api import parsing
from app.api.service import Given, keep_answer, take_key
from app.api.shapes.base import Answer, Body, Media, Query
from app.calendar.lights import Horizon
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.crypto import digest, keyed_hash
from app.core.db import reading, transaction
from app.core.errors import AppError, Conflict, Unauthenticated
from app.web.actor import find_actor, public

H = TypeVar("H", bound=Callable[..., Any])


class Upload(Protocol):
    """A body that is no JSON."""

    MEDIA: str
    LIMIT: int

    @classmethod
    def read(cls, asked: Request) -> "Upload": ...

    @classmethod
    def schema(cls) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Act:
    """One request: the session of its transaction, who asks, and when."""

    session: Session
    now: datetime
    by: Actor | None = None

    @property
    def actor(self) -> Actor:
        """Raises: Unauthenticated."""
        if self.by is None:
            raise Unauthenticated
        return self.by

    @cached_property
    def horizon(self) -> Horizon:
        """The days around now for whoever asks."""
        return Horizon(self.session, self.actor.unit_id, self.now)


@dataclass(frozen=True)
class Route:
    """One address and method, with everything the document says of it."""

    method: str
    rule: str
    name: str
    summary: str
    tag: str
    handler: Callable[..., Any]
    status: int
    errors: tuple[int, ...]
    is_public: bool
    writes: bool
    body: type[Body] | type[Upload] | None
    query: type[Query] | None
    answer: type[Answer] | type[Media] | None
    repeatable: bool = True
    besides: type[Media] | None = None

    @property
    def keeps_answer(self) -> bool:
        """May be repeated with an Idempotency-Key."""
        return self.method == "POST" and self.writes and self.repeatable and not self.is_public


@dataclass
class Registrar:
    """The addresses of one tag. `mount` hangs them on a blueprint."""

    tag: str
    routes: list[Route] = field(default_factory=list)

    def get(self, rule: str, summary: str, *errors: int, **more: Any) -> Callable[[H], H]:
        return self._add("GET", rule, summary, errors, **{"writes": False, **more})

    def post(self, rule: str, summary: str, *errors: int, **more: Any) -> Callable[[H], H]:
        return self._add("POST", rule, summary, errors, **more)

    def delete(self, rule: str, summary: str, *errors: int, **more: Any) -> Callable[[H], H]:
        return self._add("DELETE", rule, summary, errors, **more)

    def mount(self, blueprint: Blueprint) -> None:
        for route in self.routes:
            view = partial(_serve, route)
            if route.is_public:
                view = public(view)
            blueprint.add_url_rule(
                route.rule,
                endpoint=route.name,
                view_func=view,
                methods=[route.method],
                provide_automatic_options=False,
            )

    def _add(
        self,
        method: str,
        rule: str,
        summary: str,
        errors: tuple[int, ...],
        *,
        status: int = 200,
        is_public: bool = False,
        writes: bool = True,
        repeatable: bool = True,
    ) -> Callable[[H], H]:
        def add(handler: H) -> H:
            hints = get_type_hints(handler)
            self.routes.append(
                Route(
                    method,
                    rule,
                    handler.__name__,
                    summary,
                    self.tag,
                    handler,
                    status,
                    errors,
                    is_public,
                    writes,
                    hints.get("body"),
                    hints.get("query"),
                    _answers_of(hints["return"])[0],
                    repeatable,
                    _answers_of(hints["return"])[1],
                )
            )
            return handler

        return add


def _serve(route: Route, **path: Any) -> Response:
    """Who asks came with a Bearer token: identity's loader reads no cookie under /api."""
    parsing.refuse_nul(request, path)
    given = dict(path)
    if route.query is not None:
        given["query"] = parsing.read_query(request, route.query)
    if route.body is not None:
        given["body"] = _body(route.body)
    actor = None if route.is_public else find_actor()
    if not route.writes:
        with reading() as session:
            return _response(_call(route, Act(session, utcnow(), actor), given))
    return _write(route, actor, given)


def _write(route: Route, actor: Actor | None, given: dict[str, Any]) -> Response:
    key = parsing.read_key(request) if route.keeps_answer else None
    try:
        with transaction() as session:
            act = Act(session, utcnow(), actor)
            answer = _call_once(route, act, given, key) if key else _call(route, act, given)
    except IntegrityError as error:
        # Two at once wrote what may exist once: the database chose the other.
        raise Conflict from error
    return _response(answer)


def _call_once(route: Route, act: Act, given: dict[str, Any], key: str) -> Given | Media | AppError:
    person_id = act.actor.person_id
    kept = take_key(
        act.session, person_id=person_id, key=key, fingerprint=_fingerprint(), now=act.now
    )
    if kept is not None:
        return kept
    answer = _call(route, act, given)
    if isinstance(answer, Given):
        keep_answer(act.session, person_id=person_id, key=key, given=answer)
    return answer


def _call(route: Route, act: Act, given: dict[str, Any]) -> Given | Media | AppError:
    answer = route.handler(act, **given)
    if isinstance(answer, Media | AppError):
        return answer
    if answer is None:
        return Given(204, b"")
    return Given(route.status, answer.model_dump_json(by_alias=True).encode())


def _response(answer: Given | Media | AppError) -> Response:
    """Raises: a refusal that the handler returned, because what it counted had to be committed."""
    if isinstance(answer, AppError):
        raise answer
    if isinstance(answer, Media):
        return answer.response()
    response = Response(answer.body, answer.status, mimetype="application/json")
    if answer.status == 204:
        del response.headers["Content-Type"]
    return response


def _answers_of(
    hint: Any,
) -> tuple[type[Answer] | type[Media] | None, type[Media] | None]:
    """The shape in a return annotation, and the file that may be asked for instead of it.

    An AppError may stand beside them.
    """
    named = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    shapes = [kind for kind in named if kind not in (AppError, NoneType)]
    first, second, *_ = *shapes, None, None
    return first, second


def _body(kind: type[Body] | type[Upload]) -> Body | Upload:
    if inspect.isclass(kind) and issubclass(kind, Body):
        return parsing.read_json(request, kind)
    request.max_content_length = kind.LIMIT
    return kind.read(request)


def _fingerprint() -> bytes:
    """The same request gives the same; of a multipart body its parts, since boundaries differ."""
    if request.mimetype == "multipart/form-data":
        parts = sorted(
            [field, file.filename or "", _hash_of(file)]
            for field, file in request.files.items(multi=True)
        )
        content: Any = [parts, sorted(request.form.items(multi=True))]
    else:
        content = digest(request.get_data())
    return keyed_hash([request.method, request.path, content])


def _hash_of(file: FileStorage) -> str:
    file.stream.seek(0)  # whoever read the body has read it to its end
    found = digest(file.stream.read())
    file.stream.seek(0)
    return found
