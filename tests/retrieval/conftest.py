"""A small collection, and an embedding trained on it once for the whole run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from retrieval.search import Passage
from retrieval.static_embedding import StaticEncoder
from retrieval.training import TrainingSettings, train_embedding

PASSAGES = (
    Passage(
        "card:up-or-down",
        "Cháy chung cư thì chạy lên hay chạy xuống?",
        ("chung cu chay thi chay len hay xuong", "nên chạy lên sân thượng hay xuống đất"),
        "Xuống nếu cầu thang không có khói.\n\n1. Đóng cửa căn hộ lại.\n2. Đi thang bộ, không đi thang máy.",
        "",
        "card",
    ),
    Passage(
        "card:false-alarm",
        "Báo cháy giả bị phạt bao nhiêu tiền?",
        ("gọi 114 đùa có bị phạt không", "bao chay gia phat bao nhieu"),
        "Báo cháy giả bị phạt 10–15 triệu đồng đối với cá nhân.",
        "Nghị định 106/2025/NĐ-CP",
        "card",
    ),
    Passage(
        "card:extinguisher",
        "Bình chữa cháy hết hạn có bị phạt không?",
        ("bình cứu hỏa bao lâu phải nạp lại", "binh chua chay het han"),
        "Kiểm tra kim áp suất mỗi tháng. Nạp lại khi kim về vạch đỏ.",
        "Nghị định 106/2025/NĐ-CP",
        "card",
    ),
    Passage(
        "luat-55#dieu-14",
        "Điều 14. Các hành vi bị nghiêm cấm",
        (),
        "Nghiêm cấm: a) Cố ý gây cháy, nổ; b) Báo cháy giả; c) Cản trở người chữa cháy.",
        "Luật 55/2024/QH15",
        "passage",
    ),
)


@pytest.fixture
def passages() -> tuple[Passage, ...]:
    """Three cards and a provision."""
    return PASSAGES


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder with an embedding trained on the passages."""
    folder = tmp_path_factory.mktemp("embedding") / "model"
    settings = TrainingSettings(dimensions=16, rarest_word=1)
    train_embedding([passage.entry() for passage in PASSAGES], folder, settings)
    return folder


@pytest.fixture
def encoder(model_folder: Path) -> StaticEncoder:
    """The trained embedding, without torch."""
    return StaticEncoder.load(model_folder)


@pytest.fixture
def write_set(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a tiny set in BEIR form, with any of its files replaced."""
    files = {
        "corpus.jsonl": (
            '{"_id": "a", "title": "Báo cháy giả", "text": "Phạt 10 triệu đồng.", "law": "Nghị định 106"}\n'
            '{"_id": "b", "title": "Thang máy", "text": "Không đi thang máy khi có cháy."}\n'
            '{"_id": "c", "title": "Bình chữa cháy", "text": "Nạp lại khi kim về vạch đỏ."}\n'
        ),
        "queries.jsonl": (
            '{"_id": "1", "text": "báo cháy giả phạt mấy triệu"}\n{"_id": "2", "text": "đi thang máy khi có cháy"}\n'
        ),
        "qrels.tsv": "query-id\tcorpus-id\tscore\n1\ta\t1\n2\tb\t1\n",
    }

    def write(**changed: str) -> Path:
        for name, text in files.items():
            key = name.partition(".")[0]
            (tmp_path / name).write_text(changed.get(key, text), encoding="utf-8")
        return tmp_path

    return write
