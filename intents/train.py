"""Train the second opinion from `intents/data` and write `intents/opinion.json`: `python -m intents.train`."""

from __future__ import annotations

from intents.opinion import WEIGHTS
from intents.training import read_messages, train, write


def main() -> None:
    messages = read_messages()
    write(train(messages), WEIGHTS)
    print(f"{len(messages)} messages, {WEIGHTS.stat().st_size / 1000:.0f} kB in {WEIGHTS.name}")


if __name__ == "__main__":
    main()
