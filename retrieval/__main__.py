"""`python -m retrieval`: build the index, fit the calibration, measure search."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from knowledge.clock import today
from knowledge.faults import KnowledgeError
from knowledge.loading import KNOWLEDGE_FOLDER, load_for_service, load_knowledge
from retrieval import ablation
from retrieval.beir import MalformedSetError, read_set
from retrieval.building import CALIBRATION_FILE, OWN_MIX, open_search
from retrieval.collection import collection
from retrieval.evaluation import as_table, evaluate
from retrieval.fitting import fit_calibration, measure, outside_examples
from retrieval.labelled import read_outside, read_questions


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        run: int = options.run(options)
    except KnowledgeError as error:
        print(error, file=sys.stderr)
        return 1
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
    building = commands.add_parser("build", help="index the knowledge base, unless this content is indexed already")
    building.set_defaults(run=_build)
    calibrating = commands.add_parser("calibrate", help="fit the calibration on the labelled questions and keep it")
    calibrating.set_defaults(run=_calibrate)
    ablating = commands.add_parser("ablation", help="measure what each part of search is worth on the cards")
    ablating.set_defaults(run=_ablate)
    return parser


def _ablate(_options: argparse.Namespace) -> int:
    passages = collection(load_knowledge(today()), today())
    print(ablation.as_table(ablation.ablate(passages, read_questions(), OWN_MIX)))
    return 0


def _build(_options: argparse.Namespace) -> int:
    index = open_search(load_for_service(today(), _knowledge_dir()), _data_dir(), today())
    print(f"index of {len(index.passages)} cards and passages, dense search {index.dense_state}")
    return 0


def _calibrate(_options: argparse.Namespace) -> int:
    index = open_search(load_knowledge(today()), _data_dir(), today())
    indexes, questions = [index, index.without_dense()], read_questions()
    outside = outside_examples(indexes, read_outside())
    fit_calibration(indexes, questions, outside).save(CALIBRATION_FILE)
    print("| asked | right | offered | wrong | unanswerable answered |\n| --- | --- | --- | --- | --- |")
    for one in measure(indexes, questions, outside):
        shares = (one.right, one.suggested, one.wrong, one.unanswerable_answered)
        print(f"| {one.name} | " + " | ".join(f"{share:.1%}" for share in shares) + " |")
    return 0


def _data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR") or "var")


def _knowledge_dir() -> Path:
    return Path(os.environ.get("KNOWLEDGE_DIR") or KNOWLEDGE_FOLDER)


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
