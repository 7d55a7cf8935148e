"""What can be wrong with a request before any room sees it."""

from app.core.errors import Forbidden, Invalid, Malformed


class KeyReused(Invalid):
    """Answering as before would hide that this is another request."""

    code = "idempotency_key_reused"
    message = "这个 Idempotency-Key 已经用在另一个请求上，请换一个新的。"


class BadKey(Malformed):
    code = "idempotency_key"
    message = "Idempotency-Key 要用 1 到 200 个英文字母、数字或符号。"


class NeedsPosition(Forbidden):
    code = "position"
    message = "您的岗位不能这样做。"
