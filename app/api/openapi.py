"""The OpenAPI 3.1 document of the routes, and the same for people."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.api.registrar import Route
from app.api.shapes.base import Answer, Body, Media, Problem

PARAMETER = re.compile(r"<(?:(?P<kind>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
SCHEMAS = "#/components/schemas/"
INTRODUCTION = """\
办件的编程接口，权限与网页上相同。
先用 `POST /tokens` 取令牌，之后每个请求带 `Authorization: Bearer 令牌`。

- 列表都回答 `{items, next_cursor}`，把 `next_cursor` 放进 `cursor` 取下一页。
- 出错时回答 RFC 9457 的 problem details，`code` 不会改变；422 的 `errors` 说明要改哪里。
- 办理要带打开任务时看到的 `version`；别人先办了回答 409。
- 会改变数据的 POST 可以带 `Idempotency-Key`：重发同一个请求得到同一个回答，不会办两次。
- `answers` 照表单定义填：`readonly` 的项由系统填写，不要放进去。
"""
ERRORS = {
    400: "格式读不懂：不是 JSON 对象、参数不对",
    401: "没有令牌，或令牌已失效",
    403: "看得到，但不由您办",
    404: "没有，或不在您的范围内",
    406: "没有要的格式",
    409: "别人先办了，或状态不允许；current 是现在的状态",
    413: "内容太大",
    415: "不支持这种格式",
    422: "内容要改；errors 逐项说明",
    429: "太频繁；Retry-After 是要等的秒数",
    500: "系统出错，没有生效",
    503: "暂时办不成；带同一个 Idempotency-Key 再发，不会办两次",
}


def document(routes: Sequence[Route]) -> dict[str, Any]:
    schemas = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(_path(route), {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "办件 REST", "version": "1", "description": INTRODUCTION},
        "servers": [{"url": "/api/v1"}],
        "security": [{"bearer": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas.definitions,
            "responses": {str(status): _problem(status) for status in ERRORS},
        },
    }


def as_json(described: Mapping[str, Any]) -> bytes:
    return json.dumps(described, ensure_ascii=False, indent=1).encode()


@dataclass(frozen=True)
class _Schemas:
    definitions: dict[str, Any]
    references: Mapping[Any, Any]

    def of(self, model: type[BaseModel]) -> dict[str, Any]:
        found: dict[str, Any] = self.references[model, _mode(model)]
        return found

    def named(self, model: type[BaseModel]) -> dict[str, Any]:
        found: dict[str, Any] = self.definitions[self.of(model)["$ref"].removeprefix(SCHEMAS)]
        return found


def _schemas(routes: Iterable[Route]) -> _Schemas:
    models: list[type[BaseModel]] = [Problem]
    for route in routes:
        kinds = (route.body, route.query, route.answer)
        models += [kind for kind in kinds if kind and issubclass(kind, BaseModel)]
    references, rest = models_json_schema(
        [(model, _mode(model)) for model in dict.fromkeys(models)], ref_template=SCHEMAS + "{model}"
    )
    return _Schemas(rest.get("$defs", {}), references)


def _mode(model: type[BaseModel]) -> Any:
    return "serialization" if issubclass(model, Answer | Problem) else "validation"


def _path(route: Route) -> str:
    return PARAMETER.sub(r"{\g<name>}", route.rule)


def _operation(route: Route, schemas: _Schemas) -> dict[str, Any]:
    parameters = [*_path_parameters(route), *_query_parameters(route, schemas), *_key(route)]
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "responses": _responses(route, schemas, has_parameters=bool(parameters)),
    }
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = _request(route, schemas)
    if route.is_public:
        operation["security"] = []
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": match["name"],
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if match["kind"] == "int" else "string"},
        }
        for match in PARAMETER.finditer(route.rule)
    ]


def _query_parameters(route: Route, schemas: _Schemas) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    properties = schemas.named(route.query).get("properties", {})
    found = []
    for name, schema in properties.items():
        plain = {key: value for key, value in schema.items() if key not in ("title", "description")}
        parameter = {"name": name, "in": "query", "required": False, "schema": plain}
        if "description" in schema:
            parameter["description"] = schema["description"]
        found.append(parameter)
    return found


def _key(route: Route) -> list[dict[str, Any]]:
    if not route.keeps_answer:
        return []
    return [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "重发时用同一个，只办一次",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        }
    ]


def _request(route: Route, schemas: _Schemas) -> dict[str, Any]:
    kind = route.body
    if kind is not None and issubclass(kind, Body):
        is_needed = any(field.is_required() for field in kind.model_fields.values())
        return {
            "required": is_needed,
            "content": {"application/json": {"schema": schemas.of(kind)}},
        }
    return {"required": True, "content": {kind.MEDIA: {"schema": kind.schema()}}}  # type: ignore[union-attr]


def _responses(route: Route, schemas: _Schemas, *, has_parameters: bool) -> dict[str, Any]:
    status = 204 if route.answer is None else route.status
    success: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if route.answer is not None:
        success["content"] = _content(route.answer, schemas)
    if route.besides is not None:
        success["content"] |= _content(route.besides, schemas)
    errors = {*route.errors, 500}
    errors |= set() if route.is_public else {401}
    errors |= {400} if has_parameters else set()
    refused = {str(code): {"$ref": f"#/components/responses/{code}"} for code in sorted(errors)}
    return {str(status): success, **refused}


def _content(kind: type[Answer] | type[Media], schemas: _Schemas) -> dict[str, Any]:
    if issubclass(kind, Media):
        return {kind.MEDIA: {"schema": kind.SCHEMA}}
    return {"application/json": {"schema": schemas.of(kind)}}


def _problem(status: int) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": ERRORS[status],
        "content": {"application/problem+json": {"schema": {"$ref": f"{SCHEMAS}Problem"}}},
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return response


@dataclass(frozen=True)
class Field:
    name: str
    kind: str
    shape: str
    is_required: bool
    description: str


@dataclass(frozen=True)
class Entry:
    """One route as the page shows it; `takes` and `answers` name shapes further down."""

    method: str
    path: str
    summary: str
    is_public: bool
    parameters: tuple[Field, ...]
    takes: Field | None
    answers: tuple[str, Field | None]
    errors: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Guide:
    introduction: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Entry, ...]], ...]
    shapes: tuple[tuple[str, str, tuple[Field, ...]], ...]


def guide(routes: Sequence[Route]) -> Guide:
    """The document as the page wants it."""
    described = document(routes)
    entries = [
        (operation["tags"][0], _entry(method, path, operation))
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    order = [tag["name"] for tag in described["tags"]]
    entries.sort(key=lambda pair: order.index(pair[0]))
    return Guide(
        tuple(line.removeprefix("- ") for line in INTRODUCTION.splitlines() if line),
        tuple(
            (tag, tuple(entry for _, entry in group))
            for tag, group in groupby(entries, key=lambda pair: pair[0])
        ),
        tuple(
            (name, schema.get("description", ""), _fields(schema))
            for name, schema in sorted(described["components"]["schemas"].items())
            if "properties" in schema and not name.endswith("Query")
        ),
    )


def _entry(method: str, path: str, operation: Mapping[str, Any]) -> Entry:
    taken = operation.get("requestBody", {}).get("content", {})
    answers = [
        (status, _of_content(response.get("content", {})))
        for status, response in operation["responses"].items()
        if "$ref" not in response
    ]
    return Entry(
        method.upper(),
        path,
        operation["summary"],
        operation.get("security") == [],
        tuple(
            _field(item["name"], {**item["schema"], **item}, is_required=item["required"])
            for item in operation.get("parameters", ())
        ),
        _of_content(taken),
        answers[0],
        tuple(
            (status, ERRORS[int(status)])
            for status, response in operation["responses"].items()
            if "$ref" in response
        ),
    )


def _of_content(content: Mapping[str, Any]) -> Field | None:
    for media, found in content.items():
        return _field(media, found["schema"], is_required=True)
    return None


def _fields(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    required = schema.get("required", ())
    return tuple(
        _field(name, found, is_required=name in required)
        for name, found in schema["properties"].items()
    )


def _field(name: str, schema: Mapping[str, Any], *, is_required: bool) -> Field:
    kind, shape = _kind(schema)
    return Field(name, kind, shape, is_required, schema.get("description", ""))


def _kind(schema: Mapping[str, Any]) -> tuple[str, str]:
    """The type in words, and the shape it leads to."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SCHEMAS)
        return name, name
    if "anyOf" in schema:
        kinds = [_kind(one) for one in schema["anyOf"]]
        return " | ".join(kind for kind, _ in kinds), next((s for _, s in kinds if s), "")
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"])), ""
    if schema.get("type") == "array":
        kind, shape = _kind(schema.get("items", {}))
        return f"{kind}[]", shape
    return schema.get("format") or schema.get("type") or "any", ""
