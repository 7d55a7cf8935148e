"""发送: how far they are, what became of each number, pausing, resuming, stopping one; replies, and
what gateways bring by themselves.
"""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, Zip
from app.api.shapes.campaigns import (
    CampaignShape,
    CampaignsQuery,
    DeliveriesQuery,
    DeliveryShape,
    HeardShape,
    RepliesQuery,
    ReplyShape,
    ResumeBody,
    SignedNews,
    SteerBody,
)
from app.core.errors import AppError
from app.sendings import listing, service
from app.sendings.service import archiving, pushing

api = Registrar("发送")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/campaigns", "查看范围内的发送，新的在前", 400, 401, 403)
def list_campaigns(act: Act, query: CampaignsQuery) -> Items[CampaignShape]:
    page = listing.list_sendings(
        act.session, actor=act.actor, state=query.state, cursor=query.cursor, limit=query.limit
    )
    return Items.of(page.map(CampaignShape.of))


@api.get("/campaigns/<int:sending_id>", "一次发送：进度、各状态的条数、费用", 401, 403, 404)
def show_campaign(act: Act, sending_id: int) -> CampaignShape:
    return _shown(act, sending_id)


@api.get(
    "/campaigns/<int:sending_id>/archive.zip",
    "结束以后的归档：申请表、审核表、正文、名单、回执、回复、费用、办理记录，号码隐去中间四位",
    *(401, 403, 404, 409, 503),
    writes=True,
)
def download_archive(act: Act, sending_id: int) -> Zip:
    bundle = archiving.archive(act.session, actor=act.actor, now=act.now, sending_id=sending_id)
    return Zip(name=bundle.name, pieces=bundle.pieces())


@api.get(
    "/campaigns/<int:sending_id>/deliveries", "每个号码的结果，照名单的顺序", 400, 401, 403, 404
)
def list_deliveries(act: Act, query: DeliveriesQuery, sending_id: int) -> Items[DeliveryShape]:
    page = listing.list_deliveries(
        act.session,
        actor=act.actor,
        sending_id=sending_id,
        state=query.state,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(DeliveryShape.of))


@api.get("/replies", "收信人回复的内容，新的在前", 400, 401, 403, 404)
def list_replies(act: Act, query: RepliesQuery) -> Items[ReplyShape]:
    page = listing.list_replies(
        act.session,
        actor=act.actor,
        sending_id=query.campaign,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(ReplyShape.of))


@api.post(
    "/gateways/<gateway>/receipts",
    "网关推送回执和回复，带签名（运维手册“短信网关”）",
    *(400, 401, 413, 415, 429),
    is_public=True,
)
def take_push(act: Act, body: SignedNews, gateway: str) -> HeardShape | AppError:
    heard = pushing.take(
        act.session, gateway=gateway, headers=body.headers, body=body.data, now=act.now
    )
    return heard if isinstance(heard, AppError) else HeardShape.of(heard)


@api.post("/campaigns/<int:sending_id>/pause", "暂停", *REFUSALS)
def pause_campaign(act: Act, body: SteerBody, sending_id: int) -> CampaignShape:
    service.pause(
        act.session,
        actor=act.actor,
        now=act.now,
        sending_id=sending_id,
        version=body.version,
        reason=body.reason,
    )
    return _shown(act, sending_id)


@api.post("/campaigns/<int:sending_id>/resume", "继续", *REFUSALS)
def resume_campaign(act: Act, body: ResumeBody, sending_id: int) -> CampaignShape:
    service.resume(
        act.session, actor=act.actor, now=act.now, sending_id=sending_id, version=body.version
    )
    return _shown(act, sending_id)


@api.post(
    "/campaigns/<int:sending_id>/look-up",
    "请网关查询未知的，结果随后写在 asked_note",
    *REFUSALS,
    429,
)
def look_up_campaign(act: Act, body: ResumeBody, sending_id: int) -> CampaignShape:
    service.ask(
        act.session, actor=act.actor, now=act.now, sending_id=sending_id, version=body.version
    )
    return _shown(act, sending_id)


@api.post("/campaigns/<int:sending_id>/stop", "停止，没有发出的不再发", *REFUSALS)
def stop_campaign(act: Act, body: SteerBody, sending_id: int) -> CampaignShape:
    service.stop(
        act.session,
        actor=act.actor,
        now=act.now,
        sending_id=sending_id,
        version=body.version,
        reason=body.reason,
    )
    return _shown(act, sending_id)


def _shown(act: Act, sending_id: int) -> CampaignShape:
    return CampaignShape.of(listing.sending_row(act.session, act.actor, sending_id))
