"""`python -m bot doctor`: what it says about the pages, the database and the channels."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import doctor
from bot.channels.contract import Diagnosis, Halted, Mark
from bot.conversing import now
from bot.doctor import print_diagnoses
from bot.settings import Settings
from bot.store.database import Database
from bot.store.inbox import NewEvent
from tests.bot.delivery.rig import Rig
from tests.fakes.channel import FakeChannel
from tests.integration.stored import change


class Examined(FakeChannel):
    """A channel with something to say about itself."""

    def __init__(self, name: str, *diagnoses: Diagnosis) -> None:
        super().__init__(name=name)
        self._diagnoses = diagnoses

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        return self._diagnoses


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return replace(Settings(), database_url=database_url, data_dir=tmp_path)


async def examined(settings: Settings) -> tuple[bool, str]:
    out = io.StringIO()
    well = await print_diagnoses(settings, out)
    return well, out.getvalue()


def with_channels(monkeypatch: pytest.MonkeyPatch, *channels: FakeChannel) -> None:
    def adapters(*_: object, **__: Any) -> Sequence[FakeChannel]:
        return channels

    monkeypatch.setattr(doctor, "adapters_of", adapters)


async def test_a_new_installation_is_well_and_says_what_is_off(settings: Settings) -> None:
    well, said = await examined(settings)
    assert well
    assert "[ổn] Kết nối được. Tin đến đang chờ: 0; tin đi đang chờ: 0." in said
    assert "[ổn] Không có chiến dịch nào đang chạy." in said
    for name in ("Telegram", "Zalo OA", "Zalo Bot"):
        assert f"[lưu ý] Kênh {name} đang tắt" in said
    assert "[lưu ý] Trang chat chạy ở http://127.0.0.1:8080" in said
    assert "[hỏng]" not in said


async def test_the_public_address_is_shown(settings: Settings) -> None:
    _, said = await examined(replace(settings, public_url="https://pccc.example.vn"))
    assert "[ổn] Trang chat" in said
    assert "https://pccc.example.vn" in said


async def test_what_a_channel_says_is_shown_with_its_next_step(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = Diagnosis(Mark.BAD, "Token bị từ chối.", "Lấy token mới.")
    with_channels(monkeypatch, Examined("zalo_bot", Diagnosis(Mark.GOOD, "Kết nối được."), bad))
    well, said = await examined(settings)
    assert not well
    assert said.index("Zalo Bot") < said.index("[hỏng] Token bị từ chối.") < said.index("→ Lấy token mới.")
    assert "Kênh Zalo Bot đang tắt" not in said
    assert "Kênh Telegram đang tắt" in said


async def test_a_caution_of_a_channel_is_not_unwell(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with_channels(monkeypatch, Examined("telegram", Diagnosis(Mark.CAUTION, "Chưa đặt địa chỉ webhook.")))
    well, said = await examined(settings)
    assert well
    assert "[lưu ý] Chưa đặt địa chỉ webhook." in said


async def test_what_is_set_aside_unknown_or_refused_is_told(
    settings: Settings, database: Database, database_url: str
) -> None:
    rig = await Rig.of(database, database_url, FakeChannel())
    await rig.inbox.put([NewEvent(rig.number, "k", "text", b"a", urgent=False, content={"text": "một lời"})])
    await change(database, "UPDATE inbox SET state = 'set_aside'")
    await rig.post("a", "một")
    await change(database, "UPDATE outbox SET state = 'unknown'")
    await rig.leases.pause(rig.number, now(), Halted("token hết hạn").reason)
    well, said = await examined(settings)
    assert not well
    assert "[lưu ý] 1 tin nhắn không xử lý được" in said
    assert "python -m bot set-aside" in said
    assert "[lưu ý] 1 tin không rõ đã tới người nhận hay chưa" in said
    assert "[hỏng] fake:1 đang bị từ chối: token hết hạn." in said
    assert "một lời" not in said


async def test_an_unreachable_database_is_told_without_its_password(tmp_path: Path) -> None:
    settings = replace(Settings(), data_dir=tmp_path, database_url="postgresql://pccc:geheim@127.0.0.1:1/pccc")
    well, said = await examined(settings)
    assert not well
    assert "[hỏng] Không dùng được cơ sở dữ liệu" in said
    assert "DATABASE_URL" in said
    assert "geheim" not in said
