"""`python -m retrieval evaluate`: what it prints, and what it says of a set that it cannot read."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from retrieval.beir import MalformedSetError, read_set
from retrieval.systems import WhitespaceSystem
from retrieval.texts import Entry

ROOT = Path(__file__).parents[2]
MEASURES = {"hit@1", "hit@10", "mrr@10", "ndcg@10", "build_s", "p50_ms", "p95_ms", "memory_mb"}
WriteSet = Callable[..., Path]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "retrieval", "evaluate", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_json_is_all_that_is_printed(write_set: WriteSet) -> None:
    done = run(str(write_set()), "--json", "--fold-queries")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert list(results) == ["whitespace", "bm25f", "dense", "mixed"]
    assert all(set(measures) == MEASURES for measures in results.values())
    assert results["mixed"]["mrr@10"] == results["bm25f"]["hit@1"] == 1
    assert results["whitespace"]["hit@1"] < 1  # it does not know words without their diacritics


def test_the_table_has_a_row_for_each_system(write_set: WriteSet) -> None:
    folder = write_set()
    (folder / "split.txt").write_text("2\n\n", encoding="utf-8")
    done = run(str(folder), "--split", str(folder / "split.txt"))
    rows = done.stdout.splitlines()
    assert [row.split("|")[1].strip() for row in rows] == ["system", "---", "whitespace", "bm25f", "dense", "mixed"]


def test_a_set_that_cannot_be_read_ends_with_its_file_and_line(write_set: WriteSet) -> None:
    done = run(str(write_set(qrels="query-id\tcorpus-id\tscore\n1\tzzz\t1\n")), "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "qrels.tsv:2: unknown entry 'zzz'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("corpus", '{"_id": "a"\n', "corpus.jsonl:1: not JSON"),
        ("corpus", '{"_id": "a"}\n{"_id": "a"}\n', "corpus.jsonl:2: _id 'a' again"),
        ("corpus", '{"title": "a"}\n', "corpus.jsonl:1: no _id"),
        ("corpus", '["a"]\n', "corpus.jsonl:1: not a JSON object"),
        ("corpus", '{"_id": "a", "text": 1}\n', "corpus.jsonl:1: text is not text"),
        ("corpus", "\n", "corpus.jsonl: no entries"),
        ("queries", '{"_id": "1"}\n', "queries.jsonl:1: no text"),
        ("qrels", "1 a 1\n", "qrels.tsv:1: 1 tab-separated columns, expected 3"),
        ("qrels", "1\ta\tyes\n", "qrels.tsv:1: score 'yes' is not a whole number"),
        ("qrels", "9\ta\t1\n", "qrels.tsv:1: unknown question '9'"),
        ("qrels", "1\ta\t0\n", "qrels.tsv: no question has a relevant entry"),
    ],
)
def test_faults_are_named_with_file_and_line(write_set: WriteSet, file: str, text: str, complaint: str) -> None:
    with pytest.raises(MalformedSetError) as caught:
        read_set(write_set(**{file: text}))
    assert complaint in str(caught.value)


def test_missing_and_foreign_files_are_named(write_set: WriteSet, tmp_path: Path) -> None:
    with pytest.raises(MalformedSetError, match=r"corpus\.jsonl: No such file"):
        read_set(tmp_path / "nowhere")
    folder = write_set()
    (folder / "corpus.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(MalformedSetError, match="not UTF-8"):
        read_set(folder)


def test_a_split_with_an_unknown_question_is_refused(write_set: WriteSet) -> None:
    folder = write_set()
    (folder / "split.txt").write_text("1\n7\n", encoding="utf-8")
    with pytest.raises(MalformedSetError, match=r"split\.txt:2: unknown question '7'"):
        read_set(folder, folder / "split.txt")


def test_law_title_and_text_are_read_and_may_be_missing(write_set: WriteSet) -> None:
    data = read_set(write_set(corpus='{"_id": 7, "law": "Luật"}\n', qrels="1\t7\t2\n"))
    assert data.ids == ("7",)
    assert data.entries == (Entry(document="Luật"),)
    assert data.relevant == {"1": frozenset({"7"})}


def test_the_baseline_knows_words_between_blanks_only() -> None:
    system = WhitespaceSystem([Entry(title="báo cháy"), Entry(title="báo, cháy"), Entry(title="nước")])
    assert system.find("Báo", 3).tolist() == [0]
    assert system.find("bao chay", 3).tolist() == []
