"""Words that are not sent: the list in force, a new one, and what it would strike."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.words import StruckShape, WordsBody, WordsCheckBody, WordsShape
from app.messaging import queries, service, wording
from app.messaging.policy import can_read_words
from app.messaging.types import BadWords, NotYourWords

api = Registrar("信息发送")


@api.get("/words", "不发的词，现在的一版", 401, 403)
def show_words(act: Act) -> WordsShape:
    if not can_read_words(act.actor):
        raise NotYourWords
    return WordsShape.of(queries.current_words(act.session))


@api.post("/words", "启用一版不发的词，代替原来的", *(400, 401, 403, 409, 413, 422), status=201)
def enter_words(act: Act, body: WordsBody) -> WordsShape:
    made = service.enter_words(
        act.session,
        actor=act.actor,
        now=act.now,
        lines=body.words,
        reason=body.reason,
        version=body.version,
    )
    return WordsShape.of(made)


@api.post("/words/check", "试一下：哪些备案过的模板有这些词；什么都不改", 400, 401, 403, 413, 422)
def check_words(act: Act, body: WordsCheckBody) -> Items[StruckShape]:
    if not queries.may_keep_words(act.session, act.actor):
        raise NotYourWords
    words, faults = wording.judged(body.words)
    if faults:
        raise BadWords(faults)
    found = queries.struck_by(act.session, words)
    return Items(items=[StruckShape.of(one) for one in found])
