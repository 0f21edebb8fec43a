"""The page behind an agency's link: who sees what, what can be sent from it, and what is refused."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from bot.agency.application import MOUNTED_AT
from bot.app import build_application
from bot.dispatching import agency_pages
from bot.feedback.forwarding import Forwarded
from bot.feedback.lifecycle import Act, Hat, State
from bot.feedback.photos import Cleaned, cleaned
from bot.feedback.reports import RESIDENT, reference
from bot.settings import Settings
from bot.store.database import Database
from bot.store.dispatches import DispatchState, Way
from bot.understanding import Understanding
from tests.integration.forwarding_rig import TEXT, Rig, coded, rig_on
from tests.integration.stored import SEALER, change, count

OFFICIAL: Final = {"name": "Trần Văn Bình", "position": "Phó Trưởng Công an phường"}
HOSTILE: Final = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}"
TODAY: Final = date(2026, 11, 22)


def picture(colour: str = "red", size: tuple[int, int] = (64, 48), form: str = "JPEG") -> bytes:
    """Return a real picture."""
    drawn = io.BytesIO()
    Image.new("RGB", size, colour).save(drawn, form)
    return drawn.getvalue()


@dataclass(frozen=True)
class Answer:
    """A response, read."""

    status: int
    headers: Any
    body: bytes

    @property
    def text(self) -> str:
        """The page."""
        return self.body.decode("utf-8")

    @property
    def said(self) -> str:
        """The page as people read it."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.text)).split())


class Agency:
    """Somebody at an agency with a browser and a link."""

    def __init__(self, address: str, key: str) -> None:
        self.address = address
        self.key = key
        self.headers = {"Sec-Fetch-Site": "same-origin"}

    async def get(self, path: str = "", method: str = "GET") -> Answer:
        """Ask for something below the link."""
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{self.address}/co-quan/{self.key}{path}", allow_redirects=False) as response,
        ):
            return Answer(response.status, response.headers, await response.read())

    async def token(self) -> str:
        """The token of the forms on the page."""
        return _hidden(await self.get(), "token")

    async def send(
        self,
        path: str,
        fields: dict[str, str] | None = None,
        photos: list[bytes] | None = None,
        *,
        csrf: str | None = None,
    ) -> Answer:
        """Send a form as the page does, with its hidden fields."""
        page = await self.get()
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("token", _hidden(page, "token") if csrf is None else csrf)
        if path == "/tra-loi" and "seen" not in (fields or {}):
            form.add_field("seen", _hidden(page, "seen"))
        for name, value in (fields or {}).items():
            form.add_field(name, value)
        for photo in photos or []:
            form.add_field("photos", io.BytesIO(photo), filename="anh.jpg", content_type="image/jpeg")
        return await self.post(path, form)

    async def post(self, path: str, form: Any) -> Answer:
        """Send something."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self.address}/co-quan/{self.key}{path}", data=form, headers=self.headers, allow_redirects=False
            ) as response,
        ):
            return Answer(response.status, response.headers, await response.read())

    async def opened(self) -> Agency:
        """Press the button that opens the report."""
        assert (await self.send("/mo")).status == 303
        return self

    async def answer(self, text: str = "Đã yêu cầu dọn xe.", **more: Any) -> Answer:
        """Answer the report."""
        photos = more.pop("photos", None)
        return await self.send("/tra-loi", {**OFFICIAL, "answer": text, **more}, photos)


def _hidden(page: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    return found.group(1) if found else ""


@pytest.fixture
async def rig(database: Database) -> Rig:
    return await rig_on(database)


async def clean(raw: bytes) -> Cleaned:
    return cleaned(raw)


class Served:
    """The application as it is mounted."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.at = 0.0


@pytest.fixture
async def served(rig: Rig) -> AsyncIterator[Served]:
    one = Served("")
    mounted = agency_pages(
        rig.database,
        SEALER,
        Settings(trusted_proxies=1),
        rig.reports,
        clean=clean,
        coded=coded,
        today=lambda: TODAY,
        wall_clock=lambda: datetime.now(UTC),
        clock=lambda: one.at,
    )
    app = web.Application(client_max_size=64 * 1024)
    app.add_subapp(MOUNTED_AT, mounted)
    server = TestServer(app)
    await server.start_server()
    one.address = str(server.make_url("")).rstrip("/")
    yield one
    await server.close()


