"""The people who write to the fake Telegram's bot: what they do becomes updates."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tests.fakes.telegram_script import Call
from tests.fakes.telegram_webhook import Updates


class People:
    """What people do, whom the bot may write to, and which of its messages each of them `got`."""

    def __init__(self, bot_id: int, updates: Updates) -> None:
        self.bot_id = bot_id
        self.updates = updates
        self.started: set[int] = set()
        self.blocked: set[int] = set()
        self.queries: set[str] = set()  # presses that wait for their answer
        self.got: dict[int, list[Call]] = defaultdict(list)
        self._last_update = 100_000
        self._last_message = 0

    def user_writes(self, chat: int, text: str, **more: Any) -> int:
        """A person writes; the number of the update is returned, as by the others."""
        return self.user_sends(chat, text=text, **more)

    def user_sends(self, chat: int, **content: Any) -> int:
        """A person sends a message of any content, such as photo=[…] or location={…}."""
        self.started.add(chat)
        return self.push(message=self.message(chat, _person(chat), content))

    def user_shares_location(self, chat: int, latitude: float, longitude: float) -> int:
        """A person shares a place."""
        return self.user_sends(chat, location={"latitude": latitude, "longitude": longitude})

    def user_sends_photo(self, chat: int, caption: str = "") -> int:
        """A person sends a picture, which Telegram offers in two sizes."""
        sizes = [a_size(f"photo-{chat}-{width}", width) for width in (90, 1280)]
        return self.user_sends(chat, photo=sizes, **({"caption": caption} if caption else {}))

    def user_shares_contact(self, chat: int, phone: str, *, of: int | None = None) -> int:
        """A person shares a phone number: their own, or that of account `of`."""
        contact = {"phone_number": phone, "first_name": "Lan", "user_id": chat if of is None else of}
        return self.user_sends(chat, contact=contact)

    def user_presses(self, chat: int, choice: str) -> int:
        """A person presses the button with this label or payload under the newest message that has it.

        Raises LookupError when no message to them has it.
        """
        for call in reversed(self.got[chat]):
            for button in call.buttons:
                if choice in {button["text"], button.get("callback_data")} and "callback_data" in button:
                    return self._press(chat, button["callback_data"], call.message_id or 0)
        raise LookupError(f"no button {choice!r} for {chat}")

    def user_blocks(self, chat: int) -> int:
        """A person blocks the bot."""
        self.blocked.add(chat)
        return self._membership(chat, "member", "kicked")

    def user_returns(self, chat: int) -> int:
        """A person unblocks the bot."""
        self.started.add(chat)
        self.blocked.discard(chat)
        return self._membership(chat, "kicked", "member")

    def push(self, **update: Any) -> int:
        """Put any update into the queue, such as edited_message={…}; return its number."""
        self._last_update += 1
        self.updates.put({"update_id": self._last_update, **update})
        return self._last_update

    def deliver_again(self, update: Mapping[str, Any]) -> None:
        """Put an update into the queue once more, with the number that it has."""
        self.updates.put(dict(update))

    def starts(self, chats: Iterable[int]) -> None:
        """Let people be written to who have not written."""
        self.started.update(chats)

    def me(self) -> dict[str, Any]:
        return {"id": self.bot_id, "is_bot": True, "first_name": "Trợ lý PCCC", "username": "TroLyPcccBot"}

    def message(self, chat: int, sender: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
        self._last_message += 1
        return {
            "message_id": self._last_message,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "Lan"},
            "from": sender,
            **content,
        }

    def _press(self, chat: int, data: str, message_id: int) -> int:
        query = f"query-{self._last_update + 1}"
        self.queries.add(query)
        pressed = {**self.message(chat, self.me(), {"text": "…"}), "message_id": message_id}
        return self.push(
            callback_query={
                "id": query,
                "from": _person(chat),
                "message": pressed,
                "chat_instance": str(chat),
                "data": data,
            }
        )

    def _membership(self, chat: int, before: str, after: str) -> int:
        me = self.me()
        return self.push(
            my_chat_member={
                "chat": {"id": chat, "type": "private", "first_name": "Lan"},
                "from": _person(chat),
                "date": int(time.time()),
                "old_chat_member": {"user": me, "status": before, "until_date": 0},
                "new_chat_member": {"user": me, "status": after, "until_date": 0},
            }
        )


def _person(chat: int) -> dict[str, Any]:
    return {"id": chat, "is_bot": False, "first_name": "Lan", "language_code": "vi"}


def a_size(file_id: str, width: int) -> dict[str, Any]:
    return {"file_id": file_id, "file_unique_id": f"u-{file_id}", "width": width, "height": width * 3 // 4}
