"""A mail server: a real one, that does what a test wants it to."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

ACCEPTED: Final = "250 OK"


@dataclass
class MailServer:
    """What the server does with the next mails, and what it has taken.

    `connected`, `to_recipient`, `to_data`: answers that are given one after the other, then 250. `drops_after_data`:
    so many times the connection ends when the message is there and no answer is. `takes_dropped`: whether such a
    message was taken all the same.
    """

    port: int = 0
    to_recipient: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)
    drops_at_recipient: int = 0
    drops_after_data: int = 0
    takes_dropped: bool = False
    silent: bool = False
    taken: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    password: str | None = None
    tried: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802 - the names are the library's
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tried += 1
        if self.drops_at_recipient:
            self.drops_at_recipient -= 1
            _cut(server)
            return ACCEPTED
        answer = self.to_recipient.pop(0) if self.to_recipient else ACCEPTED
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.silent:
            await asyncio.Event().wait()
        dropped = self.drops_after_data > 0
        answer = self.to_data.pop(0) if self.to_data and not dropped else ACCEPTED
        if answer.startswith("250") and (not dropped or self.takes_dropped):
            self._take(envelope)
        if dropped:
            self.drops_after_data -= 1
            _cut(server)
        return answer

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        right = self.password is not None and data.password.decode() == self.password
        return AuthResult(success=right, handled=False)

    def _take(self, envelope: Envelope) -> None:
        assert isinstance(envelope.content, bytes)
        message = BytesParser(policy=default).parsebytes(envelope.content)
        assert isinstance(message, EmailMessage)
        self.taken.append((envelope.mail_from or "", list(envelope.rcpt_tos), message))
        self.arrived.set()


def _cut(server: SMTP) -> None:
    transport = server.transport
    assert isinstance(transport, asyncio.Transport)
    transport.abort()


@asynccontextmanager
async def mail_server(
    *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, **behaviour: Any
) -> AsyncIterator[MailServer]:
    """Serve on a free port of this machine: plain, with TLS from the first byte, or with STARTTLS."""
    one = MailServer(**behaviour)
    sessions: list[SMTP] = []

    def session() -> SMTP:
        with warnings.catch_warnings():
            # It warns of passwords without STARTTLS, also where TLS has begun with the first byte.
            warnings.simplefilter("ignore", UserWarning)
            sessions.append(
                SMTP(
                    one,
                    hostname="thu.example.vn",
                    tls_context=starttls,
                    authenticator=one.authenticate if one.password is not None else None,
                    auth_required=one.password is not None,
                    auth_require_tls=bool(starttls),
                )
            )
        return sessions[-1]

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0, ssl=tls)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        for each in sessions:
            if each.transport is not None:
                each.transport.close()
        handlers = [task for each in sessions if (task := getattr(each, "_handler_coroutine", None)) is not None]
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await server.wait_closed()
