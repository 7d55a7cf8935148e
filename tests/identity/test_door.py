"""The door over HTTP: cookies, one-click entry, tokens, forced change of password."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask, jsonify
from flask.testing import FlaskClient
from jinja2 import DictLoader
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.clock import utcnow
from app.identity import loading, queries, routes, service
from app.identity.models import LoginSession
from app.identity.types import Issued, Position, SessionKind
from app.web.actor import current_actor, set_loader
from app.web.setup import init_web
from tests.identity.conftest import HERE, PASSWORD, MakePerson

TEMPLATES = {
    "errors/error.html": "{{ error.message }}",
    "identity/login.html": "{{ csrf_token() }}|{{ form.errors }}|{% for group in people %}"
    "{{ group.label }}:{% for entry in group.entries %}{{ entry.name }} {% endfor %}{% endfor %}",
    "identity/password.html": "{{ csrf_token() }}|{{ due }}|{{ errors }}",
    "errors/403.html": "{{ error.code }}",
}


@pytest.fixture
def app(settings: Settings, make_person: MakePerson) -> Iterator[Flask]:
    """The door and one closed page behind it."""
    app = Flask("door")
    app.config.update(SECRET_KEY=settings.secret_key)
    app.jinja_loader = DictLoader(TEMPLATES)
    init_web(app, settings, login_endpoint="identity.login", site=loading.site_name)
    loading.init_app(app, settings)
    app.register_blueprint(routes.bp)
    app.add_url_rule("/", "home", lambda: current_actor().username)
    app.add_url_rule("/api/me", "me", lambda: jsonify(current_actor().keys))
    make_person("ann", "422826-jyzx", Position.CLERK)
    yield app
    set_loader(lambda _request: None)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def token(client: FlaskClient, path: str = "/login") -> str:
    return client.get(path).get_data(as_text=True).split("|")[0]


def enter(client: FlaskClient, username: str = "ann", password: str = PASSWORD) -> int:
    data = {"username": username, "password": password, "csrf_token": token(client), "next": "/"}
    return client.post("/login", data=data).status_code


def test_login_and_logout(client: FlaskClient) -> None:
    """In with a new id, out at once, and the old cookie opens nothing any more."""
    assert client.get("/").location == "/login"
    assert enter(client) == 302
    assert client.get("/").text == "ann"
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.path == "/"
    assert not cookie.secure
    csrf = client.get("/password").text.split("|")[0]
    assert client.post("/logout", data={"csrf_token": csrf}).location == "/login"
    client.set_cookie("session", cookie.value)
    assert client.get("/").status_code == 302


def test_refusals_look_alike_over_http(client: FlaskClient) -> None:
    """Unknown name and wrong password: same status, same page."""
    csrf, pages = token(client), []
    for username in ("ann", "nobody"):
        data = {"username": username, "password": "Wrong-1234", "csrf_token": csrf}
        answer = client.post("/login", data=data)
        pages.append((answer.status_code, answer.text.split("|")[1]))
    assert pages[0] == pages[1]
    assert pages[0][0] == 401


def test_entering_again_ends_the_old_session(client: FlaskClient) -> None:
    """No fixation: a session id from before the door is worth nothing after it."""
    enter(client)
    old = client.get_cookie("session")
    csrf = client.get("/password").text.split("|")[0]
    data = {"username": "ann", "password": PASSWORD, "csrf_token": csrf}
    assert client.post("/login", data=data).status_code == 302
    new = client.get_cookie("session")
    assert old is not None
    assert new is not None
    assert new.value != old.value
    client.set_cookie("session", old.value)
    assert client.get("/").status_code == 302


def test_demo_entry_is_one_click(client: FlaskClient) -> None:
    """People stand under their role; a click enters; an unknown name is absent."""
    page = client.get("/login").text
    assert "联系人:人ann" in page
    data = {"csrf_token": page.split("|")[0], "username": "ann"}
    assert client.post("/login/demo", data=data).status_code == 302
    assert client.get("/").text == "ann"
    csrf = client.get("/password").text.split("|")[0]
    data = {"csrf_token": csrf, "username": "nobody"}
    assert client.post("/login/demo", data=data).status_code == 404


def test_demo_entry_exists_only_in_the_demonstration(app: Flask, client: FlaskClient) -> None:
    """Without DEMO=1 there is no list and no way in."""
    app.extensions["identity"] = loading.Door("session", secure=False, demo=False)
    page = client.get("/login").text
    assert "人ann" not in page
    data = {"csrf_token": page.split("|")[0], "username": "ann"}
    assert client.post("/login/demo", data=data).status_code == 404
    assert client.get("/").status_code == 302


def test_tokens_and_cookies_do_not_mix(client: FlaskClient, region: Session) -> None:
    """A token opens REST alone, a cookie pages alone."""
    issued = service.sign_in(
        region,
        username="ann",
        password=PASSWORD,
        kind=SessionKind.TOKEN,
        client=HERE,
        now=utcnow(),
    )
    assert isinstance(issued, Issued)
    region.commit()
    bearer = {"Authorization": f"Bearer {issued.token}"}
    assert client.get("/api/me", headers=bearer).json == ["clerk:422826-jyzx", "person:ann"]
    assert client.get("/", headers=bearer).status_code == 302
    client.set_cookie("session", issued.token)
    assert client.get("/").status_code == 302
    client.delete_cookie("session")
    enter(client)
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert client.get("/api/me").status_code == 401
    bearer = {"Authorization": f"Bearer {cookie.value}"}
    assert client.get("/api/me", headers=bearer).status_code == 401


def test_use_keeps_a_session_awake(client: FlaskClient, region: Session) -> None:
    """After a minute the next page notes that somebody is there."""
    enter(client)
    cookie = client.get_cookie("session")
    assert cookie is not None
    presence = queries.find_presence(region, cookie.value, utcnow())
    assert presence is not None
    earlier = utcnow() - timedelta(minutes=10)
    region.get_one(LoginSession, presence.actor.session_id).seen_at = earlier
    region.commit()
    assert client.get("/").text == "ann"
    region.expire_all()
    presence = queries.find_presence(region, cookie.value, utcnow())
    assert presence is not None
    assert presence.seen_at > earlier


@pytest.mark.parametrize("https", [True])
def test_session_cookie_over_https(app: Flask, client: FlaskClient, https: bool) -> None:
    """S16: __Host-, Secure, HttpOnly, Lax."""
    app.extensions["identity"] = loading.Door("__Host-session", secure=https, demo=True)
    data = {"csrf_token": token(client), "username": "ann"}
    flags = client.post("/login/demo", data=data).headers["Set-Cookie"]
    assert flags.startswith("__Host-session=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in flags
