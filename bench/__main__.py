"""`python -m bench`: every benchmark in one run, so that its figures can be set against each other."""

from __future__ import annotations

import importlib
import sys
from typing import Final

BENCHES: Final = ("triage", "retrieval", "turn", "kills", "start")


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all of them."""
    for name in names or list(BENCHES):
        print(f"== {name}", flush=True)
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
