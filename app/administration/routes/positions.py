"""Giving and taking positions, on the person's page."""

from typing import Any

from sqlalchemy.orm import Session

from app.administration import asking, service
from app.administration.routes.base import bp, words
from app.administration.routes.people import Answer, done
from app.core.clock import today
from app.identity.types import POSITION_LABELS


@bp.post("/people/<int:person_id>/positions")
def give(person_id: int) -> Answer:
    typed = words("position", "unit", "since", "until")
    label = POSITION_LABELS.get(typed["position"], "")  # type: ignore[call-overload]

    def act(session: Session, **given: Any) -> None:
        asked = asking.position(session, given["actor"], typed, today())
        service.give_position(session, **given, **asked._asdict())

    return done(person_id, "give", f"已经任命为{label}。", act, typed)


@bp.post("/people/<int:person_id>/positions/<int:appointment_id>/end")
def take(person_id: int, appointment_id: int) -> Answer:
    def act(session: Session, **given: Any) -> None:
        service.take_position(session, **given, appointment_id=appointment_id)

    words = "岗位已经免去；轮到他办的件已经交给同岗位的人。要恢复，重新任命即可。"
    return done(person_id, f"take-{appointment_id}", words, act, {})
