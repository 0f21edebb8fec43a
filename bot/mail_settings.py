"""Reads the settings of e-mail: the server as one address, and from whom mail comes."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import getaddresses
from typing import Final
from urllib.parse import unquote, urlsplit

from bot.feedback.mail import MailSettings, Security
from bot.reading_settings import Environment, SettingError, words

_PORTS: Final = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SHAPE: Final = "expected smtps://user:password@host:465, or smtp://host:587 for STARTTLS"


def mail_settings(environment: Environment) -> MailSettings | None:
    """Return the settings of e-mail, None without a server. Raises `SettingError`, which quotes no secret."""
    address, sender = words(environment, "SMTP_URL"), words(environment, "MAIL_FROM")
    if address is None:
        if sender is not None:
            raise SettingError("MAIL_FROM is set, but SMTP_URL is not: there is no server to send through")
        return None
    if sender is None:
        raise SettingError("SMTP_URL is set, but MAIL_FROM is not: mail needs an address that it comes from")
    return _server(address, _sender(sender))


def _server(address: str, sender: Address) -> MailSettings:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise SettingError(f"SMTP_URL cannot be read (it is not shown, it may hold a password): {_SHAPE}") from None
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise SettingError(f"SMTP_URL has another form (it is not shown, it may hold a password): {_SHAPE}")
    if (parts.username is None) != (parts.password is None):
        raise SettingError("SMTP_URL has a user without a password or a password without a user")
    security = _security(parts.scheme, parts.hostname)
    return MailSettings(
        host=parts.hostname,
        port=_PORTS[security] if port is None else port,
        security=security,
        sender=sender,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def _security(scheme: str, host: str) -> Security:
    if scheme == "smtps":
        return Security.TLS
    return Security.NONE if host in _LOCAL else Security.STARTTLS


def _sender(text: str) -> Address:
    wrong = f"MAIL_FROM={text!r}: expected pccc@example.vn or Ban Mặt trận <pccc@example.vn>"
    found = getaddresses([text])
    if len(found) != 1:
        raise SettingError(wrong)
    name, spec = found[0]
    try:
        sender = Address(display_name=name, addr_spec=spec)
    except (ValueError, IndexError, HeaderParseError):
        raise SettingError(wrong) from None
    if not (sender.username and "." in sender.domain and spec.isascii() and text.isprintable()):
        raise SettingError(wrong)
    return sender
