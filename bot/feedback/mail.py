"""Sends one e-mail over SMTP and says what became of it.

A message is handed over at most once in one call. From the command DATA on, a connection that breaks leaves it open
whether the server has taken the message (RFC 5321, 4.2.5 and 6.1): that is an outcome of its own, never a second try.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from enum import StrEnum
from typing import Final

import aiosmtplib

_SECONDS: Final = 30.0
_LONGEST_REASON: Final = 200
_ANSWERS: Final = 500
"""Codes from here on are refusals for good; those below ask for another try."""


class Security(StrEnum):
    """How the connection is protected. Without protection only to this machine itself."""

    TLS = "tls"  # from the first byte
    STARTTLS = "starttls"  # demanded: no protection, no mail
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """The server through which mail is sent, and the address it is sent from."""

    host: str
    port: int
    security: Security
    sender: Address
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Accepted:
    """The server has taken the message."""


@dataclass(frozen=True)
class Deferred:
    """Surely not sent, and worth another try. `reason`: in Vietnamese, for officers."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """Surely not sent, and no try will help until somebody changes something."""

    reason: str


@dataclass(frozen=True)
class Perhaps:
    """The connection broke when the server may have had the message already."""

    reason: str


MailOutcome = Accepted | Deferred | Refused | Perhaps


class Mailer:
    """Sends through one server, with a connection for each message: there are few."""

    def __init__(self, settings: MailSettings, *, tls: ssl.SSLContext | None = None, seconds: float = _SECONDS) -> None:
        """`tls` decides which certificates are trusted; without it those that the system trusts."""
        self._settings = settings
        self._tls = tls
        self._seconds = seconds

    @property
    def sender(self) -> Address:
        """From whom mail comes."""
        return self._settings.sender

    async def send(self, message: EmailMessage, to: str) -> MailOutcome:
        """Hand a message to the server for one recipient. Raises nothing but `ValueError` for an unusable message."""
        raw = message.as_bytes()
        handing_over = False
        try:
            async with self._connected() as client:
                await client.mail(self._settings.sender.addr_spec)
                await client.rcpt(to)
                handing_over = True
                await client.data(raw)
                return Accepted()
        except aiosmtplib.SMTPResponseException as error:  # the server has said what it did with it
            return _answered(error)
        except (aiosmtplib.SMTPException, OSError) as error:  # a time-out is an OSError
            why = _broken(error)
            return Perhaps(why) if handing_over else Deferred(why)

    async def reachable(self) -> str | None:
        """Connect and sign in; return what is wrong, in Vietnamese, or None."""
        try:
            async with self._connected() as client:
                await client.noop()
        except aiosmtplib.SMTPResponseException as error:
            return _answered(error).reason
        except (aiosmtplib.SMTPException, OSError) as error:
            return _broken(error)
        return None

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        one = self._settings
        client = aiosmtplib.SMTP(
            hostname=one.host,
            port=one.port,
            username=one.user,
            password=one.password,
            use_tls=one.security is Security.TLS,
            start_tls=one.security is Security.STARTTLS,
            tls_context=self._tls,
            timeout=self._seconds,
            local_hostname=one.sender.domain,  # the machine's own name is nobody's business
        )
        await client.connect()
        try:
            yield client
        finally:
            # What happens while parting changes nothing about the message.
            with suppress(aiosmtplib.SMTPException, OSError, asyncio.TimeoutError):
                if client.is_connected:
                    await client.quit()
            client.close()


def _answered(error: aiosmtplib.SMTPResponseException) -> Deferred | Refused:
    said = f"{error.code} {_one_line(str(error.message))}".strip()
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        # The operator may correct the password meanwhile; the message itself is not at fault.
        return Deferred(f"máy chủ thư không nhận tên đăng nhập hoặc mật khẩu ({said})")
    if isinstance(error, aiosmtplib.SMTPConnectResponseError | aiosmtplib.SMTPHeloError) or error.code < _ANSWERS:
        return Deferred(f"máy chủ thư tạm thời chưa nhận ({said})")
    if isinstance(error, aiosmtplib.SMTPRecipientRefused):
        return Refused(f"địa chỉ nhận bị từ chối ({said})")
    return Refused(f"máy chủ thư từ chối ({said})")


def _broken(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return "chứng chỉ của máy chủ thư không tin được"
    if isinstance(error, TimeoutError):
        return "máy chủ thư không trả lời kịp"
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return "máy chủ thư không hỗ trợ kết nối bảo mật hoặc cách đăng nhập này"
    if isinstance(error, aiosmtplib.SMTPConnectError):
        return "không nối được tới máy chủ thư"
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return "máy chủ thư ngắt kết nối giữa chừng"
    return f"không gửi được ({type(error).__name__})"


def _one_line(text: str) -> str:
    """A server's words without anything that could break the line in which they are shown."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(shown.split())[:_LONGEST_REASON]
