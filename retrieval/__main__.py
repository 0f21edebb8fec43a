"""`python -m retrieval evaluate DIR`: measure search on any set in BEIR form."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from retrieval.beir import MalformedSetError, read_set
from retrieval.evaluation import as_table, evaluate


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code."""
    options = _parser().parse_args(arguments)
    run: int = options.run(options)
    return run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m retrieval", description="Search over the knowledge base.")
    commands = parser.add_subparsers(required=True, metavar="command")
    evaluating = commands.add_parser("evaluate", help="measure four systems on a set in BEIR form")
    evaluating.add_argument("folder", type=Path, metavar="DIR", help="corpus.jsonl, queries.jsonl, qrels.tsv")
    evaluating.add_argument("--fold-queries", action="store_true", help="ask without diacritics")
    evaluating.add_argument("--split", type=Path, metavar="FILE", help="ids of the questions to score, one a line")
    evaluating.add_argument("--json", action="store_true", help="print JSON instead of a table")
    evaluating.set_defaults(run=_evaluate)
    return parser


def _evaluate(options: argparse.Namespace) -> int:
    try:
        data = read_set(options.folder, options.split)
    except MalformedSetError as error:
        print(error, file=sys.stderr)
        return 2
    results = evaluate(data, fold_queries=options.fold_queries)
    print(json.dumps({name: one.as_json() for name, one in results.items()}) if options.json else as_table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
