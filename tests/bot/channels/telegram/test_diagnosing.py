"""What an operator is told about the bot."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.channels.contract import Diagnosis, Mark
from bot.channels.telegram import Mode, TelegramAdapter, TelegramSettings
from bot.channels.telegram.diagnosing import diagnose
from bot.channels.telegram.settings import Timeouts
from tests.bot.channels.telegram.setting import NOW, adapter_on, settings
from tests.fakes.telegram import FakeTelegram, page, refusal, reset

HOOK: dict[str, Any] = {"mode": Mode.WEBHOOK, "secret": "s", "webhook_url": "https://pccc.example.vn/webhooks/telegram"}


def told(found: tuple[Diagnosis, ...]) -> str:
    return "\n".join(f"{one.mark.value}: {one.text} → {one.next_step}" for one in found)


async def test_what_works() -> None:
    async with FakeTelegram() as fake:
        found = await adapter_on(fake).diagnose()
        assert "good: Mã bot dùng được: @TroLyPcccBot (mã số 123456789)." in told(found)
        assert "good: Nhận tin bằng polling" in told(found)
        assert {call.method for call in fake.log} == {"getMe", "getWebhookInfo"}  # nothing was changed


async def test_a_refused_token() -> None:
    async with FakeTelegram() as fake:
        fake.fail(refusal(401, "Unauthorized"), method="getMe")
        found = await adapter_on(fake).diagnose()
    assert "bad: Mã bot (TELEGRAM_TOKEN) bị Telegram từ chối. → Lấy lại mã ở @BotFather" in told(found)


async def test_a_webhook_that_is_left_over() -> None:
    async with FakeTelegram() as fake:
        fake.updates.webhook.url = "https://old.example.vn/secret-path"
        found = told(await adapter_on(fake).diagnose())
    assert "caution: Đang đặt cách nhận tin là polling, nhưng Telegram còn gửi tin về old.example.vn." in found
    assert "secret-path" not in found


async def test_a_webhook_that_is_elsewhere_or_not_set() -> None:
    async with FakeTelegram() as fake:
        assert "caution: Telegram chưa biết gửi tin về đâu" in told(await adapter_on(fake, **HOOK).diagnose())
        fake.updates.webhook.url = "https://other.example.vn/x"
        assert "caution: Telegram gửi tin về other.example.vn" in told(await adapter_on(fake, **HOOK).diagnose())
        fake.updates.webhook.url = HOOK["webhook_url"]
        assert "good: Telegram gửi tin về đúng địa chỉ pccc.example.vn." in told(
            await adapter_on(fake, **HOOK).diagnose()
        )


async def test_a_webhook_in_trouble() -> None:
    async with FakeTelegram() as fake:
        fake.updates.webhook.url = HOOK["webhook_url"]
        fake.updates.webhook.last_error = "Wrong response from the webhook: 403 Forbidden"
        fake.updates.webhook.last_error_at = int(NOW.timestamp()) - 60
        fake.updates.pending += [{"update_id": number} for number in range(101)]
        found = told(await adapter_on(fake, **HOOK).diagnose())
        fake.updates.webhook.last_error_at -= 7200
        assert "403 Forbidden" not in told(await adapter_on(fake, **HOOK).diagnose())
    assert "caution: Lúc 11:59 Telegram không gửi được tin về: Wrong response from the webhook: 403" in found
    assert "caution: 101 tin đang chờ ở Telegram." in found


async def test_troubles_on_the_way() -> None:
    for fault in (page(502), page(200), reset(), page(200, '{"ok":true,"result":[]}')):
        async with FakeTelegram() as fake:
            fake.fail(fault, method="getMe")
            found = await adapter_on(fake).diagnose()
            assert found[0].mark is Mark.BAD
            assert found[0].next_step


async def test_blocked_by_a_provider() -> None:
    # Given the real address behind a proxy that nobody runs
    real = TelegramSettings(
        token="123:x", proxy="http://u:pass_word@127.0.0.1:9", timeouts=Timeouts(connect=0.5, read=0.5)
    )
    adapter = TelegramAdapter(real, picture=Path, now=lambda: NOW)
    found = told(await adapter.diagnose())
    assert "bad: Không hỏi được Telegram ở api.telegram.org (NotSentError)." in found
    assert "caution: Từ năm 2025 một số nhà mạng ở Việt Nam chặn Telegram. → Kiểm tra proxy" in found
    assert "good: Telegram được gọi qua proxy 127.0.0.1:9." in found
    assert "pass_word" not in found


async def test_a_bot_that_can_be_put_into_groups() -> None:
    class Bot:
        async def get_me(self) -> object:
            return type("Me", (), {"username": "x", "id": 1, "can_join_groups": True})

        async def get_webhook_info(self) -> object:
            fields = {"url": "", "pending_update_count": 0, "last_error_message": "x"}
            return type("Info", (), {**fields, "last_error_date": NOW - timedelta(days=1)})

    async with FakeTelegram() as fake:
        found = await diagnose(Bot(), settings(fake), NOW)  # type: ignore[arg-type]
    assert "caution: Ai cũng thêm được bot vào nhóm" in told(found)
