"""Where somebody with a one-time code chooses a password. Known and unknown names answer alike."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.clock import utcnow
from app.core.db import transaction
from app.core.errors import AppError, Invalid
from app.identity import service
from app.identity.loading import client_of
from app.identity.routes.base import bp
from app.identity.types import FieldError
from app.web.actor import public
from app.web.errors import status_of


@bp.get("/activate")
@public
def activation() -> str:
    return _page()


@bp.post("/activate")
@public
def activate() -> Response | tuple[str, int, dict[str, str]]:
    username, new = request.form.get("username", ""), request.form.get("new", "")
    if new != request.form.get("again", ""):
        differs = FieldError("again", "differs", "两次输入的新密码不一样。")
        return _page([differs], username), HTTPStatus.UNPROCESSABLE_ENTITY, {}
    with transaction() as session:
        result = service.redeem_code(
            session,
            username=username,
            code=request.form.get("code", ""),
            new=new,
            client=client_of(request),
            now=utcnow(),
        )
    if isinstance(result, AppError):
        errors = result.errors if isinstance(result, Invalid) else [_on_code(result)]
        wait = result.facts.get("retry_after")
        return (
            _page(errors, username),
            status_of(result),
            {"Retry-After": str(wait)} if wait else {},
        )
    flash("密码已经设好，请用它登录。")
    return redirect(url_for("identity.login"))


def _on_code(error: AppError) -> FieldError:
    return FieldError("code", error.code, error.text)


def _page(errors: object = (), username: str = "") -> str:
    return render_template("identity/activate.html", errors=errors, username=username)
