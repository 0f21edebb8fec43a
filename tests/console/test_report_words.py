"""What the console says of deadlines, of what comes next, and the answer templates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.console.reply_templates import ReplyTemplates, Use
from bot.console.report_forms import FORMS, offered
from bot.console.report_next import Mood, next_step
from bot.console.report_words import REJECT_REASONS, due_in_words
from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import FOR_MTTQ, Act, Hat, State, possible
from bot.feedback.rejections import RejectReason
from bot.feedback.reports import Report, Where
from bot.store.dispatches import DispatchState
from knowledge.faults import KnowledgeError

NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)  # a Wednesday
REPORT = Report(
    id=1,
    code="7K-2M9Q-XDAB",
    kind=ReportKind.HAZARD,
    category=Category.BLOCKED_EXIT,
    state=State.RECEIVED,
    text="Lối thoát bị chặn.",
    where=Where("01", "00364"),
    channel="web",
    told=True,
    has_contact=False,
    created_at=NOW,
    changed_at=NOW,
    due_hat=Hat.MTTQ,
    due_at=NOW,
    late=False,
    claimed_by=7,
    claimed_name="Trần Văn Cán",
    claimed_at=NOW,
    agency_id=None,
    agency_name=None,
    duplicate_of=None,
    duplicates=(),
    supporters=0,
    reopened=0,
    photos=(),
    erased=False,
    version=1,
)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0.1, "hết hạn hôm nay"),
        (1, "còn 1 ngày làm việc"),
        (5, "còn 3 ngày làm việc"),  # over a weekend
        (-0.1, "vừa quá hạn"),
        (-1, "quá hạn 1 ngày làm việc"),
        (-5, "quá hạn 3 ngày làm việc"),
    ],
)
def test_deadlines_in_words(days: float, words: str) -> None:
    assert due_in_words(NOW + timedelta(days=days), NOW, Deadlines.load().working_days) == words


def test_no_deadline_no_words() -> None:
    assert due_in_words(None, NOW, Deadlines.load().working_days) == ""


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("category", [Category.BLOCKED_EXIT, Category.QUESTION])
@pytest.mark.parametrize("late", [True, False])
def test_what_comes_next_can_be_done(state: State, category: Category, *, late: bool) -> None:
    report = replace(REPORT, state=state, category=category, kind=category.kind, claimed_by=None)
    step = next_step(report, 7, late=late)
    assert step.title
    assert step.words
    assert set(step.forms) <= {form.name for form in offered(report, 7)}
    if step.mood in {Mood.DO, Mood.LATE}:
        assert step.forms


@pytest.mark.parametrize("state", State)
def test_every_act_of_an_officer_has_a_form(state: State) -> None:
    for kind, category in ((ReportKind.HAZARD, Category.CAGE), (ReportKind.QUESTION, Category.QUESTION)):
        report = replace(REPORT, state=state, kind=kind, category=category)
        acts = {form.act for form in offered(report, 7) if form.act}
        assert acts == set(possible(state, Hat.MTTQ, kind))
    assert {form.act for form in FORMS.values()} >= {act for act in Act if act not in {Act.CONFIRM, Act.WITHDRAW}}


def test_an_anonymous_answer_is_closed_at_once() -> None:
    step = next_step(replace(REPORT, state=State.ANSWERED, told=False), 7, late=False)
    assert (step.mood, step.forms[0]) == (Mood.DO, "close")


def test_a_mail_that_failed_comes_first() -> None:
    report = replace(REPORT, state=State.FORWARDED, agency_name="Công an phường")
    assert next_step(report, 7, late=False, delivery=DispatchState.FAILED).mood is Mood.LATE
    assert "cơ quan khác" in next_step(report, 7, late=False, delivery=DispatchState.DECLINED).title
    assert "In phiếu chuyển" in next_step(report, 7, late=False, delivery=DispatchState.HANDED_OVER).title
    assert next_step(report, 7, late=False, delivery=DispatchState.SENT, asked=True).forms == ("tell_agency",)
    answered = replace(report, state=State.ANSWERED)
    assert "Chờ người dân" in next_step(answered, 7, late=False, delivery=DispatchState.FAILED).title


def test_somebody_else_s_report_is_named_so() -> None:
    assert "Trần Văn Cán đang xử lý" in next_step(REPORT, 8, late=False).words


def test_every_reason_has_a_name() -> None:
    assert set(REJECT_REASONS) == set(RejectReason)


def test_every_template_is_offered_somewhere_and_filled() -> None:
    templates = ReplyTemplates.read()
    for use in Use:
        assert any(templates.offered(use, kind) for kind in ReportKind), use
        for kind in ReportKind:
            for one in templates.offered(use, kind):
                filled = templates.text(one.id, use, replace(REPORT, kind=kind))
                assert filled
                assert "{" not in filled
    for kind in FOR_MTTQ:
        assert templates.offered(Use.REPLY, kind), kind
    for kind in ReportKind:
        for use in (Use.ASK, Use.ANSWER, Use.REJECT, Use.CLOSE, Use.FORWARD, Use.REOPEN):
            assert templates.offered(use, kind), (use, kind)


def test_a_template_is_offered_only_where_it_suits() -> None:
    templates = ReplyTemplates.read()
    assert templates.text("reply-model", Use.REPLY, REPORT) is None
    assert templates.text("nothing", Use.REPLY, REPORT) is None


def test_names_that_are_not_known_stay_to_be_filled_in() -> None:
    templates = ReplyTemplates.read()
    text = templates.text("answer-done", Use.ANSWER, REPORT)
    assert text
    assert text.startswith("[tên cơ quan] trả lời")
    assert "[tên cơ quan]" in templates.gaps(text)
    with_agency = templates.text("answer-done", Use.ANSWER, replace(REPORT, agency_name="UBND phường"))
    assert with_agency
    assert with_agency.startswith("UBND phường trả lời")


@pytest.mark.parametrize(
    ("lines", "line", "fault"),
    [
        ("- {id: a, use: [reply], name: A, text: x}\n  - {id: a, use: [ask], name: B, text: y}", 3, "twice"),
        ("- {id: a, use: [shout], name: A, text: x}", 2, "Input should be"),
        ("- {id: a, use: [], name: A, text: x}", 2, "no use"),
        ("- {id: a, use: [reply], name: A, text: 'xin {ten}'}", 2, "unknown place to fill {ten}"),
        ("- {id: a, use: [reply], name: ' ', text: x}", 2, "empty"),
        ("- {id: a, use: [reply], name: A, text: x, kind: [law]}", 2, "Unexpected"),
    ],
)
def test_faults_of_the_file_name_their_line(tmp_path: Path, lines: str, line: int, fault: str) -> None:
    file = tmp_path / "mau-cau.yml"
    file.write_text(f"templates:\n  {lines}\n", "utf-8")
    with pytest.raises(KnowledgeError) as caught:
        ReplyTemplates.read(file)
    assert f"mau-cau.yml:{line}: " in str(caught.value)
    assert fault in str(caught.value)
