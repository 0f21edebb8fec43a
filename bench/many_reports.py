"""A hundred thousand plausible reports of one year, put into a database at once; the same each time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

import psycopg
from sqlalchemy import make_url

from bot.feedback.kinds import Category
from bot.feedback.lifecycle import FOR_MTTQ, OPEN, Hat, State
from bot.feedback.search_words import kept
from knowledge.check import KnowledgeBase
from knowledge.places import Places
from knowledge.vietnamese import fold

REPORTS: Final = 100_000
_REPLIES: Final = 20_000
YEAR: Final = timedelta(days=365)
_SEED: Final = 114
_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_THINGS: Final = (
    (Category.BLOCKED_EXIT, 16, ("Lối thoát nạn {floor} bị chặn bởi {goods}", "{goods} chất đầy cầu thang bộ {floor}")),
    (
        Category.LOCKED_EXIT,
        14,
        ("Cửa thoát nạn {floor} bị khóa bằng xích", "Cửa ra mái luôn khóa, hỏi bảo vệ không mở"),
    ),
    (Category.CAGE, 10, ("Nhà {who} làm lồng sắt bịt kín ban công {floor}", "Chuồng cọp kín mít, không có ô thoát")),
    (Category.BLOCKED_LANE, 10, ("Ô tô đỗ kín ngõ, xe chữa cháy không vào được", "{goods} lấn hết đường vào {site}")),
    (Category.WIRING, 9, ("Dây điện chập chờn tóe lửa trước {site}", "Cột điện quá tải, tối qua có mùi khét")),
    (Category.CHARGING, 9, ("Sạc xe điện qua đêm ở tầng hầm {site}", "Của ai cũng sạc xe ở hành lang {floor}")),
    (Category.HYDRANT, 5, ("Trụ nước chữa cháy bị {goods} che kín", "Trụ nước không có nước, van gỉ")),
    (Category.STORAGE, 6, ("Cửa hàng {who} để bình gas ngay lối đi", "Kho xăng dầu trái phép cạnh {site}")),
    (Category.EQUIPMENT, 6, ("Bình chữa cháy {floor} hết hạn từ năm ngoái", "Chuông báo cháy {site} không kêu")),
    (Category.HAZARD_OTHER, 3, ("Đốt rác sát {site} mỗi chiều",)),
    (Category.OFFICIALS, 2, ("Cán bộ đi kiểm tra gợi ý bồi dưỡng",)),
    (Category.PREMISES, 2, ("Ban quản lý {site} không tổ chức tập huấn",)),
    (Category.SLOW, 2, ("Nộp hồ sơ thẩm duyệt hai tháng chưa có kết quả",)),
    (Category.NEEDLESS, 1, ("Phải nộp lại giấy tờ đã có, đi lại bốn lần",)),
    (Category.LAW, 1, ("Nên quy định rõ hơn về nhà ở kết hợp kinh doanh",)),
    (Category.DIRECTIVE, 1, ("Kế hoạch tuyên truyền chưa đến được khu trọ",)),
    (Category.MODEL, 1, ("Tổ liên gia {who} có chuông báo cháy liên nhà rất hay",)),
    (Category.PERSON, 1, ("Khen anh {who} cứu được hai cháu nhỏ",)),
    (Category.QUESTION, 1, ("Nhà trọ {floor} cần mấy bình chữa cháy?",)),
)
_FLOORS: Final = ("tầng 2", "tầng 3", "tầng 5", "tầng hầm", "tầng 12", "tầng trệt", "tầng mái")
_GOODS: Final = ("xe máy", "hàng hóa", "tủ giày", "thùng xốp", "bàn ghế", "vật liệu xây dựng", "xe đạp điện")
_WHO: Final = ("Minh Phát", "bà Hòa", "ông Tư", "Hồng Hà", "chị Lan", "Thành Công", "An Bình", "Đại Lợi")
_SITES: Final = ("chung cư A2", "chợ Đồng Xuân", "khu trọ 15 phòng", "trường mầm non", "quán karaoke", "nhà xưởng may")
_MORE: Final = (
    "Đã báo tổ dân phố mà chưa thấy làm gì.",
    "Mong cơ quan kiểm tra sớm.",
    "Ở đây có nhiều người già và trẻ nhỏ.",
    "Tình trạng này kéo dài mấy tháng nay rồi.",
    "Hôm qua suýt có cháy.",
    "Ai cũng sợ nhưng không ai dám nói.",
    "ko biet hoi ai",
)
_STREETS: Final = ("Trần Cung", "Lê Lợi", "Nguyễn Trãi", "Hai Bà Trưng", "Phạm Văn Đồng", "Cách Mạng Tháng Tám")
_CHANNELS: Final = (("web", 25), ("zalo_oa", 45), ("zalo_bot", 10), ("telegram", 20))
_STATES: Final = (
    (State.RECEIVED, 4),
    (State.VERIFIED, 3),
    (State.FORWARDED, 6),
    (State.HANDLING, 7),
    (State.ANSWERED, 6),
    (State.REOPENED, 2),
    (State.CONFIRMED, 38),
    (State.CLOSED, 24),
    (State.REJECTED, 5),
    (State.DUPLICATE, 3),
    (State.WITHDRAWN, 2),
)
_TURNS: Final = {
    State.RECEIVED: Hat.MTTQ,
    State.VERIFIED: Hat.MTTQ,
    State.FORWARDED: Hat.AGENCY,
    State.HANDLING: Hat.AGENCY,
    State.ANSWERED: Hat.RESIDENT,
    State.REOPENED: Hat.MTTQ,
}
_BEFORE: Final = {State.VERIFIED: 1, State.FORWARDED: 2, State.HANDLING: 3, State.ANSWERED: 4}
_STEPS: Final = (
    ("sent", Hat.RESIDENT, None, State.RECEIVED),
    ("verify", Hat.MTTQ, State.RECEIVED, State.VERIFIED),
    ("forward", Hat.MTTQ, State.VERIFIED, State.FORWARDED),
    ("take_up", Hat.AGENCY, State.FORWARDED, State.HANDLING),
    ("answer", Hat.AGENCY, State.HANDLING, State.ANSWERED),
    ("confirm", Hat.RESIDENT, State.ANSWERED, State.CONFIRMED),
)
_REPORT: Final = (
    "code kind category state text where_text province_code commune_code latitude longitude search channel created_at "
    "changed_at first_answered_at forwarded_at answered_at closed_at due_hat due_at late agency_id supporters reopened "
    "photos"
)
_EVENT: Final = "report_id at kind hat before after text public details"
_CLEAN: Final = b"VACUUM ANALYZE"  # as the server does by itself, a while after


@dataclass(frozen=True)
class _Unit:
    province: str
    commune: str
    pin: tuple[float, float]


def fill(url: str, base: KnowledgeBase, end: datetime, number: int = REPORTS) -> list[str]:
    """Put reports of the year before `end` into an empty, migrated database; return their codes, the newest last.

    Beside them a fifth as many replies to questions, some with thumbs.
    """
    places, cards = base.places, base.cards
    chance = random.Random(_SEED)  # noqa: S311 - the same reports each time
    units = _units(places, chance)
    weights = [1 / (1 + rank) ** 0.7 for rank in range(len(units))]
    where = chance.choices(units, weights, k=number)
    moments = sorted(end - YEAR * chance.random() for _ in range(number))
    codes: list[str] = []
    with psycopg.connect(
        make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    ) as connection:
        agencies = _agencies(connection)
        events: list[tuple[object, ...]] = []
        with connection.cursor().copy(_copy("report", _REPORT)) as copy:
            for row, unit in zip(moments, where, strict=True):
                made = _report(chance, row, unit, end, agencies)
                codes.append(str(made[0]))
                copy.write_row(made)
                events += _events(len(codes), made)
        with connection.cursor().copy(_copy("report_event", _EVENT)) as copy:
            for event in events:
                copy.write_row(event)
        _questions(connection, chance, list(cards), end)
        connection.commit()
        connection.autocommit = True
        connection.execute(_CLEAN)
    return codes


def _copy(table: str, columns: str) -> bytes:
    return f"COPY {table} ({', '.join(columns.split())}) FROM STDIN".encode()


def _units(places: Places, chance: random.Random) -> list[_Unit]:
    codes = {one.name: one.code for one in places.provinces}
    units = [
        _Unit(codes[one.province] or "", one.code or "", (chance.uniform(9, 22), chance.uniform(103, 109)))
        for one in places.communes
    ]
    chance.shuffle(units)
    return sorted(units, key=lambda one: one.province not in {"01", "79"})  # the two largest cities report most


def _questions(connection: psycopg.Connection, chance: random.Random, cards: Sequence[str], end: datetime) -> None:
    """Put replies to questions there, four in a conversation, and a thumb for every fifth."""
    conversations = [UUID(int=chance.getrandbits(128)) for _ in range(_REPLIES // 4)]
    replies = [UUID(int=chance.getrandbits(128)) for _ in range(_REPLIES)]
    with connection.cursor().copy(_copy("conversation", "id channel")) as copy:
        for conversation in conversations:
            copy.write_row((conversation, "web"))
    with connection.cursor().copy(_copy("reply", "id conversation_id created_at kind cards confidence")) as copy:
        for number, reply in enumerate(replies):
            at = end - YEAR * chance.random()
            copy.write_row((reply, conversations[number // 4], at, "answer", [chance.choice(cards)], 0.9))
    with connection.cursor().copy(_copy("thumb", "reply_id value")) as copy:
        for reply in replies[::5]:
            copy.write_row((reply, "up" if chance.random() < 0.8 else "down"))


def _agencies(connection: psycopg.Connection) -> list[int]:
    names = [f"Công an phường số {number}" for number in range(40)]
    statement = b"INSERT INTO agency (name) SELECT unnest(%s::text[]) RETURNING id"
    return [row[0] for row in connection.execute(statement, [names])]


def _report(
    chance: random.Random, at: datetime, unit: _Unit, end: datetime, agencies: Sequence[int]
) -> tuple[object, ...]:
    category, _, forms = chance.choices(_THINGS, [weight for _, weight, _ in _THINGS])[0]
    old = end - at > timedelta(days=45)
    states = [(state, weight / 12 if old and state in OPEN else weight) for state, weight in _STATES]
    state = chance.choices([one for one, _ in states], [weight for _, weight in states])[0]
    text = _text(chance, forms)
    code = "".join(chance.choices(_SIGNS, k=10))
    code = f"{code[:2]}-{code[2:6]}-{code[6:]}"
    street = f"Số {chance.randrange(1, 400)} {chance.choice(_STREETS)}" if chance.random() < 0.8 else None
    placed = chance.random() > 0.03
    pin = tuple(one + chance.gauss(0, 0.01) for one in unit.pin) if placed and chance.random() < 0.5 else (None, None)
    answer = at + timedelta(hours=chance.expovariate(1 / 60))
    answered = answer if state in {State.ANSWERED, State.CONFIRMED, State.CLOSED, State.REOPENED} else None
    done = answer + timedelta(hours=chance.expovariate(1 / 90))
    finished = state not in OPEN and state is not State.DUPLICATE
    turn = _TURNS.get(state)
    forwarded = category.kind not in FOR_MTTQ and state not in {State.RECEIVED, State.VERIFIED, State.REJECTED}
    return (
        code,
        category.kind.value,
        category.value,
        state.value,
        text,
        street,
        unit.province if placed else None,
        unit.commune if placed else None,
        *pin,
        " ".join(f"'{lexeme}'" for lexeme in _lexemes(code, text, street)),
        chance.choices([one for one, _ in _CHANNELS], [weight for _, weight in _CHANNELS])[0],
        at,
        min(end, done if finished else answer),
        answered,
        at + timedelta(hours=20) if forwarded else None,
        answered,
        done if finished else None,
        turn.value if turn else None,
        at + timedelta(days=chance.uniform(2, 40)) if turn else None,
        chance.random() < 0.12,
        chance.choice(agencies) if forwarded else None,
        int(chance.expovariate(1.2)),
        int(chance.random() < 0.04),
        int(chance.random() < 0.3),
    )


def _text(chance: random.Random, forms: Sequence[str]) -> str:
    words = {"floor": _FLOORS, "goods": _GOODS, "who": _WHO, "site": _SITES}
    sentence = chance.choice(forms).format(**{name: chance.choice(values) for name, values in words.items()})
    text = ". ".join([sentence, *chance.sample(_MORE, chance.randrange(4))])
    return fold(text) if chance.random() < 0.15 else text


def _lexemes(code: str, text: str, street: str | None) -> list[str]:
    return sorted({*kept(code), *_of_text(text), *(_of_text(street) if street else ())})


@lru_cache(maxsize=200_000)
def _of_text(text: str) -> tuple[str, ...]:
    return tuple(kept("", text))


def _events(number: int, report: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
    state, at = State(str(report[3])), report[12]
    assert isinstance(at, datetime)
    steps = _BEFORE.get(state, 0 if state is State.RECEIVED else len(_STEPS) - 1)
    for step, (kind, hat, before, after) in enumerate(_STEPS[: steps + 1]):
        words = "Đã xem và xử lý theo thẩm quyền." if kind == "answer" else ""
        moment = at + timedelta(hours=9 * step)
        yield (number, moment, kind, hat.value, before and before.value, after.value, words, True, json.dumps({}))
