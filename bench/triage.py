"""How long triage takes, and how it fares on the reviewed messages: `python -m bench.triage`."""

from __future__ import annotations

import statistics
from time import perf_counter

from intents.training import read_messages
from intents.triage import assess
from intents.weighing import Level

ROUNDS = 5


def _times(messages: list[str]) -> list[float]:
    """Return milliseconds per message."""
    taken = []
    for message in messages:
        start = perf_counter()
        assess(message)
        taken.append((perf_counter() - start) * 1000)
    return taken


def _rate(*, emergency: bool) -> tuple[int, int]:
    """Return how many reviewed messages were called an emergency, and how many there are."""
    messages = [message.text for message in read_messages() if message.emergency is emergency]
    return sum(assess(message).level is Level.EMERGENCY for message in messages), len(messages)


def main() -> None:
    messages = [message.text for message in read_messages() if message.source in ("rules", "bank", "questions")]
    print(f"first reading  p50 {statistics.median(_times(messages)):.3f} ms")
    warm = sorted(time for _ in range(ROUNDS) for time in _times(messages))
    p95 = warm[len(warm) * 95 // 100]
    print(f"warm           p50 {statistics.median(warm):.3f} ms, p95 {p95:.3f} ms, max {warm[-1]:.3f} ms")
    print(f"one megabyte   {_times(['em xin kể chuyện ' * 62_500])[0]:.1f} ms")
    for emergency, name in ((True, "emergencies"), (False, "calm")):
        found, total = _rate(emergency=emergency)
        print(f"{name:12} {found} of {total} called an emergency (trained on these; see intents.evaluate)")


if __name__ == "__main__":
    main()
