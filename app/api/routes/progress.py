"""How far a ticket is, without signing in."""

from app.api.registrar import Act, Registrar
from app.api.shapes.progress import ProgressQuery, ProgressShape
from app.core import origin
from app.core.errors import AppError
from app.progress import service

api = Registrar("进度查询")


@api.get(
    "/progress/<number>",
    "一件到了哪个阶段：不用登录，凭编号和联系人电话的后四位",
    *(400, 404, 429),
    is_public=True,
    writes=True,
)
def show_progress(act: Act, number: str, query: ProgressQuery) -> ProgressShape | AppError:
    found = service.ask(
        act.session,
        number=number,
        tail=query.phone_tail,
        address=origin.current().ip or "",
        now=act.now,
    )
    return found if isinstance(found, AppError) else ProgressShape.of(found)
