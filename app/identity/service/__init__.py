"""Use cases of identity, split by what a person does; callers import this package alone."""

from app.identity.service.absences import (
    change_absence,
    cut_absence,
    end_absence,
    enter_absence,
    note_absence,
)
from app.identity.service.codes import redeem_code, reset_password
from app.identity.service.cover import configure as configure_cover
from app.identity.service.cover import process_titles
from app.identity.service.dormant import review as review_dormant
from app.identity.service.due import work_off_cover
from app.identity.service.factors import (
    begin_second_factor,
    confirm_second_factor,
    find_setup,
    remove_second_factor,
)
from app.identity.service.mandates import (
    change_mandate,
    end_mandate,
    revoke_mandate,
    write_mandate,
)
from app.identity.service.pairs import end_pair, enter_pair
from app.identity.service.passwords import change_password
from app.identity.service.people import (
    activate_login,
    appoint,
    create_login,
    create_person,
    disable_login,
    drop_signature,
    end_appointment,
    limit_login,
    store_signature,
)
from app.identity.service.regions import import_region
from app.identity.service.reorganising import close_unit, give_name, succeed
from app.identity.service.sessions import (
    answer_challenge,
    end_other_sessions,
    end_session,
    end_sessions,
    open_challenge,
    prove,
    sign_in,
    sign_in_demo,
    sign_out,
    touch,
)
from app.identity.service.turning import turn_one

__all__ = [
    "activate_login",
    "answer_challenge",
    "appoint",
    "begin_second_factor",
    "change_absence",
    "change_mandate",
    "change_password",
    "close_unit",
    "configure_cover",
    "confirm_second_factor",
    "create_login",
    "create_person",
    "cut_absence",
    "disable_login",
    "drop_signature",
    "end_absence",
    "end_appointment",
    "end_mandate",
    "end_other_sessions",
    "end_pair",
    "end_session",
    "end_sessions",
    "enter_absence",
    "enter_pair",
    "find_setup",
    "give_name",
    "import_region",
    "limit_login",
    "note_absence",
    "open_challenge",
    "process_titles",
    "prove",
    "redeem_code",
    "remove_second_factor",
    "reset_password",
    "review_dormant",
    "revoke_mandate",
    "sign_in",
    "sign_in_demo",
    "sign_out",
    "store_signature",
    "succeed",
    "touch",
    "turn_one",
    "work_off_cover",
    "write_mandate",
]
