"""Forwarding without a database: settings of mail, the words of the letter, and the mail server's moods."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.channels.contract import Mark
from bot.feedback.agency_hints import HINTS
from bot.feedback.covering_letter import asked_of_agency, letter, mail, place_words
from bot.feedback.deadlines import Deadlines, Term
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import FOR_MTTQ, Hat, State
from bot.feedback.mail import Accepted, Deferred, Mailer, MailSettings, Perhaps, Refused, Security
from bot.feedback.reports import Report, Where
from bot.mail_diagnosis import diagnose_mail
from bot.mail_settings import mail_settings
from bot.reading_settings import SettingError
from bot.settings import Settings
from bot.store.dispatches import Dispatch, DispatchState, Way
from tests.fakes.smtp import mail_server
from tests.integration.forwarding_rig import UNITS, WHERE, coded

AT: Final = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LINK: Final = "https://pccc.example.vn/co-quan/" + "k" * 43
TERMS: Final = Deadlines.load()
SENDER: Final = Address("Ban Mặt trận", addr_spec="pccc@mttq.example.vn")
REPORT: Final = Report(
    id=1,
    code="7K-2M9Q-XDAB",
    kind=ReportKind.HAZARD,
    category=Category.BLOCKED_EXIT,
    state=State.FORWARDED,
    text="Xe máy chặn kín lối thoát.",
    where=WHERE,
    channel="web",
    told=True,
    has_contact=True,
    created_at=AT,
    changed_at=AT,
    due_hat=Hat.AGENCY,
    due_at=datetime(2026, 12, 1, 10, 0, tzinfo=UTC),
    late=False,
    claimed_by=None,
    claimed_name=None,
    claimed_at=None,
    agency_id=1,
    agency_name="Công an phường Kim Mã",
    duplicate_of=None,
    duplicates=(),
    supporters=0,
    reopened=0,
    photos=(),
    erased=False,
    version=3,
)
DISPATCH: Final = Dispatch(
    id=5,
    report_id=1,
    agency_id=1,
    agency_name="Công an phường Kim Mã",
    email="congan@kimma.example.vn",
    staff_id=1,
    staff_name="Nguyễn Thị Lan, Phó Chủ tịch",
    way=Way.EMAIL,
    state=DispatchState.SENDING,
    note="Đề nghị kiểm tra.",
    created_at=AT,
    expires_at=AT + timedelta(days=60),
    tries=1,
    error=None,
    sent_at=None,
    opened_at=None,
    answered_at=None,
    shown=True,
    acting=True,
    printable=True,
)


def read_back(message: EmailMessage) -> EmailMessage:
    """Return a mail as it arrives."""
    arrived = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert isinstance(arrived, EmailMessage)
    return arrived


# Settings


@pytest.mark.parametrize(
    ("address", "host", "port", "security", "user", "password"),
    [
        ("smtps://pccc:b%40t%3A%2F@mail.example.vn:465", "mail.example.vn", 465, Security.TLS, "pccc", "b@t:/"),
        ("smtps://mail.example.vn", "mail.example.vn", 465, Security.TLS, None, None),
        ("smtp://a%40b.vn:x@mail.example.vn", "mail.example.vn", 587, Security.STARTTLS, "a@b.vn", "x"),
        ("smtp://mail.example.vn:2525/", "mail.example.vn", 2525, Security.STARTTLS, None, None),
        ("smtp://localhost", "localhost", 25, Security.NONE, None, None),
        ("smtp://[::1]:1025", "::1", 1025, Security.NONE, None, None),
    ],
)
def test_a_mail_server_is_one_address(
    address: str, host: str, port: int, security: Security, user: str | None, password: str | None
) -> None:
    found = mail_settings({"SMTP_URL": address, "MAIL_FROM": "pccc@mttq.example.vn"})
    assert found is not None
    assert (found.host, found.port, found.security) == (host, port, security)
    assert (found.user, found.password) == (user, password)
    assert "b@t" not in repr(found)


def test_without_a_server_there_is_no_mail() -> None:
    assert mail_settings({}) is None
    assert Settings.from_environment({}).mail is None


@pytest.mark.parametrize(
    "address",
    [
        "mail.example.vn",
        "http://mail.example.vn",
        "smtps://",
        "smtps://bimat:@mail.example.vn:99999",
        "smtps://bimat@mail.example.vn",
        "smtps://x:bimat@mail.example.vn/path",
        "smtps://x:bimat@mail.example.vn?tls=off",
        "smtps://x:bimat@[mail",
    ],
)
def test_another_address_is_refused_without_quoting_it(address: str) -> None:
    with pytest.raises(SettingError, match="SMTP_URL") as error:
        mail_settings({"SMTP_URL": address, "MAIL_FROM": "pccc@mttq.example.vn"})
    assert "bimat" not in str(error.value)


@pytest.mark.parametrize("sender", ["x", "a@b", "<>", "a@b.vn, c@d.vn", "ă@b.vn", "a@b.vn\nBcc: c@d.vn", "a b@c.vn"])
def test_another_sender_is_refused(sender: str) -> None:
    with pytest.raises(SettingError, match="MAIL_FROM"):
        mail_settings({"SMTP_URL": "smtps://mail.example.vn", "MAIL_FROM": sender})


@pytest.mark.parametrize("one", ["SMTP_URL", "MAIL_FROM"])
def test_one_setting_needs_the_other(one: str) -> None:
    with pytest.raises(SettingError, match="SMTP_URL"):
        mail_settings({one: {"SMTP_URL": "smtps://mail.example.vn", "MAIL_FROM": "a@b.vn"}[one]})


# The letter


def test_the_letter_says_what_an_agency_needs_and_nothing_of_the_resident() -> None:
    words = letter(REPORT, DISPATCH, LINK, coded, TERMS)
    for part in (
        "Kính gửi: Công an phường Kim Mã",
        "Số phản ánh: 2M9Q",
        "Nội dung thuộc: Lối thoát nạn bị chặn",
        "Đề nghị báo tiếp nhận: chậm nhất ngày 01/12/2026\n",
        "Đề nghị trả lời: trong 10 ngày làm việc kể từ ngày tiếp nhận, chậm nhất ngày 15/12/2026\n",
        "    > Xe máy chặn kín lối thoát.",
        "    > Đề nghị kiểm tra.",
        "dùng được đến hết ngày 19/01/2027",
        LINK,
        "Người chuyển: Nguyễn Thị Lan, Phó Chủ tịch",
        "gọi ngay 114",
        "việc kiểm tra, xử lý thuộc thẩm quyền của cơ quan",
    ):
        assert part in words
    assert "liên hệ" not in words


def test_the_day_to_answer_is_the_one_the_life_cycle_will_give() -> None:
    # Given a report that is taken up on the last day for that
    assert REPORT.due_at is not None
    taken_up = replace(REPORT, state=State.HANDLING, due_at=TERMS.end(REPORT.due_at, 10))
    # Then the latest day named before is the one that holds from then on, and the only one
    assert asked_of_agency(taken_up, TERMS) == (("Đề nghị trả lời", "chậm nhất ngày 15/12/2026"),)
    assert asked_of_agency(replace(REPORT, due_hat=Hat.MTTQ), TERMS) == ()
    # And an office's own terms for a kind of report are named
    shorter = Deadlines(
        {State.FORWARDED: Term(Hat.AGENCY, 3), State.HANDLING: Term(Hat.AGENCY, 10)},
        Term(Hat.MTTQ, 5),
        of_kinds={ReportKind.HAZARD: {State.HANDLING: 2}},
    )
    term = "trong 2 ngày làm việc kể từ ngày tiếp nhận, chậm nhất ngày 03/12/2026"
    assert asked_of_agency(REPORT, shorter)[1] == ("Đề nghị trả lời", term)


def test_what_is_not_there_is_left_out() -> None:
    words = letter(replace(REPORT, due_at=None, where=Where()), replace(DISPATCH, note=""), LINK, coded, TERMS)
    assert "Đề nghị trả lời" not in words
    assert "Ý kiến của Mặt trận" not in words
    assert "Nơi xảy ra: Chưa rõ" in words


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (Where(), "Chưa rõ"),
        (Where(words="ngõ 5"), "ngõ 5"),
        (Where("01"), "Thành phố Hà Nội"),
        (Where(None, "00007"), "Phường Kim Mã, Thành phố Hà Nội"),
        (Where("01", "00007", "ngõ 5"), "ngõ 5, Phường Kim Mã, Thành phố Hà Nội"),
        (Where("99", "99999"), "Chưa rõ"),
        (Where(pin=(21.03, 105.83)), "vị trí trên bản đồ: 21.03000, 105.83000"),
    ],
)
def test_a_place_in_words(where: Where, words: str) -> None:
    assert place_words(where, UNITS.get) == words


def test_typed_words_reach_no_header_and_cannot_pose_as_the_letter() -> None:
    injected = "x\r\nBcc: ke.trom@example.vn\r\n\r\nKính gửi: ai đó"
    report = replace(REPORT, text=injected, where=replace(WHERE, words=injected))
    dispatch = replace(DISPATCH, agency_name=injected, note=injected)
    arrived = read_back(mail(report, dispatch, LINK, SENDER, coded, TERMS))
    assert arrived["Bcc"] is None
    assert arrived["To"].addresses[0].addr_spec == "congan@kimma.example.vn"
    assert len(arrived["To"].addresses) == 1
    lines = arrived.get_content().splitlines()
    assert [line for line in lines if line.startswith("Kính gửi: ")] == [
        "Kính gửi: x Bcc: ke.trom@example.vn Kính gửi: ai đó"
    ]
    assert "Bcc: ke.trom@example.vn" not in lines


@pytest.mark.parametrize("email", ["a@b.vn\r\nBcc: c@d.vn", "a@b.vn, c@d.vn", "<a@b.vn>", None])
def test_an_address_that_is_none_makes_no_mail(email: str | None) -> None:
    with pytest.raises(ValueError, match=r".+"):
        mail(REPORT, replace(DISPATCH, email=email), LINK, SENDER, coded, TERMS).as_bytes()


def test_the_mail_is_plain_and_keeps_its_letters() -> None:
    message = mail(REPORT, DISPATCH, LINK, SENDER, coded, TERMS)
    arrived = read_back(message)
    assert arrived["Subject"] == "Mặt trận Tổ quốc chuyển phản ánh 2M9Q: Lối thoát nạn bị chặn"
    assert arrived["From"].addresses[0].display_name == "Ban Mặt trận"
    assert arrived.get_content_type() == "text/plain"
    assert arrived.get_content().replace("\r\n", "\n") == letter(REPORT, DISPATCH, LINK, coded, TERMS)
    assert arrived["Message-ID"] == read_back(mail(REPORT, DISPATCH, LINK, SENDER, coded, TERMS))["Message-ID"]
    assert "k" * 20 not in str(arrived["Message-ID"])
    assert max(map(len, message.as_bytes().splitlines())) <= 998  # RFC 5322, 2.1.1


def test_every_category_that_agencies_handle_has_a_hint() -> None:
    assert set(HINTS) == {one for one in Category if one.kind not in FOR_MTTQ}


# The mail server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that nobody but the test trusts, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path: Path = tmp_path_factory.mktemp("certificate") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def presenting(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def settings(port: int, security: Security = Security.NONE, password: str | None = None) -> MailSettings:
    return MailSettings(
        host="127.0.0.1",
        port=port,
        security=security,
        sender=SENDER,
        user="pccc" if password else None,
        password=password,
    )


def a_mail() -> EmailMessage:
    return mail(REPORT, DISPATCH, LINK, SENDER, coded, TERMS)


TO: Final = "congan@kimma.example.vn"


async def test_mail_goes_through_tls_after_signing_in(certificate: Path) -> None:
    async with mail_server(tls=presenting(certificate), password="bí mật") as server:
        mailer = Mailer(settings(server.port, Security.TLS, "bí mật"), tls=trusting(certificate))
        assert await mailer.reachable() is None
        assert await mailer.send(a_mail(), TO) == Accepted()
    assert len(server.taken) == 1
    assert server.logins == [("pccc", "bí mật")] * 2


async def test_mail_goes_through_starttls(certificate: Path) -> None:
    async with mail_server(starttls=presenting(certificate), password="x") as server:
        mailer = Mailer(settings(server.port, Security.STARTTLS, "x"), tls=trusting(certificate))
        assert await mailer.send(a_mail(), TO) == Accepted()
    assert len(server.taken) == 1


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_a_certificate_that_nobody_trusts_gets_neither_password_nor_mail(
    certificate: Path, security: Security
) -> None:
    shown = {"tls": presenting(certificate)} if security is Security.TLS else {"starttls": presenting(certificate)}
    async with mail_server(password="x", **shown) as server:
        mailer = Mailer(settings(server.port, security, "x"))
        outcome = await mailer.send(a_mail(), TO)
        assert isinstance(outcome, Deferred)
        assert "chứng chỉ" in outcome.reason
        assert (server.logins, server.taken) == ([], [])


async def test_a_wrong_password_is_said_and_may_be_corrected() -> None:
    async with mail_server(password="đúng") as server:
        outcome = await Mailer(settings(server.port, password="sai")).send(a_mail(), TO)
        assert isinstance(outcome, Deferred)
        assert "mật khẩu" in outcome.reason
        assert "sai" not in outcome.reason
        assert server.taken == []


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        ({"to_recipient": ["450 later"]}, Deferred),
        ({"to_recipient": ["550 nobody"]}, Refused),
        ({"to_data": ["452 full"]}, Deferred),
        ({"to_data": ["554 spam"]}, Refused),
        ({"drops_at_recipient": 1}, Deferred),
        ({"drops_after_data": 1}, Perhaps),
        ({"drops_after_data": 1, "takes_dropped": True}, Perhaps),
        ({"silent": True}, Perhaps),
    ],
)
async def test_each_mood_of_a_server_has_its_outcome(behaviour: dict[str, Any], kind: type) -> None:
    async with mail_server(**behaviour) as server:
        outcome = await Mailer(settings(server.port), seconds=0.5).send(a_mail(), TO)
    assert type(outcome) is kind


async def test_no_server_is_no_loss(unused_tcp_port_factory: Callable[[], int]) -> None:
    outcome = await Mailer(settings(unused_tcp_port_factory())).send(a_mail(), TO)
    assert isinstance(outcome, Deferred)
    assert "không nối được" in outcome.reason


# What the doctor says


async def test_the_doctor_says_how_mail_stands() -> None:
    assert (await diagnose_mail(Settings())).mark is Mark.CAUTION
    async with mail_server() as server:
        set_up = replace(Settings(), mail=settings(server.port))
        assert "PUBLIC_URL" in (await diagnose_mail(set_up)).text
        public = replace(set_up, public_url="https://pccc.example.vn")
        well = await diagnose_mail(public)
        assert (well.mark, server.taken) == (Mark.GOOD, [])
        assert "pccc@mttq.example.vn" in well.text
    away = await diagnose_mail(public)
    assert away.mark is Mark.BAD
    assert away.next_step
