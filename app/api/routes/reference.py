"""The description of the interface itself, for programs and for people."""

from functools import lru_cache

from flask import current_app

from app.api import openapi
from app.api.registrar import Act, Registrar, Route
from app.api.shapes.base import Html, JsonDocument

api = Registrar("说明")
_described: list[Route] = []


def describe(routes: list[Route]) -> list[Route]:
    """Hand over what the document speaks of; answers the routes of this module."""
    _described[:] = [*routes, *api.routes]
    return api.routes


@api.get("/openapi.json", "本说明，OpenAPI 3.1", is_public=True)
def show_document(_act: Act) -> JsonDocument:
    return JsonDocument(_document())


@api.get("/", "给人看的说明", is_public=True)
def show_page(_act: Act) -> Html:
    # Without the frame of the other pages: it opens before the front end is built.
    template = current_app.jinja_env.get_template("api/reference.html")
    return Html(template.render(guide=openapi.guide(_described)).encode())


@lru_cache(maxsize=1)
def _document() -> bytes:
    return openapi.as_json(openapi.document(_described))
