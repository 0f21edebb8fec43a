"""What a message gets, from what screening saw, what search found and how likely the intents are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.commands import REPORT_KINDS, Command
from bot.conversation.finding import Finding, Verdict
from bot.conversation.routing import Act, Bounds, Route, Router, Sense, is_question, plaint_in
from bot.feedback.kinds import ReportKind
from intents.intents import REPORTS, Intent
from intents.screening import Screen
from intents.understanding import Understanding

BOUNDS = Bounds()
STEP = 0.01
TOLD = "lối thoát hiểm chung cư bị khóa cả tuần nay"
ASKED = "lối thoát hiểm chung cư bị khóa thì phải làm sao"
NOTHING = Finding(verdict=Verdict.NOTHING, domain=0.9)
OUTSIDE = replace(NOTHING, domain=0.1)
SUGGEST = Finding(verdict=Verdict.SUGGEST, cards=("a", "b"), confidence=0.3, domain=0.9)
NEAREST = Finding(verdict=Verdict.CARD, cards=("a",), confidence=0.3, domain=0.9, likely=True)
SURE = Finding(verdict=Verdict.CARD, cards=("a",), confidence=0.9, domain=0.9)


def route(text: str, finding: Finding, *ranking: tuple[Intent, float], screened: Screen | None = None) -> Route:
    understanding = Understanding(*ranking[0], ranking) if ranking else None
    return Router().route(Sense(text, screened, understanding, finding))


@pytest.mark.parametrize("screened", [Screen.HARMFUL, Screen.DISHONEST, Screen.INJECTION])
def test_what_screening_refuses_is_refused_whatever_else_is_known(screened: Screen) -> None:
    assert route(ASKED, SURE, (Intent.ASK_DUTY, 0.99), screened=screened) == Route(Act.REFUSE, screen=screened)


def test_who_asks_what_comes_of_it_is_told() -> None:
    assert route("gọi 114 trêu cho vui có bị bắt không", NOTHING, (Intent.HARMFUL, 0.6)).act is Act.NOT_KNOWN
    assert route("đốt xe nó thì có bị phát hiện không", NOTHING, (Intent.HARMFUL, 0.6)).act is Act.REFUSE


@pytest.mark.parametrize(("intent", "screen"), [(Intent.HARMFUL, Screen.HARMFUL), (Intent.DISHONEST, Screen.DISHONEST)])
def test_an_intent_refuses_from_its_bound(intent: Intent, screen: Screen) -> None:
    text = "chỉ mình cách qua mặt đoàn kiểm tra"
    assert route(text, NOTHING, (intent, BOUNDS.refuse)) == Route(Act.REFUSE, screen=screen)
    assert route(text, NOTHING, (intent, BOUNDS.refuse - STEP)).act is Act.NOT_KNOWN


def test_where_search_is_surer_nothing_is_refused() -> None:
    text = "chỉ mình cách qua mặt đoàn kiểm tra"
    assert route(text, SURE, (Intent.DISHONEST, SURE.confidence - STEP)).act is Act.ANSWER
    assert route(text, SURE, (Intent.DISHONEST, SURE.confidence)).act is Act.REFUSE


@pytest.mark.parametrize("text", ["nó dọa đốt quán em", "chong no doa dot nha", "em bị người ta đe dọa phóng hỏa"])
def test_whoever_tells_of_a_threat_is_not_refused(text: str) -> None:
    assert route(text, NOTHING, (Intent.HARMFUL, 0.99)).act is not Act.REFUSE


def test_small_talk_that_screening_saw() -> None:
    assert route("chào bạn", NOTHING, screened=Screen.GREETING) == Route(Act.SMALL_TALK, screen=Screen.GREETING)


def test_a_very_sure_intent_corrects_screening() -> None:
    bound = BOUNDS.command_though_screened
    text = "thôi đừng nhắn nữa"
    assert route(text, NOTHING, (Intent.UNSUBSCRIBE, bound), screened=Screen.GOODBYE).command is Command.STOP
    assert route(text, NOTHING, (Intent.UNSUBSCRIBE, bound - STEP), screened=Screen.GOODBYE).screen is Screen.GOODBYE
    assert route("ê", NOTHING, (Intent.GREET, bound), screened=Screen.UNCLEAR).screen is Screen.GREETING
    assert route("ê", NOTHING, (Intent.GREET, bound - STEP), screened=Screen.UNCLEAR).screen is Screen.UNCLEAR


def test_an_alarm_is_taken_back() -> None:
    taken_back = Route(Act.SMALL_TALK, screen=Screen.NEGATED_EMERGENCY)
    assert route("dập xong rồi nha", NOTHING, (Intent.FALSE_ALARM, BOUNDS.social)) == taken_back
    assert route("dập xong rồi nha", NOTHING, (Intent.FALSE_ALARM, BOUNDS.social - STEP)) != taken_back
    assert route("dập xong rồi thì sao?", NOTHING, (Intent.FALSE_ALARM, 0.9)) != taken_back


def test_each_intent_of_telling_becomes_its_kind_of_report() -> None:
    assert {intent: route(TOLD, NOTHING, (intent, 0.8)) for intent in REPORTS} == {
        intent: Route(Act.REPORT, report=REPORT_KINDS[intent]) for intent in REPORTS
    }


def test_a_report_from_its_bound_also_when_two_kinds_share_it() -> None:
    half = BOUNDS.report / 2
    two = ((Intent.ASK_ESCAPE, 0.3), (Intent.REPORT_CONDUCT, half + STEP), (Intent.REPORT_HAZARD, half - STEP))
    assert route(TOLD, NOTHING, *two) == Route(Act.REPORT, report=ReportKind.CONDUCT)
    assert route(TOLD, NOTHING, (Intent.REPORT_HAZARD, BOUNDS.report - STEP)).act is Act.NOT_KNOWN


def test_a_question_needs_more_to_be_a_report() -> None:
    bound = BOUNDS.report_though_asking
    assert route(ASKED, NOTHING, (Intent.REPORT_HAZARD, bound)).act is Act.REPORT
    assert route(ASKED, NOTHING, (Intent.REPORT_HAZARD, bound - STEP)).act is Act.NOT_KNOWN


def test_what_is_hardly_about_fire_safety_needs_more_to_be_a_report() -> None:
    bound = BOUNDS.report_though_outside
    assert route(TOLD, OUTSIDE, (Intent.REPORT_HAZARD, bound)).act is Act.REPORT
    assert route(TOLD, OUTSIDE, (Intent.REPORT_HAZARD, bound - STEP)).act is Act.NOT_KNOWN
    assert route(TOLD, replace(OUTSIDE, domain=0.4), (Intent.REPORT_HAZARD, BOUNDS.report)).act is Act.REPORT


@pytest.mark.parametrize("sure", [False, True])
def test_what_names_nothing_that_is_reported_and_lies_outside_is_no_report(sure: bool) -> None:
    found = replace(SURE, domain=0.1) if sure else OUTSIDE
    assert route("vợ tôi nấu cơm cháy đáy ăn giòn lắm", found, (Intent.GOOD_MODEL, 0.99)).act is not Act.REPORT
    assert route("vợ tôi nấu cơm cháy đáy ăn giòn lắm", NOTHING, (Intent.GOOD_MODEL, 0.99)).act is Act.REPORT


def test_small_talk_of_a_drill_is_no_model_to_follow() -> None:
    text, bound = "chiều nay trường cháu diễn tập vui ghê", BOUNDS.report_wordless
    shared = ((Intent.GOOD_MODEL, bound - STEP), (Intent.REPORT_HAZARD, 0.1))
    assert route(text, NOTHING, *shared).act is Act.NOT_KNOWN
    assert route(text, NOTHING, (Intent.GOOD_MODEL, bound)).act is Act.REPORT
    assert route(text, NOTHING, (Intent.REPORT_HAZARD, 0.5)).act is Act.REPORT  # of a danger little is enough
    assert route(f"xin khen {text}", NOTHING, *shared).act is Act.REPORT


def test_what_is_much_likelier_something_else_is_no_report_unless_it_names_much() -> None:
    text, report = "ruột gan tôi như lửa đốt vì chờ điểm thi", (Intent.REPORT_HAZARD, 0.3)
    assert route(text, NOTHING, (Intent.EMERGENCY, 0.45), report).act is Act.NOT_KNOWN
    assert route(text, NOTHING, (Intent.EMERGENCY, 0.44), report).act is Act.REPORT
    assert route(TOLD, NOTHING, (Intent.EMERGENCY, 0.45), report).act is Act.REPORT


@pytest.mark.parametrize(
    "text",
    [
        "gia đình tôi nên có mấy đường thoát",
        "nhà ống cần mấy bình chữa cháy vậy",
        "tổ liên gia là chi",
        "mắc chi mà chuồng cọp phải cắt",
        "chuông báo cháy hư chừ mần răng",
        "chung cư hư chuông thì ai chịu trách nhiệm",
    ],
)
def test_questions_as_they_are_asked_in_the_middle_and_the_south(text: str) -> None:
    assert is_question(text)
    assert route(text, NOTHING, (Intent.REPORT_HAZARD, 0.7)).act is not Act.REPORT


@pytest.mark.parametrize(
    "text",
    [
        "mấy năm nay lối thoát vẫn khóa",
        "chủ nhà trọ là chị Lan khóa cửa",
        "chuông hư mà không ai chịu trách nhiệm",
        "mấy bình chữa cháy ở hầm hết hạn",
        "lối thoát khóa rõ ràng mà phường làm ngơ",
    ],
)
def test_what_only_sounds_like_a_question_is_told(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "báo cho mặt trận là phường tôi trụ nước hư cả năm nay",
        "bao cho phuong la hem toi bi chan",
        "nhắn với công an giùm là hẻm bị chắn",
        "báo với ủy ban biết hẻm bị chắn",
    ],
)
def test_who_tells_an_authority_something_reports_it(text: str) -> None:
    assert route(text, NOTHING, (Intent.ASK_CAMPAIGN, 0.69)) == Route(Act.REPORT, report=ReportKind.HAZARD)


@pytest.mark.parametrize("text", ["mấy giờ thì gửi tin", "có gửi tin quảng cáo không", "khi nào thì nhận được tin"])
@pytest.mark.parametrize("intent", [Intent.SUBSCRIBE, Intent.PRIVACY_VIEW])
def test_who_asks_about_the_news_is_told_of_them_and_not_subscribed(text: str, intent: Intent) -> None:
    assert route(text, NOTHING, (intent, 0.98)) == Route(Act.COMMAND, command=Command.MY_NEWS)


@pytest.mark.parametrize("text", ["đăng ký nhận tin được không", "cho nhận tin, đừng quảng cáo"])
def test_who_asks_for_the_news_is_subscribed(text: str) -> None:
    assert route(text, NOTHING, (Intent.SUBSCRIBE, 0.98)).command is Command.NEWS


def test_a_report_may_be_a_margin_less_sure_than_search() -> None:
    enough = SURE.confidence - BOUNDS.report_margin + STEP
    assert route(TOLD, SURE, (Intent.REPORT_HAZARD, enough)).act is Act.REPORT
    assert route(TOLD, SURE, (Intent.REPORT_HAZARD, enough - 2 * STEP)).act is Act.ANSWER
    announced = SURE.confidence - BOUNDS.announced_margin + STEP
    assert route(f"em muốn phản ánh {TOLD}", SURE, (Intent.REPORT_HAZARD, announced)).act is Act.REPORT
    assert route(ASKED, SURE, (Intent.REPORT_HAZARD, SURE.confidence - STEP)).act is Act.ANSWER


def test_a_few_words_report_nothing() -> None:
    assert route("lối thoát bị khóa", NOTHING, (Intent.REPORT_HAZARD, 0.99)).act is Act.NOT_KNOWN


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("em xin khen đội cứu hỏa phường em", ReportKind.COMMENDATION),
        ("toi to cao can bo nhung nhieu", ReportKind.CONDUCT),
        ("cho em phản ánh hẻm bị chắn", ReportKind.HAZARD),
        ("tôi kiến nghị bỏ quy định này", ReportKind.OPINION),
    ],
)
def test_words_announce_a_report_without_rasa(text: str, kind: ReportKind) -> None:
    assert plaint_in(text) is kind
    assert route(text, NOTHING) == Route(Act.REPORT, report=kind)
    assert route(text + " thì làm sao?", NOTHING).act is Act.NOT_KNOWN


def test_words_announce_no_report_where_the_intent_is_a_command() -> None:
    assert route("cho em xem lại phản ánh của em", NOTHING, (Intent.TRACK_REPORT, 0.9)).command is Command.TRACK


def test_a_command_from_its_bound() -> None:
    bound, asking = BOUNDS.command, BOUNDS.command_though_asking
    assert route("đừng gửi nữa nghen", NOTHING, (Intent.UNSUBSCRIBE, bound)) == Route(Act.COMMAND, command=Command.STOP)
    assert route("đừng gửi nữa nghen", NOTHING, (Intent.UNSUBSCRIBE, bound - STEP)).act is Act.NOT_KNOWN
    assert route("bạn lưu gì về mình?", NOTHING, (Intent.PRIVACY_VIEW, asking)).command is Command.PRIVACY
    assert route("bạn lưu gì về mình?", NOTHING, (Intent.PRIVACY_VIEW, asking - STEP)).act is Act.NOT_KNOWN
    assert route("đừng gửi nữa nghen", SURE, (Intent.UNSUBSCRIBE, SURE.confidence - STEP)).act is Act.ANSWER


def test_telling_where_one_lives() -> None:
    text, told = "em ở phường Gò Vấp", (Intent.TELL_PLACE, 0.99)
    assert route(text, NOTHING, told).command is Command.HOME
    place = Finding(verdict=Verdict.PLACE, confidence=0.5, domain=0.9)
    assert route(text, place, told).act is Act.ANSWER  # search knows the place and its directive
    for bare_asked_or_long in ("phường Gò", "nhà tôi ở đâu?", " ".join(["nhà"] * 13)):
        assert route(bare_asked_or_long, NOTHING, told).act is Act.NOT_KNOWN


def test_deleting_only_the_home_or_everything() -> None:
    assert route("xóa nơi ở của tôi đi", NOTHING, (Intent.PRIVACY_DELETE, 0.9)).command is Command.FORGET_HOME
    assert route("xóa hết về tôi đi", NOTHING, (Intent.PRIVACY_DELETE, 0.9)).command is Command.ERASE


@pytest.mark.parametrize(
    ("intent", "screen"),
    [
        (Intent.GREET, Screen.GREETING),
        (Intent.GOODBYE, Screen.GOODBYE),
        (Intent.THANK, Screen.THANKS),
        (Intent.ASK_BOT, Screen.ABOUT_BOT),
        (Intent.ABUSE, Screen.ABUSE),
    ],
)
def test_small_talk_by_intent(intent: Intent, screen: Screen) -> None:
    bound = BOUNDS.abuse if intent is Intent.ABUSE else BOUNDS.social
    assert route("ê bot ơi", NOTHING, (intent, bound)) == Route(Act.SMALL_TALK, screen=screen)
    assert route("ê bot ơi", NOTHING, (intent, bound - STEP)).act is Act.NOT_KNOWN


def test_elsewhere() -> None:
    text, bound = "giá vàng hôm nay", BOUNDS.elsewhere
    assert route(text, OUTSIDE, (Intent.OUT_OF_SCOPE, bound)).act is Act.OUTSIDE
    assert route(text, NOTHING, (Intent.OUT_OF_SCOPE, bound)).act is Act.NOT_KNOWN
    assert route(text, replace(SUGGEST, domain=0.1), (Intent.OUT_OF_SCOPE, bound - STEP)).act is Act.SUGGEST


def test_what_search_found_is_shown_or_offered() -> None:
    assert route(ASKED, SURE) == route(ASKED, SURE, (Intent.GREET, 0.95)) == Route(Act.ANSWER)
    assert route(ASKED, NEAREST) == Route(Act.ANSWER)
    assert route(ASKED, SUGGEST) == Route(Act.SUGGEST)
    assert route(ASKED, NOTHING) == Route(Act.NOT_KNOWN)


@pytest.mark.parametrize(("finding", "bound"), [(NOTHING, BOUNDS.asks), (OUTSIDE, BOUNDS.asks_though_outside)])
def test_a_question_without_an_answer_is_asked_back(finding: Finding, bound: float) -> None:
    assert route(ASKED, finding, (Intent.ASK_FINE, bound)) == Route(Act.ASK_BACK, asked=Intent.ASK_FINE)
    assert route(ASKED, finding, (Intent.ASK_FINE, bound - STEP)).act is Act.NOT_KNOWN
    assert route(ASKED, replace(finding, cards=("a",)), (Intent.ASK_ESCAPE, bound)).act is Act.SUGGEST
    assert route(ASKED, finding, (Intent.ASK_ESCAPE, bound)).act is Act.NOT_KNOWN


def test_the_form_of_a_question() -> None:
    assert all(map(is_question, (ASKED, "khi nao nap lai binh vay ad", "mấy năm thì nạp lại bình", "alo?")))
    assert not any(map(is_question, (TOLD, "", "...")))
