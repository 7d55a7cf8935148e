"""Telling people, and what they do with what they were told."""

from app.notifications.service.noting import keep
from app.notifications.service.reading import mark_all_read, mark_read
from app.notifications.service.telling import notify

__all__ = ["keep", "mark_all_read", "mark_read", "notify"]
