"""The plumbing alone, around a few pages of the test's own."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Request, Response, jsonify, render_template, request, send_file, session
from flask.testing import FlaskClient
from jinja2 import DictLoader
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import RequestEntityTooLarge

from app.config import Settings
from app.core.actor import Actor
from app.core.errors import Conflict, ExternalFailure, Invalid, NotFound, TooMany
from app.web import routes
from app.web.actor import current_actor, public, set_loader
from app.web.setup import init_web
from app.web.site import Site

TEMPLATES = {
    "errors/error.html": "{{ error.status }} {{ error.message }} {{ error.current }}"
    "{% for name, value in typed %}[{{ name }}={{ value }}]{% endfor %}",
    "errors/404.html": "own page: {{ error.message }}",
    "styled.html": "{{ asset('shell.css') }}",
    "form.html": "{{ csrf_token() }}",
}
ANN = Actor(1, "ann", "安", 1, "u", "单位", "/u/", 1)


class Mistake:
    path, code, message = "people.0.name", "required", "第 1 行没有填姓名。"


@pytest.fixture
def base_url() -> str:
    return "http://localhost"


@pytest.fixture
def app(base_url: str, tmp_path: Path) -> Iterator[Flask]:
    settings = Settings("", "", "s" * 32, {}, None, base_url)  # type: ignore[arg-type]
    app = Site("plumbing", static_folder=str(tmp_path), static_url_path="/static")
    app.config.update(SECRET_KEY=settings.secret_key)
    app.jinja_loader = DictLoader(TEMPLATES)
    init_web(app, settings, login_endpoint="login", site=lambda: "某州")
    app.register_blueprint(routes.bp)
    pages(app)
    set_loader(lambda asked: ANN if asked.headers.get("X-Test") == "ann" else None)
    yield app
    set_loader(lambda _asked: None)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def pages(app: Flask) -> None:
    faults: dict[str, Exception] = {
        "conflict": Conflict(current={"state": "done"}),
        "invalid": Invalid([Mistake()]),
        "absent": NotFound(),
        "many": TooMany(retry_after=7),
        "down": ExternalFailure(),
        "large": RequestEntityTooLarge(),
        "bug": ZeroDivisionError("secret"),
        "no database": OperationalError("SELECT secret", None, ConnectionError("secret")),
    }

    @app.get("/login")
    @public
    def login() -> str:
        return app.jinja_env.get_template("form.html").render(
            csrf_token=app.jinja_env.globals["csrf_token"]
        )

    @app.route("/closed", methods=["GET", "POST"])
    def closed() -> str:
        return current_actor().name

    @app.get("/styled")
    @public
    def styled() -> str:
        return render_template("styled.html")

    @app.get("/file")
    @public
    def file() -> Response:
        return send_file(BytesIO(b"x"), mimetype="application/pdf")

    def fault(name: str) -> Any:
        raise faults[name]

    app.add_url_rule("/fault/<name>", "fault", public(fault), methods=["GET", "POST"])
    app.add_url_rule("/api/fault/<name>", "api_fault", public(fault), methods=["GET"])

    @app.get("/api/closed")
    def api_closed() -> Any:
        return jsonify(name=current_actor().name, path=_path(request))

    @app.get("/api/form")
    @public
    def api_form() -> str:
        session["csrf_token"] = "x"
        return ""


def _path(asked: Request) -> str:
    return asked.path
