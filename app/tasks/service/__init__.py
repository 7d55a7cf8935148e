"""Use cases of people at a node, split by what a person does; callers import this package alone."""

from app.tasks.service.ahead import ahead
from app.tasks.service.barring import bar_people
from app.tasks.service.batching import (
    access_batch,
    create_batch,
    new_key,
    register,
    retry_batch,
    stop_batch,
    subjects_of,
)
from app.tasks.service.claiming import claim, release
from app.tasks.service.deciding import Decision, complete, return_task
from app.tasks.service.drawn import SUBMIT, actions_of, form_of, outcomes_of, sign_of
from app.tasks.service.foreseeing import foresee
from app.tasks.service.leaving import hand_over_task
from app.tasks.service.offering import (
    close_amendment,
    close_visits,
    offer_again,
    open_visit,
    pass_on,
)
from app.tasks.service.settling import Progress, living, progress
from app.tasks.service.sharing import (
    ADD,
    ADDED,
    DELEGATE,
    REMOVE,
    TRANSFER,
    add_signers,
    delegate,
    hand_on_acts,
    has_added,
    list_receivers,
    remove_signer,
    transfer,
)
from app.tasks.service.standing import find_own, on_cover_changed, on_position_gained
from app.tasks.service.steering import may_act, reoffer, void_behind, who_has
from app.tasks.service.succeeding import on_unit_succeeded
from app.tasks.service.timing import handling_unit
from app.tasks.service.undoing import Share, Undoing, preview_return, return_targets, undoing
from app.tasks.service.withdrawing import Obstacle, obstacle, withdraw_task, withdrawable
from app.tasks.types import RETURN

__all__ = [
    "ADD",
    "ADDED",
    "DELEGATE",
    "REMOVE",
    "RETURN",
    "SUBMIT",
    "TRANSFER",
    "Decision",
    "Obstacle",
    "Progress",
    "Share",
    "Undoing",
    "access_batch",
    "actions_of",
    "add_signers",
    "ahead",
    "bar_people",
    "claim",
    "close_amendment",
    "close_visits",
    "complete",
    "create_batch",
    "delegate",
    "find_own",
    "foresee",
    "form_of",
    "hand_on_acts",
    "hand_over_task",
    "handling_unit",
    "has_added",
    "list_receivers",
    "living",
    "may_act",
    "new_key",
    "obstacle",
    "offer_again",
    "on_cover_changed",
    "on_position_gained",
    "on_unit_succeeded",
    "open_visit",
    "outcomes_of",
    "pass_on",
    "preview_return",
    "progress",
    "register",
    "release",
    "remove_signer",
    "reoffer",
    "retry_batch",
    "return_targets",
    "return_task",
    "sign_of",
    "stop_batch",
    "subjects_of",
    "transfer",
    "undoing",
    "void_behind",
    "who_has",
    "withdraw_task",
    "withdrawable",
]
