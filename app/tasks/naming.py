"""How those who have tasks are called: whoever acts for somebody (代) in the own name, first."""

from collections.abc import Iterable, Mapping

from app.identity.types import PersonRef
from app.tasks.assignment import Assignment
from app.tasks.models import Task


def named_in(tasks: Iterable[Task]) -> set[int]:
    """Everybody whose name is needed to name those who have these tasks."""
    return {one for task in tasks for one in (task.assignee_id, task.for_id) if one}


def expected(found: Assignment, names: Mapping[int, PersonRef]) -> list[str]:
    """Whoever would get a step, each as he would act: 乙（代甲）."""

    def called(person: int) -> str:
        whom = found.principal_of(person)
        return f"{names[person].name}（代{names[whom].name}）" if whom else names[person].name

    return [called(person) for person in found.people]


def acting(task: Task, names: Mapping[int, PersonRef]) -> str:
    """乙（代甲）; nothing while it waits for anybody."""
    if task.assignee_id is None:
        return ""
    name = names[task.assignee_id].name
    return f"{name}（代{names[task.for_id].name}）" if task.for_id else name
