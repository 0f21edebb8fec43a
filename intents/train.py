"""Train the second opinion from `intents/data`: `python -m intents.train` writes `intents/opinion.json`.

`python -m intents.train --check` trains again and says whether the stored weights are those.
"""

from __future__ import annotations

import json
import sys

from intents.opinion import WEIGHTS
from intents.training import fingerprint, read_messages, train, write


def main(arguments: list[str]) -> int:
    messages = read_messages()
    model = {"trained_from": fingerprint(), **train(messages)}
    if "--check" in arguments:
        same = json.loads(WEIGHTS.read_text(encoding="utf-8")) == model
        print("the stored weights are reproduced" if same else "the stored weights differ")
        return 0 if same else 1
    write(model, WEIGHTS)
    print(f"{len(messages)} messages, {WEIGHTS.stat().st_size / 1000:.0f} kB in {WEIGHTS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