async def at_agency(rig: Rig, served: Served, forwarded: Forwarded | None = None) -> tuple[Agency, Forwarded]:
    """Return somebody who holds the link of a report that was forwarded."""
    forwarded = forwarded or await rig.forwarded(note="Đề nghị kiểm tra.")
    return Agency(served.address, await rig.key(forwarded)), forwarded


# Who sees what


async def test_looking_changes_nothing_and_shows_little(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    for method in ("GET", "HEAD", "GET"):
        assert (await agency.get(method=method)).status == 200
    page = await agency.get()
    assert reference(forwarded.report.code) in page.said
    assert "114" in page.said
    assert "xe máy" not in page.said
    assert (await rig.dispatch(forwarded.dispatch_id)).state is DispatchState.HANDED_OVER


async def test_a_person_opens_it_by_a_button_and_sees_it_as_officials_do(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    one = await rig.dispatch(forwarded.dispatch_id)
    assert (one.state, one.printable) == (DispatchState.OPENED, False)
    page = await agency.get()
    for words in (
        *TEXT.splitlines(),
        "Lối thoát nạn bị chặn",
        "ngõ 12 phố Nguyễn Thái Học, Phường Kim Mã, Thành phố Hà Nội",
        "Đề nghị kiểm tra.",
        "Đề nghị báo tiếp nhận chậm nhất ngày",
        "Đề nghị trả lời trong 10 ngày làm việc kể từ ngày tiếp nhận, chậm nhất ngày",
        "gọi ngay 114",
        "Nguyễn Thị Lan, Phó Chủ tịch",
    ):
        assert words in page.said
    assert (await rig.kinds(forwarded.report.id)).count("link_opened") == 1
    await agency.opened()  # a second press is no second opening
    assert (await rig.kinds(forwarded.report.id)).count("link_opened") == 1


async def test_the_page_is_kept_from_caches_frames_engines_and_other_sites(rig: Rig, served: Served) -> None:
    agency, _ = await at_agency(rig, served)
    for page in (await agency.get(), await (await agency.opened()).get(), await Agency(served.address, "x").get()):
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert page.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in page.headers


async def test_every_link_that_leads_nowhere_gets_the_same_page(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    never = await Agency(served.address, "a" * 43).get()
    assert never.status == 404
    seen = [
        await Agency(served.address, key).get() for key in ("b" * 43, "", "x", f"{agency.key}x", agency.key.swapcase())
    ]
    await change(rig.database, "UPDATE dispatch SET expires_at = now() - interval '1 second'")
    seen.append(await agency.get())
    await change(rig.database, "UPDATE dispatch SET expires_at = now() + interval '1 day'")
    assert (await agency.get()).status == 200
    other = await rig.agencies.add("UBND phường Kim Mã", "00007", None, rig.editor)
    await rig.forwarding.forward(forwarded.report.id, other.id, rig.officer, note="", way=Way.EXPORT, version=None)
    seen.append(await agency.get())
    gone, withdrawn = await at_agency(rig, served)
    await rig.reports.withdraw(withdrawn.report.id)
    seen.append(await gone.get())
    assert [(one.status, one.text, dict(one.headers)["Content-Security-Policy"]) for one in seen] == [
        (404, never.text, never.headers["Content-Security-Policy"])
    ] * len(seen)


async def test_photos_are_shown_once_opened_and_only_those_of_the_report(rig: Rig, served: Served) -> None:
    theirs = await rig.photos.stage(None, cleaned(picture()))
    report = await rig.report(photos=[theirs])
    forwarded = await rig.forwarding.forward(
        report.id, rig.agency.id, rig.officer, note="", way=Way.EXPORT, version=None
    )
    note = await rig.photos.stage(None, cleaned(picture("green")), Hat.MTTQ)
    await rig.reports.add(report.id, "ảnh nội bộ", rig.officer, [note], public=False)
    foreign = await rig.photos.stage(None, cleaned(picture("blue")))
    await rig.report(photos=[foreign])
    agency, _ = await at_agency(rig, served, forwarded)
    assert (await agency.get(f"/anh/{theirs}")).status == 404
    await agency.opened()
    page = await agency.get()
    assert re.findall(r"/anh/([0-9a-f-]{36})", page.text) == [str(theirs)]
    shown = await agency.get(f"/anh/{theirs}")
    assert (shown.status, shown.headers["Content-Type"], shown.body[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert (await agency.get(f"/anh-nho/{theirs}")).status == 200
    for hidden in (note, foreign, UUID(int=1)):
        assert (await agency.get(f"/anh/{hidden}")).status == 404


async def test_what_is_inside_mttq_and_the_contact_are_not_shown(rig: Rig, served: Served) -> None:
    report = await rig.report(contact="0912 345 678", consent="1")
    forwarded = await rig.forwarding.forward(
        report.id, rig.agency.id, rig.officer, note="", way=Way.EXPORT, version=None
    )
    await rig.reports.add(report.id, "GHI CHÚ NỘI BỘ", rig.officer, public=False)
    await rig.reports.add(report.id, "NHẮN NGƯỜI DÂN", rig.officer, public=True)
    await rig.reports.add(report.id, "Nay chặn cả cửa sau", RESIDENT)
    agency, _ = await at_agency(rig, served, forwarded)
    page = await (await agency.opened()).get()
    assert "Nay chặn cả cửa sau" in page.said
    for hidden in ("0912", "345 678", "NỘI BỘ", "NHẮN NGƯỜI"):
        assert hidden not in page.said
    assert "có để lại cách liên hệ" in page.said


# What can be sent


async def test_taking_up_answering_and_reading_it_again(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    taken = await agency.send("/tiep-nhan", OFFICIAL)
    assert (taken.status, taken.headers["Location"]) == (303, f"/co-quan/{agency.key}?xong=tiep-nhan")
    page = await agency.get("?xong=tiep-nhan")
    assert "Đã ghi nhận cơ quan tiếp nhận" in page.said
    assert 'value="Trần Văn Bình"' in page.text  # who filled in the form need not write it again
    done = await agency.answer(number="123/CV-CAP", day="2026-11-20", photos=[picture(), picture("green")])
    assert done.status == 303
    report = await rig.now(forwarded.report.id)
    assert (report.state, len(report.photos)) == (State.ANSWERED, 2)
    page = await agency.get("?xong=tra-loi")
    for words in (
        "Đã gửi trả lời",
        "Đã yêu cầu dọn xe.",
        "Văn bản số 123/CV-CAP ngày 20/11/2026",
        OFFICIAL["position"],
    ):
        assert words in page.said
    assert "<form" not in page.text
    assert page.text.count("/anh-nho/") == 2
    told = (await rig.reports.happenings(report.id, public_only=False))[-1]
    assert told.details["document_number"] == "123/CV-CAP"
    # The evidence is there for MTTQ to close with, should the resident not reply.
    assert (await rig.reports.act(report.id, Act.CLOSE, rig.officer, "Đã xong.")).state is State.CLOSED


async def test_pressing_twice_does_it_once(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    assert [(await agency.send("/tiep-nhan", OFFICIAL)).status for _ in range(2)] == [303, 303]
    token, seen = await agency.token(), _hidden(await agency.get(), "seen")

    def form() -> aiohttp.FormData:
        made = aiohttp.FormData(default_to_multipart=True)
        fields = {**OFFICIAL, "token": token, "seen": seen, "answer": "Đã yêu cầu dọn xe."}
        for name, value in fields.items():
            made.add_field(name, value)
        return made

    statuses = sorted(one.status for one in await asyncio.gather(*(agency.post("/tra-loi", form()) for _ in range(3))))
    assert statuses == [303, 409, 409]
    assert (await rig.kinds(forwarded.report.id)).count("answer") == 1


async def test_whoever_comes_second_is_told_and_keeps_their_words(rig: Rig, served: Served) -> None:
    agency, _ = await at_agency(rig, served)
    await agency.opened()
    token, seen = await agency.token(), _hidden(await agency.get(), "seen")
    assert (await agency.answer()).status == 303
    late = await agency.send("/tra-loi", {**OFFICIAL, "answer": "Lời của người thứ hai", "seen": seen}, csrf=token)
    assert late.status == 409
    assert "đã có trả lời" in late.said
    assert "Lời của người thứ hai" in late.said


async def test_whoever_sends_after_a_withdrawal_is_told(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    token = await agency.token()
    await rig.reports.withdraw(forwarded.report.id)
    for path, fields in (
        ("/tra-loi", {"answer": "Đã xong việc", "seen": "0"}),
        ("/chuyen-tra", {"reason": "Đã xong việc"}),
        ("/hoi", {"question": "Đã xong việc"}),
    ):
        late = await agency.send(path, {**OFFICIAL, **fields}, csrf=token)
        assert (late.status, "vừa được rút" in late.said, "Đã xong việc" in late.said) == (410, True, True)
    assert (await rig.now(forwarded.report.id)).state is State.WITHDRAWN


async def test_an_answer_to_what_has_changed_meanwhile_is_asked_for_again(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    token, seen = await agency.token(), _hidden(await agency.get(), "seen")
    await rig.reports.add(forwarded.report.id, "Nay chặn cả cửa sau", RESIDENT)
    stale = await agency.send("/tra-loi", {**OFFICIAL, "answer": "Đã dọn cửa trước", "seen": seen}, csrf=token)
    assert stale.status == 409
    assert "Nay chặn cả cửa sau" in stale.said
    assert "Đã dọn cửa trước" in stale.text
    assert "vừa có thông tin mới" in stale.said
    assert (await rig.now(forwarded.report.id)).state is State.FORWARDED
    assert (await agency.answer("Đã dọn cả hai")).status == 303
    # What happens inside MTTQ is no news to the agency.
    other, forwarded = await at_agency(rig, served)
    await other.opened()
    seen = _hidden(await other.get(), "seen")
    await rig.reports.add(forwarded.report.id, "ghi chú", rig.officer, public=False)
    assert (await other.answer(seen=seen)).status == 303


async def test_declining_names_who_is_responsible_and_ends_the_forms(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    fields = {**OFFICIAL, "reason": "Đây là đường dây điện lực.", "proposal": "Điện lực Ba Đình"}
    assert (await agency.send("/chuyen-tra", fields)).status == 303
    page = await agency.get()
    assert "đã báo không thuộc thẩm quyền" in page.said
    assert "Đề nghị chuyển tới: Điện lực Ba Đình" in page.said
    assert "<form" not in page.text
    assert (await rig.now(forwarded.report.id)).state is State.FORWARDED


async def test_a_question_and_its_answer_stand_on_the_page(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    assert (await agency.send("/hoi", {**OFFICIAL, "question": "Số nhà bao nhiêu?"})).status == 303
    await rig.forwarding.tell_agency(forwarded.dispatch_id, "Số 5 ngõ 12.", rig.officer)
    page = await agency.get()
    assert "Số nhà bao nhiêu?" in page.said
    assert "Số 5 ngõ 12." in page.said
    assert page.said.index("Số nhà bao nhiêu?") < page.said.index("Số 5 ngõ 12.")


async def test_questions_have_an_end(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    for number in range(20):
        served.at += 60
        assert (await agency.send("/hoi", {**OFFICIAL, "question": f"câu {number}"})).status == 303
    assert (await agency.send("/hoi", {**OFFICIAL, "question": "thêm"})).status == 422
    assert (await rig.kinds(forwarded.report.id)).count("agency_asked") == 20


# What is refused


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"answer": ""}, "Ghi nội dung trả lời."),
        ({"answer": "   \n "}, "Ghi nội dung trả lời."),
        ({"answer": "a" * 4001}, "Dài quá 4000 ký tự (đang có 4001)"),
        ({"answer": "xong", "name": ""}, "Ghi họ tên người trả lời."),
        ({"answer": "xong", "position": " "}, "Ghi chức vụ."),
        ({"answer": "xong", "day": "2026-11-23"}, "Ngày chưa đúng."),
        ({"answer": "xong", "day": "31/02/2026"}, "Ngày chưa đúng."),
        ({"answer": "xong", "number": "9" * 61}, "Dài quá 60 ký tự"),
    ],
)
async def test_a_wrong_field_is_shown_beside_what_was_typed(
    rig: Rig, served: Served, fields: dict[str, str], said: str
) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    wrong = await agency.send("/tra-loi", {**OFFICIAL, **fields})
    assert wrong.status == 422
    assert said in wrong.said
    assert fields["answer"].strip() in wrong.text
    assert (await rig.now(forwarded.report.id)).state is State.FORWARDED


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"GIF89a" + b"\0" * 50,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7 " + picture(),
        b"PK\x03\x04" + picture(),
        picture()[:200],
        b"\xff\xd8\xff" + b"<script>alert(1)</script>" * 20,
    ],
    ids=["empty", "gif", "svg", "pdf", "zip", "half", "script"],
)
async def test_what_is_no_photo_is_refused_and_nothing_is_stored(rig: Rig, served: Served, file: bytes) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    refused = await agency.answer(photos=[file])
    if not file:  # a field in which no file was chosen
        assert refused.status == 303
        return
    assert refused.status == 422
    assert "Đã yêu cầu dọn xe." in refused.text
    assert await count(rig.database, "report_photo") == 0
    assert (await rig.now(forwarded.report.id)).state is State.FORWARDED


async def test_of_a_polyglot_only_the_pixels_are_kept(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    hidden = b"<script>alert(1)</script><?php system($_GET['x']); ?>PK\x03\x04"
    assert (await agency.answer(photos=[picture() + hidden])).status == 303
    [photo] = (await rig.now(forwarded.report.id)).photos
    kept = await rig.photos.open(photo)
    assert kept is not None
    assert b"script" not in kept
    assert b"php" not in kept
    served_photo = await agency.get(f"/anh/{photo}")
    assert (served_photo.headers["Content-Type"], served_photo.body) == ("image/jpeg", kept)


async def test_more_and_larger_files_than_may_be_sent_are_refused(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    assert "Chỉ nhận 3 ảnh" in (await agency.answer(photos=[picture()] * 4)).said
    large = picture() + b"\0" * (10 * 1024 * 1024)
    refused = await agency.answer(photos=[large])
    assert (refused.status, "lớn hơn 10 MB" in refused.said) == (422, True)
    assert "Đã yêu cầu dọn xe." in refused.text
    assert (await rig.now(forwarded.report.id)).state is State.FORWARDED


async def test_a_form_without_its_token_or_from_elsewhere_does_nothing(rig: Rig, served: Served) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    other, _ = await at_agency(rig, served)
    await other.opened()
    for token in ("", "0" * 64, await other.token(), "ă"):
        assert (await agency.send("/tiep-nhan", OFFICIAL, csrf=token)).status == 404
    agency.headers = {"Sec-Fetch-Site": "cross-site"}
    assert (await agency.send("/tiep-nhan", OFFICIAL)).status == 403
    assert (await rig.now(forwarded.report.id)).state is State.FORWARDED


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (b"name=a&position=b", {"Content-Type": "application/x-www-form-urlencoded"}),
        (b"{}", {"Content-Type": "application/json"}),
        (b"nonsense", {"Content-Type": "multipart/form-data; boundary=x"}),
        (b"nonsense", {"Content-Type": "multipart/form-data"}),
        (
            b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n\xff\xfe\r\n--x--\r\n',
            {"Content-Type": "multipart/form-data; boundary=x"},
        ),
        (
            b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n",
            {"Content-Type": "multipart/form-data; boundary=x"},
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 40 + b"--x--\r\n",
            {"Content-Type": "multipart/form-data; boundary=x"},
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"b" * 70_000 + b"\r\n--x--\r\n",
            {"Content-Type": "multipart/form-data; boundary=x"},
        ),
    ],
)
async def test_a_body_that_is_no_form_of_ours_is_refused(
    rig: Rig, served: Served, data: bytes, headers: dict[str, str]
) -> None:
    agency, forwarded = await at_agency(rig, served)
    await agency.opened()
    agency.headers |= headers
    refused = await agency.post("/tiep-nhan", data)
    assert refused.status in {400, 404, 413, 415}
    assert "Traceback" not in refused.text
    assert (await rig.now(forwarded.report.id)).state is State.FORWARDED


async def test_a_form_too_large_is_refused_before_it_is_read(rig: Rig, served: Served) -> None:
    agency, _ = await at_agency(rig, served)
    host, port = served.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /co-quan/{agency.key}/tra-loi HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        "Content-Length: 99999999999\r\n\r\n".encode()
    )
    assert b" 413 " in await reader.readline()
    writer.close()


async def test_a_guesser_is_slowed_and_others_are_not(rig: Rig, served: Served) -> None:
    agency, _ = await at_agency(rig, served)
    guesser = Agency(served.address, "g" * 43)
    statuses = []
    async with aiohttp.ClientSession(headers={"X-Forwarded-For": "203.0.113.7"}) as session:
        for _ in range(70):
            async with session.get(f"{served.address}/co-quan/{guesser.key}") as response:
                statuses.append(response.status)
    assert set(statuses[:60]) == {404}
    assert set(statuses[60:]) == {429}
    assert (await agency.get()).status == 200


async def test_what_anybody_types_is_shown_as_typed_and_never_run(rig: Rig, served: Served) -> None:
    rig = replace(rig, agency=await rig.agencies.add(HOSTILE, None, None, rig.editor))
    report = await rig.report(text=HOSTILE, where=replace((await rig.report()).where, words=HOSTILE))
    forwarded = await rig.forwarding.forward(
        report.id, rig.agency.id, rig.officer, note=HOSTILE, way=Way.EXPORT, version=None
    )
    await rig.reports.add(report.id, HOSTILE, RESIDENT)
    agency, _ = await at_agency(rig, served, forwarded)
    pages = [await agency.get()]
    await agency.opened()
    hostile = {"name": HOSTILE[:80], "position": HOSTILE}
    await agency.send("/hoi", {**hostile, "question": HOSTILE})
    await rig.forwarding.tell_agency(forwarded.dispatch_id, HOSTILE, rig.officer)
    pages.append(await agency.send("/tra-loi", {**hostile, "answer": HOSTILE, "number": HOSTILE, "day": HOSTILE}))
    pages.append(await agency.get(f"?xong={HOSTILE}"))
    token = await agency.token()
    assert (await agency.send("/tra-loi", {**hostile, "answer": HOSTILE, "number": HOSTILE[:60]})).status == 303
    pages.append(await agency.get())
    pages.append(await agency.send("/tra-loi", {**hostile, "answer": HOSTILE, "seen": "0"}, csrf=token))
    for page in pages:
        assert "<script" not in page.text
        assert "<img src=x" not in page.text
    assert HOSTILE in unescape(pages[-2].text)  # with {{ 7*7 }} as it was typed: nobody works it out


async def test_the_pages_stand_beside_the_chat(understanding: Understanding, database_url: str, tmp_path: Path) -> None:
    settings = replace(Settings(), data_dir=tmp_path, rasa=False)
    server = TestServer(await build_application(settings, understanding, database_url))
    await server.start_server()
    try:
        address = str(server.make_url("")).rstrip("/")
        for key in ("a" * 43, "x", ""):
            page = await Agency(address, key).get()
            assert page.status == 404
            assert "Đường dẫn không dùng được" in page.said
            assert "script-src" not in page.headers["Content-Security-Policy"]
            assert page.headers["Referrer-Policy"] == "no-referrer"
    finally:
        await server.close()
