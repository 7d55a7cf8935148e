"""威海 with its clerks, and a desk that may send."""

from tests.sendings.conftest import allowed, desk, gateway  # noqa: F401 - fixtures
from tests.weihai.conftest import app, bind, pdf_socket, session, story, weihai  # noqa: F401
