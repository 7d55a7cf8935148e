"""Keys are changed in an office with a ticket that has been all the way."""

from tests.support.office import (  # noqa: F401 - fixtures
    app,
    bind,
    browser,
    joined,
    office,
    office_database,
    session,
    settings,
)
