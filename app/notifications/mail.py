"""A mail over SMTP: plain text with the way to the thing itself.

Who is to blame decides what comes next: a server that is gone or sends everybody away is down,
and everything waits; a server that refuses this reader has answered.
"""

import smtplib
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from app.config import SmtpServer
from app.core import clock
from app.core.masking import masked
from app.notifications.types import Parcel, Result, Sent

PATIENCE = 15.0  # seconds for each answer of the server
LOOKS_FOR = 60.0  # and once it has the message: many look for viruses before they answer
TAKEN, FORWARDED = 250, 251
GONE = 500  # from here on a server says that trying again does not help
LONGEST_REASON = 300


def message_of(parcel: Parcel, sender: str) -> EmailMessage:
    """Raises: ValueError for an address that is none."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("办件", addr_spec=sender)
    message["To"] = Address(addr_spec=parcel.to)
    message["Subject"] = f"【办件】{parcel.title}"
    message["Date"] = format_datetime(clock.local(parcel.at))
    message["Message-ID"] = parcel.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(parcel.text)
    return message


def send(parcel: Parcel, server: SmtpServer) -> Result:
    """Hand it to the server, who has it when he says so. Raises nothing that a server can cause."""
    try:
        message = message_of(parcel, server.sender)
    except (ValueError, MessageError) as error:
        return Result(Sent.REFUSED, f"收件地址不能用：{type(error).__name__}")
    try:
        smtp = _connected(server)
    except (OSError, smtplib.SMTPException) as error:
        return Result(Sent.DOWN, why(error))
    try:
        return _hand_over(smtp, server.sender, parcel.to, message.as_bytes())
    except (OSError, smtplib.SMTPException) as error:  # nothing about this reader
        return Result(Sent.DOWN, why(error))
    finally:
        with suppress(OSError, smtplib.SMTPException):  # it changes nothing
            smtp.quit()
        smtp.close()


def _hand_over(smtp: smtplib.SMTP, sender: str, to: str, message: bytes) -> Result:
    """From its first byte on the server may have it: if he hangs up, that costs an attempt, so
    that a reader does not get the same mail for ever.
    """
    smtp.ehlo_or_helo_if_needed()
    code, said = smtp.mail(sender)
    if code != TAKEN:
        raise smtplib.SMTPSenderRefused(code, said, sender)
    code, said = smtp.rcpt(to)
    if code not in (TAKEN, FORWARDED):
        return _answered(code, said)
    if smtp.sock is not None:
        smtp.sock.settimeout(LOOKS_FOR)
    try:
        code, said = smtp.data(message)
    except smtplib.SMTPDataError as error:
        return _answered(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        return Result(Sent.LATER, why(error))
    return Result(Sent.DONE) if code == TAKEN else _answered(code, said)


def reach(server: SmtpServer) -> str:
    """Empty if the server lets us in, else why not: for `doctor`."""
    try:
        with _connected(server) as smtp:
            smtp.noop()
    except (OSError, smtplib.SMTPException) as error:
        return why(error)
    return ""


def why(error: Exception) -> str:
    """What went wrong, in a line; a server's answer may name people."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return masked(f"{type(error).__name__}: {error}")[:LONGEST_REASON]


def _connected(server: SmtpServer) -> smtplib.SMTP:
    here = server.sender.partition("@")[2]  # else it asks the DNS for our own name, each time
    if server.tls == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host,
            server.port,
            here,
            timeout=PATIENCE,
            context=ssl.create_default_context(),
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, here, timeout=PATIENCE)
    try:
        if server.tls == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _answered(code: int, reason: bytes | str) -> Result:
    return Result(Sent.REFUSED if code >= GONE else Sent.LATER, _said(code, reason))


def _said(code: int, reason: bytes | str) -> str:
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    return masked(f"{code} {' '.join(text.split())}")[:LONGEST_REASON]
