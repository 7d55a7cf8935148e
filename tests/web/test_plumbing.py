"""Closed by default, one look of errors, headers on everything."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import BadSignature

from app.core.errors import AppError
from app.web import filters
from app.web.errors import Shown, show
from app.web.links import local_path
from app.web.security import CSP
from app.web.site import FormCookie

ANN = {"X-Test": "ann"}


def csrf(client: FlaskClient) -> str:
    return client.get("/login").get_data(as_text=True)


def test_unmarked_endpoint_needs_a_login(client: FlaskClient) -> None:
    """Nothing is open by being forgotten; the way back is kept."""
    answer = client.get("/closed?q=1")
    assert answer.status_code == 302
    assert answer.location == "/login?next=/closed?q%3D1"
    assert client.get("/closed", headers=ANN).text == "安"
    assert client.get("/login").status_code == 200


def test_rest_says_401_in_problem_details(client: FlaskClient) -> None:
    """A program gets a status and a code, never a login page."""
    answer = client.get("/api/closed")
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json is not None
    assert answer.json["code"] == "unauthenticated"
    assert client.get("/closed", headers={"Accept": "application/json"}).status_code == 401


def test_htmx_is_sent_to_the_login_as_a_whole(client: FlaskClient) -> None:
    """A fragment must not show the login page in a corner."""
    answer = client.get("/closed", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login?next=/closed")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("conflict", 409, "conflict"),
        ("invalid", 422, "invalid"),
        ("absent", 404, "not_found"),
        ("many", 429, "too_many"),
        ("down", 503, "unavailable"),
        ("large", 413, "too_large"),
    ],
)
def test_errors_look_one_way(client: FlaskClient, name: str, status: int, code: str) -> None:
    """The same table serves pages and REST."""
    page, problem = client.get(f"/fault/{name}"), client.get(f"/api/fault/{name}")
    assert page.status_code == problem.status_code == status
    assert page.mimetype == "text/html"
    assert problem.json is not None
    assert problem.json["code"] == code
    assert problem.json["request_id"] == problem.headers["X-Request-ID"]


def test_errors_carry_their_facts(client: FlaskClient) -> None:
    """What is current, what to mend, when to come again."""
    conflict, invalid = (client.get(f"/api/fault/{name}").json for name in ("conflict", "invalid"))
    assert conflict is not None
    assert conflict["current"] == {"state": "done"}
    assert invalid is not None
    assert invalid["errors"] == [
        {"path": "people.0.name", "code": "required", "message": "第 1 行没有填姓名。"}
    ]
    assert client.get("/fault/many").headers["Retry-After"] == "7"
    assert client.get("/fault/absent").text.startswith("own page:")
    assert "state" in client.get("/fault/conflict").text


def test_unknown_address_and_method(client: FlaskClient) -> None:
    """The router's own refusals look like ours, in Chinese."""
    assert client.get("/nowhere").status_code == 404
    answer = client.delete("/api/fault/absent")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.json is not None
    assert answer.json["code"] == "method_not_allowed"


def test_a_bug_tells_nothing_but_its_number(app: Flask, client: FlaskClient) -> None:
    """S62: the cause goes to the log, the reader gets a sentence and an id."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    for answer in (client.get("/fault/bug"), client.get("/api/fault/bug")):
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "ZeroDivision" not in answer.text


def test_a_lost_database_is_no_promise(client: FlaskClient) -> None:
    """Whether the COMMIT arrived cannot be known, so the answer does not say that it did not."""
    for path in ("/fault/no database", "/api/fault/no database"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "不能确定" in (answer.json["detail"] if answer.json else answer.text)
        assert "secret" not in answer.text


def test_error_page_survives_its_own_fault(app: Flask, client: FlaskClient) -> None:
    """Without database the frame cannot be drawn; a plain sentence still comes."""
    app.jinja_env.globals["url_for"] = None
    app.jinja_env.from_string("")
    app.jinja_loader = None
    app.jinja_env.loader = None
    assert client.get("/fault/absent").status_code == 404


def test_unmapped_error_is_ours() -> None:
    """A class outside the table is a fault of ours, not the reader's."""
    assert show(AppError()) == Shown(500, "internal", show(AppError()).message)


