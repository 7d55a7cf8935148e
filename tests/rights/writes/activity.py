"""Sheets of last logins."""

from collections.abc import Mapping

from tests.rights.counties import XIANFENG
from tests.rights.writes.base import Asked, Write
from tests.rights.writes.why import FILE, FORM, NO_VERSION, OWN

ADMIN = XIANFENG.username("account_admin")
SHEET = ("身份证号,最近登录\n422899199001012385,2026-11-01\n".encode(), "登录.csv")

ROWS: Mapping[str, Write] = {
    "api.import_last_logins": Write(
        ADMIN,
        lambda _office: Asked({}, files={"file": SHEET}),
        OWN | NO_VERSION | FILE | FORM,
        again="same",
    ),
}
