"""Who may look into processes; pure."""

from app.core.actor import Actor

AUTHORS = ("process_designer", "process_publisher", "process_tester", "system_admin")


def can_read(actor: Actor) -> bool:
    return actor.holds(*AUTHORS)


def can_upload(actor: Actor) -> bool:
    return actor.holds("process_designer")


def can_publish(actor: Actor) -> bool:
    return actor.holds("process_publisher")
