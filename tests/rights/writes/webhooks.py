"""Addresses of other systems that are told what happens."""

from collections.abc import Mapping

from app.webhooks import service as webhooks
from app.webhooks.types import Kind, Told, Wanted
from tests.rights.writes.base import WORDS, Asked, Case, Prepare, Write, because, plain
from tests.rights.writes.people import FAR_REPAIRER, REPAIRER, SECOND_REPAIRER
from tests.rights.writes.why import FORM, NO_BODY, NO_VERSION, PAGE, STATE
from tests.support.office import Office

COUNTY = "422826"
URL = "https://hall.example.com/hooks"
PAGED = {"name": WORDS, "url": URL, "kind": "task.opened"}
OVER_REST = {"name": "叫号系统", "url": URL, "kinds": ["task.opened"]}
BUTTON = because("a button alone", Case.LIST, Case.UNKNOWN)
AGAIN = because("switched on twice is switched on", Case.SECOND)


def entered(*, is_on: bool = True, **sent: object) -> Prepare:
    """Of the county, by its administrator; the page shows its second version."""

    def make(office: Office) -> Asked:
        made, _ = webhooks.add_endpoint(
            office.session,
            actor=office.actor(REPAIRER),
            now=office.tick(),
            unit=COUNTY,
            wanted=Wanted("大厅", "https://other.example.com/", [Kind.TASK_OPENED]),
        )
        made.switch_on() if is_on else made.switch_off()
        office.session.flush()
        return Asked({"webhook_id": made.id}, dict(sent))

    return make


def undelivered(office: Office) -> Asked:
    asked = entered()(office)
    told = Told(webhooks.new_message(), Kind.TASK_OPENED, office.now, "1", "x", "n", "open")
    sent = webhooks.delivery_of(asked.values["webhook_id"], told, office.now)
    sent.give_up(office.now)
    office.session.add(sent)
    office.session.flush()
    return Asked({**asked.values, "delivery_id": sent.id}, {})


def _write(prepare: Prepare, why: Mapping[Case, str], **more: str) -> Write:
    return Write(REPAIRER, prepare, why, second=SECOND_REPAIRER, stranger=FAR_REPAIRER, **more)


ROWS: Mapping[str, Write] = {
    "webhooks.add": _write(plain(unit=COUNTY, **PAGED), NO_VERSION | PAGE | FORM),
    "webhooks.change": _write(entered(**PAGED, version=2), PAGE | FORM),
    "webhooks.switch_on": _write(entered(is_on=False, version=2), PAGE | FORM),
    "webhooks.switch_off": _write(entered(version=2), PAGE | FORM),
    "webhooks.rotate": _write(entered(version=2), PAGE | FORM),
    "webhooks.ping": _write(entered(), STATE | PAGE | FORM),
    "webhooks.replay": _write(undelivered, STATE | PAGE | FORM),
    "api.create_webhook": _write(plain(unit=COUNTY, **OVER_REST), NO_VERSION | FORM, again="same"),
    "api.change_webhook": _write(entered(**OVER_REST, version=2), FORM, again="same"),
    "api.switch_on_webhook": _write(entered(is_on=False, version=2), FORM, again="same"),
    "api.switch_off_webhook": _write(entered(version=2), FORM, again="same"),
    "api.rotate_webhook": _write(entered(version=2), FORM, again="same"),
    "api.ping_webhook": _write(entered(), STATE | NO_BODY | FORM, again="same"),
    "api.replay_webhook_delivery": _write(undelivered, STATE | NO_BODY | FORM, again="same"),
}
