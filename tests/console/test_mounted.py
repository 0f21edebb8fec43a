"""The console as part of the whole application."""

from __future__ import annotations

from tests.integration.web_client import Client, client_fixture, start_fixture

__all__ = ["client_fixture", "start_fixture"]


async def test_the_console_stands_beside_the_chat_with_rules_of_its_own(client: Client) -> None:
    """Its headers are stricter than the chat's, its errors pages and not JSON, its limits of size its own."""
    home = await client.get("/console", allow_redirects=False)
    assert (home.status, home.headers["Location"]) == (303, "/console/")
    inside = await client.get("/console/", allow_redirects=False)
    assert (inside.status, inside.headers["Location"]) == (303, "/console/sign-in")
    page = await client.get("/console/sign-in")
    assert "worker-src" not in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    missing = await client.get("/console/nowhere")
    assert (missing.status, missing.content_type) == (404, "text/html")
    large = await client.post("/console/sign-in", data={"login": "a" * 30_000, "password": "x"})
    assert (large.status, large.content_type) == (413, "text/html")
    wrong = await client.post("/console/sign-in", data={"login": "nobody", "password": "x"})
    assert wrong.status == 401
    assert "không đúng" in await wrong.text()
    chat = await client.get("/")
    assert "worker-src" in chat.headers["Content-Security-Policy"]
    assert chat.headers["Referrer-Policy"] == "no-referrer"
    assert (await client.get("/nowhere")).content_type == "application/json"
