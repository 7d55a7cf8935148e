"""常用语: one list, read and written as a whole."""

from app.api.registrar import Act, Registrar
from app.api.shapes.phrases import PhrasesBody, PhrasesShape
from app.saved import phrasing, queries

api = Registrar("人员和单位")


@api.get("/phrases", "自己的常用语", 401)
def list_phrases(act: Act) -> PhrasesShape:
    return PhrasesShape.of(queries.phrases_of(act.session, act.actor))


@api.post("/phrases", "改自己的常用语：整个列表，按先后", 400, 401, 409, 413, 415, 422)
def write_phrases(act: Act, body: PhrasesBody) -> PhrasesShape:
    own = phrasing.write(act.session, actor=act.actor, texts=body.phrases, seen=body.rev)
    return PhrasesShape.of(own)
