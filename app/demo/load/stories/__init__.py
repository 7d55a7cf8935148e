"""The stories of each process; a new one brings a module with `STORIES` and a line here."""

from app.demo.load.stories import contact_change, operator_account, seal_use
from app.demo.load.types import Story

STORIES: tuple[Story, ...] = (
    *operator_account.STORIES,
    *seal_use.STORIES,
    *contact_change.STORIES,
)
