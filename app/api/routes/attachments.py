"""Files: brought first, named in answers afterwards."""

from app.api.registrar import Act, Registrar
from app.api.shapes.attachments import AttachmentShape, File, FileUpload
from app.attachments import service
from app.attachments.queries import access_attachment

api = Registrar("附件")


@api.post(
    "/attachments",
    "上传一个文件；一天内要用到办件里，否则清除",
    *(400, 401, 413, 415, 422, 429, 503),
    status=201,
)
def create_attachment(act: Act, body: FileUpload) -> AttachmentShape:
    return AttachmentShape.of(
        service.keep(act.session, actor=act.actor, now=act.now, accepted=body.accepted)
    )


@api.get("/attachments/<attachment_id>", "一个文件的内容", 401, 404, 503)
def download_attachment(act: Act, attachment_id: str) -> File:
    found = access_attachment(act.session, attachment_id, act.actor)
    return File(service.read(found), found.name, found.sha256, found.media_type)
