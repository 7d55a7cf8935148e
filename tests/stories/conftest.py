"""Tests of this room stand in an office with its people and the shipped process."""

from tests.documents.conftest import pdf_socket, words  # noqa: F401 - fixtures
from tests.support.office import (  # noqa: F401 - fixtures
    app,
    bind,
    browser,
    count_queries,
    joined,
    office,
    office_database,
    session,
    settings,
)
from tests.support.story import story  # noqa: F401 - fixture
