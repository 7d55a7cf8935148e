"""Processes and their authors, in an office with tickets."""

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
