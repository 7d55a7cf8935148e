"""Reads of tasks, split by what is read; callers import this package alone."""

from app.tasks.queries.access import (
    access_task,
    find_task,
    is_waiting_for,
    known_tasks,
    lock_offered,
    lock_waiting_for,
    part_in,
    takes_part,
)
from app.tasks.queries.boxes import TaskRow, list_tasks, tally, waiting_for
from app.tasks.queries.decisions import (
    deciders,
    is_decided,
    last_deciders,
    results_of,
    signers_of,
)
from app.tasks.queries.runs import (
    active_of_runs,
    active_tasks,
    meet_visits,
    shares_of,
    tasks_by_ids,
    tasks_of,
    tasks_of_runs,
    tasks_with_visits,
    unfinished_tasks,
    visit_by_key,
    visit_key,
)

__all__ = [
    "TaskRow",
    "access_task",
    "active_of_runs",
    "active_tasks",
    "deciders",
    "find_task",
    "is_decided",
    "is_waiting_for",
    "known_tasks",
    "last_deciders",
    "list_tasks",
    "lock_offered",
    "lock_waiting_for",
    "meet_visits",
    "part_in",
    "results_of",
    "shares_of",
    "signers_of",
    "takes_part",
    "tally",
    "tasks_by_ids",
    "tasks_of",
    "tasks_of_runs",
    "tasks_with_visits",
    "unfinished_tasks",
    "visit_by_key",
    "visit_key",
    "waiting_for",
]
