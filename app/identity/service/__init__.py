"""Use cases of identity, split by what a person does; callers import this package alone."""

from app.identity.service.passwords import change_password, reset_password
from app.identity.service.people import (
    activate_login,
    appoint,
    create_login,
    create_person,
    disable_login,
    end_appointment,
    store_signature,
)
from app.identity.service.regions import import_region
from app.identity.service.sessions import (
    end_sessions,
    sign_in,
    sign_in_demo,
    sign_out,
    touch,
)

__all__ = [
    "activate_login",
    "appoint",
    "change_password",
    "create_login",
    "create_person",
    "disable_login",
    "end_appointment",
    "end_sessions",
    "import_region",
    "reset_password",
    "sign_in",
    "sign_in_demo",
    "sign_out",
    "store_signature",
    "touch",
]
