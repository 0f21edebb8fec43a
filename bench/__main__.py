"""`python -m bench`: every benchmark in one run, so that its figures can be set against each other."""

from __future__ import annotations

import importlib
import sys
from typing import Final

BENCHES: Final = (
    *("triage", "retrieval", "turn", "kills", "start", "burst", "crashes", "lanes"),
    *("reports", "monitoring", "beside", "audience", "campaign", "campaign_crashes"),
)


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them; 1 when one of them misses a bar."""
    missed = False
    for name in names or list(BENCHES):
        print(f"== {name}", flush=True)
        missed |= bool(importlib.import_module(f"bench.{name}").main())
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
