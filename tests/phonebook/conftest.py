"""威海 with its clerks."""

from tests.weihai.conftest import app, bind, pdf_socket, session, story, weihai  # noqa: F401
