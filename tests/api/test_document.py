"""The OpenAPI document says what the application does, and the page says what it says."""

import re

from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.api.conftest import Rest


def test_document_is_valid(stranger: Rest) -> None:
    """It is OpenAPI 3.1 without errors."""
    document = stranger.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert not list(OpenAPIV31SpecValidator(document).iter_errors())


def test_every_route_is_described_and_every_description_is_a_route(
    app: Flask, stranger: Rest
) -> None:
    """Nothing is served in secret and nothing is promised in vain."""
    document = stranger.get("/openapi.json").json
    described = {
        (f"/api/v1{path}", method.upper())
        for path, methods in document["paths"].items()
        for method in methods
    }
    served = {
        (re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods - {"HEAD"}
    }
    assert described == served


def test_every_operation_names_its_answers_and_errors(stranger: Rest) -> None:
    """Each has one success, errors as problem details, and a summary."""
    document = stranger.get("/openapi.json").json
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            codes = set(operation["responses"])
            assert len([code for code in codes if code.startswith("2")]) == 1, (path, method)
            assert "500" in codes
            assert operation["summary"]
            is_open = operation.get("security") == []
            assert is_open or "401" in codes, (path, method)


def test_page_names_every_route(stranger: Rest) -> None:
    """The page for people shows the same routes, without script and without a style inside."""
    page = stranger.get("/")
    assert page.mimetype == "text/html"
    for path in stranger.get("/openapi.json").json["paths"]:
        assert path in page.text
    assert "<script" not in page.text
    assert "style=" not in page.text
