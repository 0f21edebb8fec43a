"""`python -m knowledge check`: validate all knowledge files, naming file and line of each fault."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from knowledge.faults import KnowledgeError
from knowledge.loading import load_knowledge


def main() -> int:
    """Run the command; exit code 1 when there is a fault."""
    parser = argparse.ArgumentParser(prog="python -m knowledge", description=__doc__)
    parser.add_argument("command", choices=["check"])
    parser.parse_args()
    try:
        base = load_knowledge(datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date())
    except KnowledgeError as error:
        print(error, file=sys.stderr)
        print(f"{len(error.faults)} fault(s)", file=sys.stderr)
        return 1
    passages = sum(1 for document in base.documents.values() for _ in document.passages())
    print(
        f"{len(base.documents)} documents, {passages} passages, {len(base.cards)} cards, "
        f"{len(base.emergencies)} emergency replies: no fault"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
