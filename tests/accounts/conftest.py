"""Storms blow in an office whose administrators have their accounts."""

from tests.administrators.conftest import bind, founded  # noqa: F401 - fixtures
from tests.support.office import joined, office, session, settings  # noqa: F401 - fixtures
