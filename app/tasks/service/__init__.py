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
from app.tasks.service.undoing import Share, Undoing, preview_return, return_targets, undoing
from app.tasks.service.withdrawing import Obstacle, obstacle, withdraw_task, withdrawable
from app.tasks.types import RETURN

__all__ = [
    "RETURN",
    "SUBMIT",
    "Decision",
    "Obstacle",
    "Share",
    "Undoing",
    "actions_of",
    "claim",
    "close_amendment",
    "close_visits",
    "complete",
    "obstacle",
    "offer_again",
    "open_visit",
    "outcomes_of",
    "pass_on",
    "preview_return",
    "release",
    "reoffer",
    "return_targets",
    "return_task",
    "sign_of",
    "undoing",
    "void_behind",
    "who_has",
    "withdraw_task",
    "withdrawable",
]
