"""Address, secret and switch: the administrator of the 州, told once, from a page that is fresh."""

from collections.abc import Callable

import pytest

from app.core import crypto
from app.core.errors import Forbidden
from app.managed import queries, service
from app.managed.models import System
from app.managed.types import BadAddress, NoAddress, StaleSystem, SystemNotFound
from tests.managed.conftest import ADMIN, COUNTY_ADMIN, KEY, Platform, set_address
from tests.support.office import Browser, Office

URL = "https://platform.example.com/banjian"


def test_the_secret_is_told_once_and_sealed(office: Office) -> None:
    system, secret = set_address(office, URL, version=0)
    assert secret.startswith("whsec_")
    assert secret.encode() not in system.secret_sealed
    assert crypto.unseal(system.secret_sealed).decode() == secret
    _, again = set_address(office, URL + "/2", version=1)
    assert again == ""


@pytest.mark.parametrize(
    "url", ["", "http://platform.example.com/", "https://10.0.0.8/", "https://a:b@example.com/"]
)
def test_addresses_that_may_not_be_entered(office: Office, url: str) -> None:
    with pytest.raises(BadAddress):
        set_address(office, url, version=0)
    assert office.session.get(System, KEY) is None


def test_who_may_not_and_what_is_not_there(platform: Platform) -> None:
    office = platform.office
    for by, refusal in (
        (COUNTY_ADMIN, SystemNotFound),
        ("tanlihua", Forbidden),
        ("ranqiguo", Forbidden),
    ):
        with pytest.raises(refusal):
            set_address(office, URL, version=2, by=by)
    with pytest.raises(SystemNotFound):
        queries.settings_of(office.session, "another", office.actor(ADMIN))


def test_old_pages_and_what_has_no_address(office: Office) -> None:
    given = {"actor": office.actor(ADMIN), "now": office.now, "key": KEY}
    with pytest.raises(NoAddress):
        service.switch_on(office.session, version=0, **given)
    set_address(office, URL, version=0)
    with pytest.raises(StaleSystem):
        set_address(office, URL, version=0)
    service.switch_on(office.session, version=1, **given)
    for act in (service.switch_on, service.switch_off, service.rotate_secret):
        with pytest.raises(StaleSystem):
            act(office.session, version=1, **given)


def test_a_new_secret_signs_beside_the_old_one(platform: Platform) -> None:
    office = platform.office
    system, secret = service.rotate_secret(
        office.session, actor=office.actor(ADMIN), now=office.now, key=KEY, version=2
    )
    assert system.secrets(office.now) == [secret, platform.secret]


def test_pages(office: Office, browser: Callable[[str], Browser]) -> None:
    desk = browser(ADMIN)
    assert "保存，给我签名密钥" in desk.get(f"/systems/{KEY}/push").text
    wrong = desk.post(f"/systems/{KEY}/push", url="http://x/", version="0")
    assert wrong.status_code == 422
    assert 'value="http://x/"' in wrong.text
    assert "https://" in wrong.text
    shown = desk.post(f"/systems/{KEY}/push", url=URL, version="0").text
    assert "whsec_" in shown
    assert "whsec_" not in desk.get(f"/systems/{KEY}/push").text
    assert desk.post(f"/systems/{KEY}/push/on", version="1").status_code == 302
    assert desk.post(f"/systems/{KEY}/push/on", version="1").status_code == 409
    assert "停用推送" in desk.get(f"/systems/{KEY}/push").text
    assert "whsec_" in desk.post(f"/systems/{KEY}/push/secret", version="2").text
    assert desk.post(f"/systems/{KEY}/push/off", version="3").status_code == 302
    clerk = browser("yaohaiyang")
    assert clerk.get(f"/systems/{KEY}/push").status_code == 403
    assert f"/systems/{KEY}/push" not in clerk.get(f"/systems/{KEY}").text
    assert office.session.get(System, KEY) is not None
