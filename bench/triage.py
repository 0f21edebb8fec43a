"""How long triage takes, and how it fares on the message files: `python -m bench.triage`."""

from __future__ import annotations

import statistics
from time import perf_counter

from intents.triage import Level, assess
from tests.intents.messages import read_messages

ROUNDS = 5


def _times(messages: list[str]) -> list[float]:
    """Return milliseconds per message."""
    taken = []
    for message in messages:
        start = perf_counter()
        assess(message)
        taken.append((perf_counter() - start) * 1000)
    return taken


def _rate(name: str) -> tuple[int, int]:
    """Return how many messages of a file were called an emergency, and how many there are."""
    messages = [message for _, message in read_messages(name)]
    return sum(assess(message).level is Level.EMERGENCY for message in messages), len(messages)


def main() -> None:
    messages = [message for name in ("emergencies.yml", "lookalikes.yml") for _, message in read_messages(name)]
    print(f"first reading  p50 {statistics.median(_times(messages)):.3f} ms")
    warm = sorted(time for _ in range(ROUNDS) for time in _times(messages))
    p95 = warm[len(warm) * 95 // 100]
    print(f"warm           p50 {statistics.median(warm):.3f} ms, p95 {p95:.3f} ms, max {warm[-1]:.3f} ms")
    print(f"one megabyte   {_times(['em xin kể chuyện ' * 62_500])[0]:.1f} ms")
    for name in ("emergencies.yml", "lookalikes.yml"):
        found, total = _rate(name)
        print(f"{name:16} {found} of {total} called an emergency (rules were tuned on these)")


if __name__ == "__main__":
    main()