def test_headers_stand_on_every_answer(client: FlaskClient) -> None:
    """S40: pages, errors and redirects alike."""
    for path in ("/login", "/nowhere", "/closed", "/file", "/api/fault/absent"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"] == CSP
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in headers
    for directive in ("default-src 'none'", "script-src 'self'", "img-src 'self' data:"):
        assert directive in CSP
    assert "unsafe" not in CSP


def test_built_files_are_kept_for_ever(client: FlaskClient, tmp_path: Path) -> None:
    """Their names change with their content; before the first build the plain name stands in."""
    dist = tmp_path / "dist"
    dist.mkdir()
    assert "/static/dist/shell.css" in client.get("/styled").text
    (dist / "shell-1.css").write_text("p {}")
    (dist / "manifest.json").write_text(
        '{"shell.css": {"file": "shell-1.css"}, "icons.svg": {"file": "i.svg"}}'
    )
    assert "/static/dist/shell-1.css" in client.get("/styled").text
    with client.get("/static/dist/shell-1.css") as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    assert client.get("/static/dist/gone.css").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("base_url", ["https://banjian.example"])
def test_https_makes_cookies_secure(client: FlaskClient) -> None:
    """S16: __Host- and Secure as soon as the site is reached over TLS."""
    answer = client.get("/login", base_url="https://banjian.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-form=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_form_without_token_is_refused_and_shown_back(client: FlaskClient) -> None:
    """Nothing typed is lost; passwords and drawings are not repeated."""
    data = {"reason": "写了很久", "password": "Geheim-1", "signature": "data:image/png;base64,x"}
    answer = client.post("/closed", data=data, headers=ANN)
    assert answer.status_code == 400
    assert "[reason=写了很久]" in answer.text
    assert "Geheim" not in answer.text
    assert "base64" not in answer.text
    good = client.post("/closed", data={"csrf_token": csrf(client)}, headers=ANN)
    assert good.text == "安"


def test_lost_session_shows_back_what_was_typed(client: FlaskClient) -> None:
    """A form posted after the session ended is not thrown away."""
    answer = client.post("/closed", data={"reason": "写了很久"})
    assert answer.status_code == 401
    assert "[reason=写了很久]" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_foreign_form_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    """S39: token or not, the form must come from our own pages."""
    data = {"csrf_token": csrf(client)}
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/closed", data=data, headers=ANN | own).status_code == 200
    assert client.post("/closed", data=data, headers=ANN | headers).status_code == 403


def test_large_text_is_remembered(client: FlaskClient) -> None:
    """A choice that needs no login, and leads back to where it was made."""
    token = csrf(client)
    answer = client.post("/large", data={"large": "1", "next": "/closed", "csrf_token": token})
    assert answer.location == "/closed"
    cookie = client.get_cookie("large")
    assert cookie is not None
    assert cookie.value == "1"
    client.post("/large", data={"large": "0", "csrf_token": token})
    assert client.get_cookie("large") is None


@pytest.mark.parametrize(
    "target",
    ["", None, "https://evil.example", "//evil.example", "/\\evil.example", "evil", "/\t/evil"],
)
def test_only_own_ways_are_followed(target: str | None) -> None:
    """No open redirect through `next`."""
    assert local_path(target) == "/"
    assert local_path("/tickets?box=mine") == "/tickets?box=mine"


def test_dates_and_masks_as_the_office_writes_them() -> None:
    """Local zone, no leading zeros in documents, numbers hidden in the middle."""
    late = datetime(2020, 11, 20, 17, 5, tzinfo=UTC)  # next day in Shanghai
    assert filters.zh_date(late) == filters.day(late) == "2020年11月21日"
    assert filters.zh_date(date(2026, 9, 8)) == "2026年9月8日"
    assert filters.stamp(late) == "2020-11-21 01:05"
    assert filters.when(late) == "2020-11-21"
    assert filters.day(None) == filters.when(None) == filters.stamp(None) == ""
    assert filters.mask_id("422899199502287774") == "422899********7774"
    assert filters.mask_phone("15400000111") == "154****0111"
    assert filters.mask_phone("110") == "***"


def test_rest_knows_no_cookie_of_forms(client: FlaskClient) -> None:
    """It is neither read nor written there, and answers do not vary with it; pages have it."""
    page = client.get("/login")
    assert "form=" in page.headers["Set-Cookie"]
    assert "Cookie" in page.headers["Vary"]
    answer = client.get("/api/closed", headers=ANN)
    assert answer.status_code == 200
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert client.get("/api/form").status_code == 500


def test_cookie_of_forms_is_signed_with_the_key_of_its_site(app: Flask) -> None:
    """One cookie keeps its signer; another site's key makes another one."""
    cookie = app.session_interface
    assert isinstance(cookie, FormCookie)
    first = cookie.get_signing_serializer(app)
    assert cookie.get_signing_serializer(app) is first
    app.secret_key = "t" * 32
    second = cookie.get_signing_serializer(app)
    assert first is not None
    assert second is not None
    with pytest.raises(BadSignature):
        second.loads(first.dumps({"csrf_token": "x"}))
