"""Pages and built files leave compressed, unless another site made the browser ask."""

import gzip
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

TAKES = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize(
    ("site", "secure", "is_packed"),
    [
        ("same-origin", True, True),
        ("none", True, True),
        ("cross-site", True, False),
        ("same-site", True, False),
        ("cross-site", False, False),
        (None, True, False),
        (None, False, True),
    ],
)
def test_a_page_is_packed_for_requests_of_this_site(
    client: FlaskClient, site: str | None, secure: bool, is_packed: bool
) -> None:
    headers = TAKES | ({"Sec-Fetch-Site": site} if site else {})
    base = "https://localhost" if secure else "http://localhost"
    answer = client.get("/keys", headers=headers, base_url=base)
    assert ("Content-Encoding" in answer.headers) is is_packed
    assert "Accept-Encoding" in answer.headers["Vary"]
    body = gzip.decompress(answer.data) if is_packed else answer.data
    assert "快捷键" in body.decode()
    assert len(answer.data) == int(answer.headers["Content-Length"])


def test_who_takes_no_packed_page_gets_a_plain_one(client: FlaskClient) -> None:
    answer = client.get("/keys", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(("takes", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("", None)])
def test_a_built_file_comes_as_it_was_packed(
    client: FlaskClient, takes: str, encoding: str | None
) -> None:
    folder = Path(client.application.static_folder or "")
    (css,) = folder.glob("dist/shell-*.css")
    answer = client.get(f"/static/dist/{css.name}", headers={"Accept-Encoding": takes})
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.mimetype == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]
    if encoding is None:
        assert answer.data == css.read_bytes()
    answer.close()


def test_no_way_out_of_the_folder(client: FlaskClient) -> None:
    assert client.get("/static/dist/../../web/packing.py", headers=TAKES).status_code == 404


def test_there_are_no_samples_outside_the_demonstration(client: FlaskClient) -> None:
    assert client.get("/styleguide").status_code == 404
