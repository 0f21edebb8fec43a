"""What residents type about the times of news, and the wordings they agree to."""

import hashlib

import pytest

from bot.conversation.campaign_buttons import Going, Gone, gone
from bot.conversation.flows.news_wording import NEWS_CONSENT, WORDINGS, consent_text
from bot.conversation.flows.quiet_words import Unread, quiet_in, told

SAID = [
    ("đừng gửi từ 12h đến 14h", "7:00–12:00, 14:00–22:00"),
    ("dung gui tu 12h toi 14h", "7:00–12:00, 14:00–22:00"),
    ("12-14h đừng gửi nha", "7:00–12:00, 14:00–22:00"),
    ("đừng gửi từ 11g30 đến 13 giờ rưỡi", "7:00–11:30, 13:30–22:00"),
    ("tối sau 20h đừng gửi", "7:00–20:00"),
    ("toi sau 20h dung gui", "7:00–20:00"),
    ("đừng gửi sau 9 giờ tối", "7:00–21:00"),
    ("trước 9h sáng đừng gửi", "9:00–22:00"),
    ("đừng gửi từ 20h đến 24h", "7:00–20:00"),
    ("1 giờ đến 3 giờ chiều đừng nhắn", "7:00–13:00, 15:00–22:00"),
    ("đừng gửi buổi trưa", "7:00–11:00, 14:00–22:00"),
    ("giờ nào cũng được trừ buổi trưa", "7:00–11:00, 14:00–22:00"),
    ("đừng gửi tối", "7:00–18:00"),
    ("chỉ buổi sáng", "7:00–12:00"),
    ("buổi tối thôi", "18:00–22:00"),
    ("sáng với tối", "7:00–12:00, 18:00–22:00"),
    ("từ 8 đến 10 giờ tối", "20:00–22:00"),
    ("8h-11h", "8:00–11:00"),
    ("chỉ gửi sau 19h30", "19:30–22:00"),
    ("giờ nào cũng được", "7:00–22:00"),
    ("lúc nào cũng được em ơi", "7:00–22:00"),
    ("tùy", "7:00–22:00"),
    ("đừng gửi ban đêm", "7:00–22:00"),  # which is so anyway
    ("từ 22h đến 6h đừng gửi", "7:00–22:00"),
]


@pytest.mark.parametrize(("typed", "times"), SAID)
def test_times_are_read_as_people_type_them(typed: str, times: str) -> None:
    found = quiet_in(typed)
    assert not isinstance(found, Unread)
    assert told(found) == times


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("mai tính", "chưa rõ"),
        ("cuối tuần", "giờ trong ngày"),
        ("chu nhat dung gui", "giờ trong ngày"),
        ("8", "chưa rõ"),
        ("99h đến 100h", "chưa rõ"),
        ("tôi đi làm", "chưa rõ"),
        ("toi khong biet", "chưa rõ"),  # "toi" is "tôi" here
        ("buổi sáng đừng gửi, buổi chiều thì được", "chưa rõ"),
        ("", "chưa rõ"),
        ("trưa và tối thôi", "một khoảng"),
        ("đừng gửi 12h đến 14h và sau 20h", "một khoảng"),
        ("đừng gửi từ 7h đến 22h", "không còn giờ nào"),
        ("chỉ từ 22h đến 23h", "không còn giờ nào"),
        ("chỉ từ 8h đến 8h30", "không còn giờ nào"),
    ],
)
def test_what_tells_no_times_is_asked_again(typed: str, why: str) -> None:
    found = quiet_in(typed)
    assert isinstance(found, Unread)
    assert why in found.why


def test_wordings_that_somebody_agreed_to_never_change() -> None:
    """A changed wording needs a new version: change the words under a new name, and add its digest here."""
    digests = {version: hashlib.sha256(words.encode()).hexdigest()[:12] for version, words in WORDINGS.items()}
    assert digests == {"2026-11": "b0286cb9e7de", "2026-11-tin": "11c1839fc867"}
    assert NEWS_CONSENT in WORDINGS


def test_the_wording_names_what_is_stored() -> None:
    said = consent_text("Mẹo an toàn", "7:00–12:00", "loại tin và giờ nhận tin, nơi ở (Phường Gò Vấp)")
    for one in ("Mẹo an toàn", "7:00–12:00", "Phường Gò Vấp", "kênh", "ngày giờ", "đã nhận", "DỪNG", "xóa dữ liệu"):
        assert one in said


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ("go:quiz:nha-an-toan:7", Gone(Going.QUIZ, "nha-an-toan", 7)),
        ("go:drill:thoat-nan:7", Gone(Going.DRILL, "thoat-nan", 7)),
        ("go:ask:chay-len-hay-xuong:9223372036854775807", Gone(Going.ASK, "chay-len-hay-xuong", 2**63 - 1)),
        ("go:wrong:12", Gone(Going.WRONG, "", 12)),
        ("go:wrong:", None),
        ("go:wrong:x:12", None),
        ("go:ask::12", None),
        ("go:ask:a b:12", None),
        ("go:sell:x:12", None),
        ("go:wrong:99999999999999999999", None),
        ("do:stop", None),
        ("", None),
        (None, None),
    ],
)
def test_buttons_under_a_campaigns_message_are_read(payload: str | None, found: Gone | None) -> None:
    assert gone(payload) == found
