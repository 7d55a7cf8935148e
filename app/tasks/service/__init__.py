"""Use cases of people at a node, split by what a person does; callers import this package alone."""

from app.tasks.service.claiming import claim, release
from app.tasks.service.deciding import Decision, complete, return_task
from app.tasks.service.drawn import SUBMIT, actions_of, outcomes_of, sign_of
from app.tasks.service.offering import (
    close_amendment,
    close_visits,
    offer_again,
    open_visit,
    pass_on,
)
from app.tasks.service.steering import reoffer, void_behind, who_has
from app.tasks.types import RETURN

__all__ = [
    "RETURN",
    "SUBMIT",
    "Decision",
    "actions_of",
    "claim",
    "close_amendment",
    "close_visits",
    "complete",
    "offer_again",
    "open_visit",
    "outcomes_of",
    "pass_on",
    "release",
    "reoffer",
    "return_task",
    "sign_of",
    "void_behind",
    "who_has",
]
