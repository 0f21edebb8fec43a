"""Who may tell us of events."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from bot.channels.contract import RefusedError
from bot.channels.zalo_oa.settings import SignedId, ZaloOaSettings
from bot.channels.zalo_oa.signature import Signature, moment
from tests.bot.channels.zalo_oa.setting import NOW, settings_for
from tests.fakes.zalo_oa import APP_ID, OA_ID, USER, WEBHOOK_SECRET, FakeZaloOa

# Computed once with Python's hashlib from the formula of Zalo's SDK; no event of the real Zalo was at hand.
VECTOR: Final = (
    '{"app_id":"1234567890","sender":{"id":"246845883529197922"},"recipient":{"id":"388613280878808645"},'
    '"event_name":"user_send_text","message":{"text":"Xin chào","msg_id":"96d3cdf3af150460909"},'
    '"timestamp":"1795282441595"}'
)
MAC: Final = "817f405abc3d09739e6bb5483b700ebd8a3e9691853e58b4376513f68d08af7c"
THEN: Final = datetime.fromtimestamp(1_795_282_441.595, UTC)


def signature(**changes: Any) -> Signature:
    return Signature(settings_for("", **changes))


def refused(check: Signature, headers: dict[str, str], raw: bytes, now: datetime = THEN) -> str:
    with pytest.raises(RefusedError) as refusal:
        check.check(headers, raw, now)
    assert refusal.value.status == 403
    return refusal.value.reason


def signed(body: dict[str, Any], front: str = APP_ID, time: str | None = None) -> tuple[dict[str, str], bytes]:
    raw = json.dumps(body).encode()
    tail = f"{time or body.get('timestamp', '')}{WEBHOOK_SECRET}"
    return {"X-ZEvent-Signature": "mac=" + hashlib.sha256(front.encode() + raw + tail.encode()).hexdigest()}, raw


def test_the_known_vector_is_accepted() -> None:
    for given in (f"mac={MAC}", MAC, f" MAC={MAC.upper()} "):
        signature().check({"x-zevent-signature": given}, VECTOR.encode(), THEN)


def test_json_written_anew_is_refused() -> None:
    anew = json.dumps(json.loads(VECTOR)).encode()
    assert refused(signature(), {"X-ZEvent-Signature": f"mac={MAC}"}, anew) == "the signature is wrong"


def test_hmac_is_refused() -> None:
    raw = VECTOR.encode()
    mac = hmac.new(WEBHOOK_SECRET.encode(), raw, hashlib.sha256).hexdigest()
    assert refused(signature(), {"X-ZEvent-Signature": f"mac={mac}"}, raw) == "the signature is wrong"


def test_without_a_secret_nothing_is_accepted() -> None:
    raw = VECTOR.encode()
    for secrets in ((), ("",)):
        mac = hashlib.sha256(APP_ID.encode() + raw + b"1795282441595").hexdigest()
        check = signature(webhook_secrets=secrets)
        assert refused(check, {"X-ZEvent-Signature": f"mac={mac}"}, raw) == "the signature is wrong"


def test_which_secret_matches_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    check = signature()
    for _ in range(3):
        check.check({"X-ZEvent-Signature": f"mac={MAC}"}, VECTOR.encode(), THEN)
    assert [one.message for one in caplog.records] == ["zalo_oa: events are signed with webhook secret no. 2"]
    assert WEBHOOK_SECRET not in caplog.text


def test_of_genuine_events_only_those_of_another_app_are_refused() -> None:
    body = json.loads(VECTOR)
    assert "app" in refused(signature(), *signed({**body, "app_id": "7"}))
    # Zalo switches a webhook off that goes on refusing what another OA of the app is told.
    signature().check(*signed({**body, "recipient": {"id": "7"}}), THEN)
    signature().check(*signed({**body, "oa_id": "7"}), THEN)
    group = {**body, "oa_id": OA_ID, "recipient": {"id": "a group"}}
    signature().check(*signed(group), THEN)
    signature().check(*signed({"event_name": "x", "timestamp": body["timestamp"]}), THEN)
    signature().check(*signed({**body, "app_id": int(APP_ID), "recipient": {"id": int(OA_ID)}}), THEN)


def test_what_is_older_than_any_repetition_is_refused() -> None:
    headers, raw = {"X-ZEvent-Signature": f"mac={MAC}"}, VECTOR.encode()
    signature().check(headers, raw, THEN + timedelta(hours=24))
    assert "older" in refused(signature(), headers, raw, THEN + timedelta(hours=24, milliseconds=1))
    signature(oldest_event=timedelta(days=3)).check(headers, raw, THEN + timedelta(days=2))


def test_a_time_that_cannot_be_read_is_set_aside_by_the_parser_but_none_at_all_cannot_be_verified() -> None:
    signature().check(*signed({"timestamp": "yesterday"}), THEN)
    assert "wrong" in refused(signature(), *signed({"event_name": "x"}))


def test_other_ways_to_sign_are_accepted_only_when_they_are_set() -> None:
    body = json.loads(VECTOR)
    by_oa = signed(body, front=OA_ID)
    refused(signature(), *by_oa)
    signature(signed_ids=(SignedId.APP, SignedId.OA)).check(*by_oa, THEN)
    headers, raw = signed(body, time="1795282441600")
    headers["X-ZEvent-Timestamp"] = "1795282441600"
    refused(signature(), headers, raw)
    signature(timestamp_header="x-zevent-timestamp").check(headers, raw, THEN)


@pytest.mark.parametrize("raw", [b"", b"[]", b"7", b"\xff\xfe", b"{", b"[" * 100_000])
def test_what_is_no_object_cannot_be_verified(raw: bytes) -> None:
    assert "cannot be verified" in refused(signature(), {"X-ZEvent-Signature": f"mac={MAC}"}, raw)


@pytest.mark.parametrize("given", [None, "", "mac=", "ế" * 64, "\udcff" * 64, "=" * 64, MAC[:-1], "mac=mac=" + MAC])
def test_odd_headers_are_refused(given: str | None) -> None:
    headers = {} if given is None else {"X-ZEvent-Signature": given}
    refused(signature(), headers, VECTOR.encode())


def test_the_fake_signs_as_zalo_does() -> None:
    fake = FakeZaloOa()
    fake_headers, raw = fake.signed({**json.loads(VECTOR)})
    assert raw == VECTOR.encode()
    assert fake_headers["X-ZEvent-Signature"] == f"mac={MAC}"
    assert USER in VECTOR


@pytest.mark.parametrize("odd", [None, "", "x", 1.5, True, "9" * 400, 10**30, [], {}])
def test_what_is_no_time_is_none(odd: object) -> None:
    assert moment(odd) is None


def test_the_file_that_verifies_the_domain() -> None:
    settings = ZaloOaSettings(app_id="1", app_secret="s", oa_id="2", verifier="Cd3f")
    assert settings.verifier_path == "/zalo_verifierCd3f.html"
    assert 'name="zalo-platform-site-verification" content="Cd3f"' in settings.verifier_body
    assert ZaloOaSettings(app_id="1", app_secret="s", oa_id="2").verifier_path is None
    assert ZaloOaSettings(app_id="1", app_secret="s", oa_id="2").verifier_body == ""
    assert NOW.tzinfo is not None
