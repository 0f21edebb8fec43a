"""Who may embed the chat, and how the files of the page are put together."""

import json
import shutil
from pathlib import Path

import pytest

from bot.channels.web_page import STATIC, Pages, embed_origin, security_headers


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://phuong.example.vn", "https://phuong.example.vn"),
        (" https://Phuong.Example.vn:8443 ", "https://phuong.example.vn:8443"),
        ("https://xn--phng-ixa.example.vn", "https://xn--phng-ixa.example.vn"),
        ("http://localhost", "http://localhost"),
        ("http://localhost:5000", "http://localhost:5000"),
    ],
)
def test_origins_that_may_embed(text: str, origin: str) -> None:
    assert embed_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "https://*.example.vn",
        "https://example.vn/",
        "https://example.vn/trang",
        "http://example.vn",
        "http://127.0.0.1:5000",
        "http://localhost.example.vn",
        "example.vn",
        "//example.vn",
        "https://",
        "https://example.vn; script-src *",
        "https://example.vn 'self'",
        "https://example.vn\nhttps://other.vn",
        "https://user@example.vn",
        "https://-example.vn",
        "https://example..vn",
        "https://phường.example.vn",
        "https://example.vn:0",
        "https://example.vn:99999",
        "https://example.vn:",
        "'none'",
        "null",
    ],
)
def test_what_is_no_such_origin_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"may embed|port") as refused:
        embed_origin(text)
    assert repr(text) in str(refused.value)


def test_the_policy_names_who_may_embed() -> None:
    assert "frame-ancestors 'none'" in security_headers()["Content-Security-Policy"]
    policy = security_headers(["https://a.vn", "https://b.vn"])["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://a.vn https://b.vn")
    with pytest.raises(ValueError, match="wildcard"):
        Pages(["https://*.vn"])


def test_a_change_of_any_file_is_another_version(tmp_path: Path) -> None:
    versions = {Pages().version}
    for name in ("chat.css", "chat.js", "index.html", "sw.js", "embed.js", "icon.svg"):
        folder = tmp_path / name
        shutil.copytree(STATIC, folder)
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("\n")
        versions.add(Pages(folder=folder).version)
    assert len(versions) == 7
    # And so is another list of sites: a browser must not keep a page with the old one.
    assert len({Pages().version, Pages(["https://a.vn"]).version, Pages(["https://b.vn"]).version}) == 3


def test_no_mark_of_a_template_is_left() -> None:
    pages = Pages(["https://a.vn"])
    for name, page in pages._pages.items():
        for mark in ("@version@", "@files@", "@origins@"):
            assert mark not in page.content.decode(), name
    json.loads(pages._manifest.content)


def test_every_file_names_only_files_that_are_there() -> None:
    names = {path.name for path in STATIC.iterdir()}
    for script in STATIC.glob("*.js"):
        for line in script.read_text(encoding="utf-8").splitlines():
            if line.startswith("import ") and " from " in line:
                assert line.split('"')[1].removeprefix("./") in names, script.name


def test_no_script_needs_what_browsers_of_2021_lack() -> None:
    for script in STATIC.glob("*.js"):
        assert "AbortSignal.timeout(" not in script.read_text(encoding="utf-8"), script.name
