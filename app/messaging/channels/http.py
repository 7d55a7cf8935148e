"""The protocol `http` of the operator guide: signed JSON, answered per message.

Certain is only what the gateway says in an answer that can be read, and that what never left has
not arrived. Whatever lies between is unknown.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.config import SmsGateway
from app.messaging.channels.types import GatewaySilent, Message, Outcome, Receipt, Submitted
from app.webhooks import sending, signing
from app.webhooks.sending import Answer

MOST_MESSAGES = 100
PATIENCE = 20.0  # seconds
MOST_READ = 2**18
NOT_TAKEN = frozenset({400, 401, 403, 404, 413, 415, 422})  # of the whole request, for good
LATER = 429  # not taken, may be handed over again
LONGEST_ID, LONGEST_CODE = 64, 32


@dataclass(frozen=True)
class HttpChannel:
    gateway: SmsGateway
    most: int = MOST_MESSAGES

    @property
    def name(self) -> str:
        return self.gateway.name

    def submit(
        self, batch: str, messages: Sequence[Message], now: datetime
    ) -> Mapping[str, Submitted]:
        wanted = [{"key": one.key, "to": one.to, "text": one.text} for one in messages]
        answer = self._post("messages", batch, {"messages": wanted}, now)
        return outcomes([one.key for one in messages], answer)

    def receipts(self, after: str, now: datetime) -> tuple[list[Receipt], str]:
        told = self._ask("receipts", f"receipts-{after}", {"after": after}, now)
        found, following = told.get("receipts"), told.get("next")
        if not isinstance(found, list) or not isinstance(following, str):
            raise GatewaySilent
        return [one for one in map(_receipt, found) if one is not None], following[:LONGEST_ID]

    def look_up(self, keys: Sequence[str], now: datetime) -> Mapping[str, Submitted]:
        told = self._ask("lookup", f"lookup-{keys[0]}", {"keys": list(keys)}, now)
        return {one.key: one for one in _results(told, set(keys), unseen=Outcome.UNSENT)}

    def _ask(self, path: str, message: str, asked: object, now: datetime) -> dict[str, Any]:
        """Raises: GatewaySilent."""
        answer = self._post(path, message, asked, now)
        told = _read(answer) if answer.is_good else None
        if told is None:
            raise GatewaySilent(message=answer.error or GatewaySilent.message)
        return told

    def _post(self, path: str, message: str, asked: object, now: datetime) -> Answer:
        body = json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode()
        headers = signing.headers([self.gateway.secret], message, int(now.timestamp()), body)
        url = f"{self.gateway.url.rstrip('/')}/{path}"
        return sending.post(url, headers, body, patience=PATIENCE, keep=MOST_READ)


def outcomes(keys: Sequence[str], answer: Answer) -> dict[str, Submitted]:
    """One for each key, whatever the gateway answered. Pure."""
    if not answer.has_left or answer.status == LATER:
        return {key: Submitted(key, Outcome.UNSENT, why=answer.error) for key in keys}
    if answer.status in NOT_TAKEN:
        code = f"HTTP{answer.status}"
        return {key: Submitted(key, Outcome.REFUSED, code=code, why=answer.error) for key in keys}
    told = _read(answer) if answer.is_good else None
    why = answer.error or ("" if told else "网关答的内容读不懂。")
    found = {key: Submitted(key, Outcome.UNKNOWN, why=why) for key in keys}
    if told is not None:
        found |= {one.key: one for one in _results(told, set(keys), unseen=Outcome.UNKNOWN)}
    return found


def _results(told: dict[str, Any], keys: set[str], *, unseen: Outcome) -> Iterator[Submitted]:
    """Those of our keys that the answer is clear about; the first word on a key holds."""
    rows = told.get("results")
    seen: set[str] = set()
    for row in rows if isinstance(rows, list) else ():
        key = row.get("key") if isinstance(row, dict) else None
        if not isinstance(key, str) or key not in keys or key in seen:
            continue
        seen.add(key)
        given, code = row.get("id"), row.get("error")
        if _is_word(given, LONGEST_ID) and code is None:
            yield Submitted(key, Outcome.ACCEPTED, gateway_id=given)
        elif _is_word(code, LONGEST_CODE) and given is None:
            outcome = unseen if code == "UNSEEN" else Outcome.REFUSED
            yield Submitted(key, outcome, code=code)


def _receipt(row: object) -> Receipt | None:
    """None for one that cannot be read: the others count all the same."""
    if not isinstance(row, dict):
        return None
    part, parts = row.get("part", 1), row.get("parts", 1)
    words = _is_word(row.get("id"), LONGEST_ID) and _is_word(row.get("status"), LONGEST_CODE)
    if not words or type(part) is not int or type(parts) is not int:
        return None
    try:
        at = datetime.fromisoformat(row["at"])
    except (KeyError, TypeError, ValueError):
        return None
    if at.tzinfo is None or not 1 <= part <= parts:
        return None
    return Receipt(row["id"], part, parts, row["status"], at)


def _is_word(value: object, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and value.isprintable()


def _read(answer: Answer) -> dict[str, Any] | None:
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
