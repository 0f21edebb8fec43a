"""Reads one setting from the environment. Each raises `SettingError` that names the setting, and no secret."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

Environment = Mapping[str, str]
Choice = TypeVar("Choice", bound=StrEnum)


class SettingError(Exception):
    """A setting in the environment cannot be used."""


def words(environment: Environment, name: str) -> str | None:
    """Return the setting without blanks around it; None when it is not set or empty."""
    return environment.get(name, "").strip() or None


def whole_number(environment: Environment, name: str, default: int, least: int, most: int) -> int:
    """Return a whole number from `least` to `most`."""
    text = words(environment, name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise SettingError(f"{name}={text!r}: expected a whole number from {least} to {most}")
    return int(text)


def yes_or_no(environment: Environment, name: str, *, default: bool) -> bool:
    """Return whether the setting is on."""
    text = (words(environment, name) or "").lower()
    if text not in {"", "on", "off"}:
        raise SettingError(f"{name}={text!r}: expected on or off")
    return text == "on" if text else default


def one_of(environment: Environment, name: str, default: Choice) -> Choice:
    """Return one of the values of an Enum."""
    text = (words(environment, name) or default.value).lower()
    try:
        return type(default)(text)
    except ValueError:
        choices = " or ".join(one.value for one in type(default))
        raise SettingError(f"{name}={text!r}: expected {choices}") from None


def listed(environment: Environment, name: str) -> tuple[str, ...]:
    """Return what is listed with commas between."""
    return tuple(part for one in (words(environment, name) or "").split(",") if (part := one.strip()))


def public_address(environment: Environment, name: str) -> str | None:
    """Return an https:// address without a slash at its end (http:// for this machine itself), or None."""
    text = words(environment, name)
    if text is None:
        return None
    parts = urlsplit(text)
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if (
        not parts.hostname
        or parts.query
        or parts.fragment
        or parts.scheme not in ({"https", "http"} if local else {"https"})
    ):
        raise SettingError(f"{name}={text!r}: expected an https:// address such as https://pccc.example.vn")
    return text.rstrip("/")
