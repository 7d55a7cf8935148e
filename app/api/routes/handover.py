"""离岗交接: what somebody leaves behind, and who gets it."""

from app.api.registrar import Act, Registrar
from app.api.shapes.handover import HandoverBody, HandoverReport, HandoverShape
from app.repairs import handover

api = Registrar("离岗交接")


@api.get("/handovers/<username>", "离岗的人手里的清单和建议的接收人", 401, 403, 404)
def show_handover(act: Act, username: str) -> HandoverShape:
    found = handover.preview(act.session, actor=act.actor, now=act.now, username=username)
    return HandoverShape.of(found)


@api.post(
    "/handovers/<username>",
    "一次移交；清单变了就什么也不移交",
    *(400, 401, 403, 404, 409, 413, 415, 422),
)
def create_handover(act: Act, username: str, body: HandoverBody) -> HandoverReport:
    report = handover.hand_over(
        act.session,
        actor=act.actor,
        now=act.now,
        username=username,
        receivers=body.receivers,
        mark=body.mark,
        reason=body.reason,
    )
    return HandoverReport.of(report)
