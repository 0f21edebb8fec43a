"""Encoders and the vector index: ours gives what sentence-transformers gives, and any of its models can be used."""

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from retrieval import dense
from retrieval.dense import DenseIndex, EmbeddingSettings, TransformerEncoder, embedded_texts, open_encoder
from retrieval.dense_loading import DenseSlot, DenseState
from retrieval.search import Passage
from retrieval.static_embedding import StaticEncoder, is_static, unit_rows
from retrieval.texts import Entry, Floats

TEXTS = ["Cháy chung cư thì chạy đâu?", "bao chay gia", "Phạt 10.000.000 đồng", "zzz không biết", "114"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def transformer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A very small transformer of the kind an operator may name: random weights, mean pooling."""
    folder = tmp_path_factory.mktemp("transformer")
    letters = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3} | {char: n for n, char in enumerate("abcdefghi: ", 4)}
    tokenizer = Tokenizer(models.WordLevel(letters, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    make_fast: Any = PreTrainedTokenizerFast
    fast = make_fast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]")
    fast.save_pretrained(folder / "bert")
    config = BertConfig(
        vocab_size=len(letters), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    BertModel(config).save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"))
    model = SentenceTransformer(modules=[transformer, Pooling(16)], device="cpu")
    model.save_pretrained(str(folder / "model"), create_model_card=False)
    return folder / "model"


def test_static_vectors_equal_those_of_sentence_transformers(model_folder: Path, encoder: StaticEncoder) -> None:
    theirs = SentenceTransformer(str(model_folder), device="cpu").encode(TEXTS, normalize_embeddings=True)
    ours = encoder.encode_questions(TEXTS)
    assert is_static(model_folder)
    assert ours.shape == (len(TEXTS), encoder.dimensions)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    np.testing.assert_array_equal(np.vstack([encoder.encode_passages([text]) for text in TEXTS]), ours)


def test_a_static_model_is_used_without_torch(model_folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from retrieval.dense import EmbeddingSettings, open_encoder;"
        "open_encoder(EmbeddingSettings(model=sys.argv[1])).encode_questions(['cháy nhà']);"
        "sys.exit(int(any(name in sys.modules for name in ('torch', 'transformers', 'sentence_transformers'))))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(model_folder)], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_other_folders_are_not_static(transformer_folder: Path, tmp_path: Path) -> None:
    assert not is_static(transformer_folder)
    assert not is_static(tmp_path)
    with pytest.raises(ValueError, match="static"):
        StaticEncoder.load(transformer_folder)


def test_a_text_of_unknown_words_has_no_direction(encoder: StaticEncoder) -> None:
    assert not encoder.encode_questions(["qqqq wwww"]).any()
    assert not encoder.encode_questions([""]).any()
    assert encoder.encode_questions([]).shape == (0, encoder.dimensions)


def test_unpaired_surrogates_do_no_harm(encoder: StaticEncoder) -> None:
    assert encoder.encode_questions(["cháy \ud800 nhà"]).any()


def test_any_model_of_sentence_transformers_can_be_used(transformer_folder: Path) -> None:
    encoder = open_encoder(EmbeddingSettings(model=str(transformer_folder)))
    assert isinstance(encoder, TransformerEncoder)
    vectors = encoder.encode_passages(["abc", "def"])
    assert vectors.shape == (2, encoder.dimensions) == (2, 16)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_prefixes_stand_before_questions_and_passages(transformer_folder: Path) -> None:
    plain = open_encoder(EmbeddingSettings(model=str(transformer_folder)))
    prefixed = open_encoder(
        EmbeddingSettings(model=str(transformer_folder), question_prefix="a: ", passage_prefix="b: ")
    )
    np.testing.assert_allclose(prefixed.encode_questions(["cd"]), plain.encode_questions(["a: cd"]), atol=1e-6)
    np.testing.assert_allclose(prefixed.encode_passages(["cd"]), plain.encode_passages(["b: cd"]), atol=1e-6)


def test_settings_come_from_the_environment() -> None:
    environment = {"EMBEDDING_MODEL": " intfloat/e5 ", "EMBEDDING_QUERY_PREFIX": "query: "}
    assert EmbeddingSettings.from_environment(environment) == EmbeddingSettings(
        model="intfloat/e5", question_prefix="query: "
    )
    assert EmbeddingSettings.from_environment({"EMBEDDING_MODEL": ""}).model is None
    with pytest.raises(ValueError, match="no model"):
        open_encoder(EmbeddingSettings())


class Letters:
    """An encoder whose vectors count letters."""

    dimensions = 26

    def encode_questions(self, texts: Sequence[str]) -> Floats:
        rows = np.array([[text.count(chr(97 + n)) for n in range(26)] for text in texts], dtype=np.float32)
        return unit_rows(rows.reshape(-1, 26))

    encode_passages = encode_questions


ENTRIES = [Entry(title="aa", variants=("bb", "cc")), Entry(title="bbc"), Entry(), Entry(title="dd", body="aad")]


def test_an_entry_is_as_near_as_its_nearest_text() -> None:
    index = DenseIndex.build(Letters(), ENTRIES)
    vector = index.encode("b")
    assert index.nearest(vector, 2).tolist() == [0, 1]
    np.testing.assert_allclose(index.cosines(vector, np.array([1, 0, 2])), [2 / 5**0.5, 1, -1], atol=1e-6)
    assert index.cosines(vector, np.zeros(0, dtype=np.int64)).tolist() == []


def test_title_variants_and_whole_have_a_vector_each() -> None:
    assert embedded_texts(Entry("Luật", "Tên", ("hỏi", "Tên"), "Bài")) == ["Tên", "hỏi", "Luật\nTên\nBài"]
    assert embedded_texts(Entry()) == []


def test_vectors_survive_being_stored(tmp_path: Path) -> None:
    index = DenseIndex.build(Letters(), ENTRIES)
    index.save(tmp_path / "dense.faiss")
    loaded = DenseIndex.load(tmp_path / "dense.faiss", Letters(), ENTRIES)
    assert loaded.nearest(loaded.encode("d"), 1).tolist() == [3]
    with pytest.raises(ValueError, match="vectors"):
        DenseIndex.load(tmp_path / "dense.faiss", Letters(), ENTRIES[:2])


def test_very_many_vectors_are_searched_cell_by_cell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dense, "_MANY", 100)
    monkeypatch.setattr(dense, "_CELLS", 4)
    random = np.random.default_rng(1)
    entries = [Entry(title="".join(random.choice(list("abcdefgh"), 12))) for _ in range(400)]
    index = DenseIndex.build(Letters(), entries)
    index.save(tmp_path / "dense.faiss")
    for one in (index, DenseIndex.load(tmp_path / "dense.faiss", Letters(), entries)):
        vector = one.encode(entries[17].title)
        assert one.cosines(vector, np.array([17]))[0] == pytest.approx(1, abs=1e-5)
        assert one.cosines(vector, one.nearest(vector, 1))[0] == pytest.approx(1, abs=1e-5)


class TestDenseSlot:
    """Search begins before the model is there."""

    def test_it_is_off_or_ready_at_once(self) -> None:
        index = DenseIndex.build(Letters(), ENTRIES)
        assert DenseSlot().state is DenseState.OFF
        assert DenseSlot(index).get() is index

    def test_it_loads_in_the_background(self) -> None:
        slot, gate = DenseSlot(), threading.Event()
        index = DenseIndex.build(Letters(), ENTRIES)

        def make() -> DenseIndex:
            gate.wait(10)
            return index

        slot.load(make)
        assert (slot.state, slot.get()) == (DenseState.LOADING, None)
        gate.set()
        assert slot.wait(10) is DenseState.READY
        assert slot.get() is index

    def test_a_model_that_cannot_be_loaded_leaves_search_lexical(self, caplog: pytest.LogCaptureFixture) -> None:
        slot = DenseSlot()

        def fail() -> DenseIndex:
            raise OSError("no such model")

        slot.load(fail)
        assert slot.wait(10) is DenseState.FAILED
        assert slot.get() is None
        assert "no such model" in caplog.text


def test_a_passage_is_embedded_as_its_entry() -> None:
    passage = Passage("id", "Tên", ("hỏi",), "Bài", "Luật", "card")
    assert embedded_texts(passage.entry()) == ["Tên", "hỏi", "Luật\nTên\nBài"]


def test_a_model_in_another_format_is_left_to_sentence_transformers(model_folder: Path, tmp_path: Path) -> None:
    modules = json.loads((model_folder / "modules.json").read_text(encoding="utf-8"))
    (tmp_path / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    assert not is_static(tmp_path)
