"""What somebody was told: reading the list, and marking it read."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.notifications import (
    NotificationShape,
    NotificationsQuery,
    ReadBody,
    UnreadShape,
)
from app.notifications import queries, service

api = Registrar("通知")


@api.get("/notifications", "自己的通知，新的在前", 400, 401)
def list_notifications(act: Act, query: NotificationsQuery) -> Items[NotificationShape]:
    page = queries.list_notifications(
        act.session, act.actor, unread=query.unread, cursor=query.cursor, limit=query.limit
    )
    return Items.of(page.map(NotificationShape.of))


@api.get("/notifications/count", "有多少条未读", 401)
def count_notifications(act: Act) -> UnreadShape:
    return UnreadShape(unread=queries.count_unread(act.session, act.actor.person_id))


@api.post("/notifications/<int:notification_id>/read", "标为已读", 401, 404, 409)
def read_notification(act: Act, notification_id: int) -> NotificationShape:
    found = service.mark_read(
        act.session, actor=act.actor, now=act.now, notification_id=notification_id
    )
    return NotificationShape.of(queries.shown(found))


@api.post("/notifications/read", "看到的都标为已读", 400, 401, 409, 413, 415, 422)
def read_notifications(act: Act, body: ReadBody) -> UnreadShape:
    service.mark_all_read(act.session, actor=act.actor, now=act.now, until=body.until)
    return UnreadShape(unread=queries.count_unread(act.session, act.actor.person_id))
