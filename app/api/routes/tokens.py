"""Tokens: sign in for programs."""

from flask import request

from app.api.registrar import Act, Registrar
from app.api.shapes.people import Credentials, Token
from app.core.errors import AppError
from app.identity import service
from app.identity.loading import bearer_token, client_of
from app.identity.types import SessionKind

api = Registrar("登录")


@api.post("/tokens", "取得令牌", 400, 401, 403, 413, 415, 422, 429, status=201, is_public=True)
def create_token(act: Act, body: Credentials) -> Token | AppError:
    issued = service.sign_in(
        act.session,
        username=body.username,
        password=body.password,
        kind=SessionKind.TOKEN,
        client=client_of(request),
        now=act.now,
        otp_code=body.otp or "",
    )
    if isinstance(issued, AppError):
        return issued
    return Token(token=issued.token, expires_at=issued.expires_at)


@api.delete("/tokens/current", "退出，令牌立即失效", 401, status=204)
def delete_token(act: Act) -> None:
    service.sign_out(act.session, token=bearer_token(request), now=act.now)
