"""Messages: filed templates, lists of recipients, numbers that get nothing."""

import secrets

from app.api.registrar import Act, Registrar
from app.api.shapes.attachments import FileUpload
from app.api.shapes.base import Items, PageQuery
from app.api.shapes.recipients import (
    BlockBody,
    BlockShape,
    BlocksQuery,
    FiledShape,
    LiftBody,
    ListFindingShape,
    RecipientListFromBookBody,
    RecipientListQuery,
    RecipientListShape,
    RecipientShape,
)
from app.messaging.audience.reading import lines_of
from app.messaging.audience.types import Block
from app.messaging.queries import templates_in_use
from app.recipients import listing, service
from app.recipients.types import LISTED

api = Registrar("信息发送")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/message-templates", "本单位备案通过、可以按名单发送的模板", 401, 403)
def list_message_templates(act: Act) -> Items[FiledShape]:
    found = templates_in_use(act.session, act.actor.unit_id, LISTED)
    return Items(items=[FiledShape.of(one) for one in found])


@api.get("/recipient-lists", "本级的收信名单，最近的在前", 400, 401, 403)
def list_recipient_lists(act: Act, query: PageQuery) -> Items[RecipientListShape]:
    page = listing.list_lists(act.session, actor=act.actor, cursor=query.cursor, limit=query.limit)
    return Items.of(page.map(RecipientListShape.of))


@api.post(
    "/recipient-lists",
    "上传一张表格（xlsx 或 csv），做成收信名单；做成就不能改",
    *(400, 401, 403, 404, 413, 415, 422, 503),
    status=201,
)
def create_recipient_list(
    act: Act, query: RecipientListQuery, body: FileUpload
) -> RecipientListShape:
    template = service.template_for(act.session, act.actor, query.template)
    wanted = service.wanted_for(act.session, template)
    lines = lines_of(body.accepted.data, body.accepted.media_type, wanted)
    made = service.freeze(
        act.session,
        actor=act.actor,
        now=act.now,
        template=template,
        sheet=body.accepted.name,
        lines=lines,
        client_key=secrets.token_hex(16),
    )
    return RecipientListShape.of(listing.list_row(act.session, act.actor, made.id))


@api.post("/recipient-lists/from-phonebook", "从通讯录选，做成收信名单", *REFUSALS, status=201)
def create_recipient_list_from_phonebook(
    act: Act, body: RecipientListFromBookBody
) -> RecipientListShape:
    template = service.template_for(act.session, act.actor, body.template)
    wanted, chosen = service.wanted_for(act.session, template), body.chosen
    made = service.freeze(
        act.session,
        actor=act.actor,
        now=act.now,
        template=template,
        sheet=service.title_of(chosen),
        lines=service.lines_from_book(act.session, actor=act.actor, wanted=wanted, chosen=chosen),
        client_key=secrets.token_hex(16),
        is_from_book=True,
    )
    return RecipientListShape.of(listing.list_row(act.session, act.actor, made.id))


@api.get("/recipient-lists/<int:list_id>", "一份名单", 401, 403, 404)
def show_recipient_list(act: Act, list_id: int) -> RecipientListShape:
    return RecipientListShape.of(listing.list_row(act.session, act.actor, list_id))


@api.get("/recipient-lists/<int:list_id>/findings", "没有采用的行和原因", 400, 401, 403, 404)
def list_list_findings(act: Act, list_id: int, query: PageQuery) -> Items[ListFindingShape]:
    listing.list_row(act.session, act.actor, list_id)
    page = listing.list_findings(act.session, list_id, cursor=query.cursor, limit=query.limit)
    return Items.of(page.map(ListFindingShape.of))


@api.get("/recipient-lists/<int:list_id>/recipients", "收信人，号码打码", 400, 401, 403, 404)
def list_recipients(act: Act, list_id: int, query: PageQuery) -> Items[RecipientShape]:
    listing.list_row(act.session, act.actor, list_id)
    page = listing.list_recipients(act.session, list_id, cursor=query.cursor, limit=query.limit)
    return Items.of(page.map(RecipientShape.of))


@api.delete(
    "/recipient-lists/<int:list_id>",
    "删除还没有用的名单，连同其中的号码",
    *(401, 403, 404, 409),
    status=204,
)
def delete_recipient_list(act: Act, list_id: int) -> None:
    service.delete(act.session, actor=act.actor, now=act.now, list_id=list_id)


@api.get("/number-blocks", "本级登记的不发的号码，最近的在前", 400, 401, 403)
def list_number_blocks(act: Act, query: BlocksQuery) -> Items[BlockShape]:
    page = listing.list_blocks(
        act.session,
        actor=act.actor,
        kind=Block(query.kind) if query.kind else None,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(BlockShape.of))


@api.post("/number-blocks", "登记一个不发的号码", *REFUSALS, status=201)
def create_number_block(act: Act, body: BlockBody) -> BlockShape:
    made = service.block(
        act.session,
        actor=act.actor,
        now=act.now,
        phone=body.phone,
        kind=Block(body.kind),
        source=body.source,
    )
    return BlockShape.of(listing.block_rows(act.session, [made])[0])


@api.post("/number-blocks/<int:block_id>/lift", "解除", *REFUSALS, status=204)
def lift_number_block(act: Act, block_id: int, body: LiftBody) -> None:
    service.lift(act.session, actor=act.actor, now=act.now, block_id=block_id, reason=body.reason)
