"""Which address a request came from."""

from __future__ import annotations

from aiohttp import web

from bot.channels.rate_limit import visitor_at


def visitor_of(request: web.Request, trusted_proxies: int) -> str:
    """Whose allowance a request draws on: its address, past as many proxies as the operator trusts."""
    lines = request.headers.getall("X-Forwarded-For", ())  # a proxy may append to the line or add one of its own
    forwarded = [part.strip() for part in ",".join(lines).split(",") if part.strip()]
    if trusted_proxies and len(forwarded) >= trusted_proxies:
        return visitor_at(forwarded[-trusted_proxies])
    return visitor_at(request.remote or "unknown")
