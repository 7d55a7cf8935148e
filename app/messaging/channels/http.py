"""The protocol `http` of the operator guide: signed JSON, answered per message.

Certain is only what the gateway says in an answer that can be read, and that what never left has
not arrived. Whatever lies between is unknown.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from app.config import SmsGateway
from app.messaging.channels.types import (
    GatewaySilent,
    Message,
    Misspoken,
    News,
    NotSigned,
    Outcome,
    Receipt,
    Reply,
    Submitted,
)
from app.messaging.text import templates
from app.webhooks import sending, signing
from app.webhooks.sending import Answer
from forms import normalise

MOST_MESSAGES = 100
PATIENCE = 20.0  # seconds
MOST_READ = 2**18
NOT_TAKEN = frozenset({400, 401, 403, 404, 413, 415, 422})  # of the whole request, for good
LATER = 429  # not taken, may be handed over again
LONGEST_ID, LONGEST_CODE = 64, 32
KINDS = ("receipts", "replies")
MOST_NEWS = 500  # receipts and replies in one push
LONGEST_REPLY = 500
T = TypeVar("T")


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

    def news(self, after: str, now: datetime) -> News:
        told = self._ask("receipts", f"receipts-{after}", {"after": after}, now)
        following = told.get("next")
        if not isinstance(told.get("receipts"), list) or not isinstance(following, str):
            raise GatewaySilent
        return news_of(told, following[:LONGEST_ID])

    def hear(self, headers: Mapping[str, str], body: bytes, now: datetime) -> News:
        if not signing.is_signed(self.gateway.secret, headers, body, int(now.timestamp())):
            raise NotSigned
        told = _object(body)
        if told is None or any(not isinstance(told.get(key, []), list) for key in KINDS):
            raise Misspoken
        if sum(len(told.get(key, ())) for key in KINDS) > MOST_NEWS:
            raise Misspoken
        return news_of(told)

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


def news_of(told: Mapping[str, Any], following: str = "") -> News:
    """What can be read of it, and where the rest stands: one bad row spoils no other. Pure."""
    receipts, strange = _readable(told, "receipts", _receipt)
    replies, stranger = _readable(told, "replies", _reply)
    return News(receipts, replies, following, (*strange, *stranger))


def _readable(
    told: Mapping[str, Any], kind: str, read: Callable[[object], T | None]
) -> tuple[tuple[T, ...], tuple[str, ...]]:
    rows = told.get(kind)
    found = [(n, read(row)) for n, row in enumerate(rows if isinstance(rows, list) else ())]
    return (
        tuple(one for _, one in found if one is not None),
        tuple(f"{kind}.{n}" for n, one in found if one is None),
    )


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
    """None for one that cannot be read."""
    if not isinstance(row, dict):
        return None
    part, parts = row.get("part", 1), row.get("parts", 1)
    words = _is_word(row.get("id"), LONGEST_ID) and _is_word(row.get("status"), LONGEST_CODE)
    if not words or type(part) is not int or type(parts) is not int or not 1 <= part <= parts:
        return None
    at = _moment(row.get("at"))
    return Receipt(row["id"], part, parts, row["status"], at) if at else None


def _reply(row: object) -> Reply | None:
    """None for one that cannot be read, or is of no mobile number."""
    if not isinstance(row, dict) or not _is_word(row.get("id"), LONGEST_ID):
        return None
    sender, text, at = row.get("from"), row.get("text"), _moment(row.get("at"))
    phone = normalise.phone(sender[:LONGEST_ID]) if isinstance(sender, str) else ""
    if at is None or not isinstance(text, str) or not templates.MOBILE.fullmatch(phone):
        return None
    return Reply(row["id"], phone, _plain(text), at)


def _plain(text: str) -> str:
    """Without what moves or hides other words; no longer than a reply can be."""
    shown = "".join(one if one.isprintable() else " " for one in text[: 2 * LONGEST_REPLY])
    return " ".join(shown.split())[:LONGEST_REPLY]


def _moment(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _is_word(value: object, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and value.isprintable()


def _read(answer: Answer) -> dict[str, Any] | None:
    return _object(answer.body)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
