"""Approved drafts are written whole, once, and never over somebody else's change."""

from pathlib import Path

import pytest

from bot.editing.publishing import Approved, ChangedMeanwhileError, Publisher, UnwritableError, digest_of

PATH = "answers/dien/o-cam.md"


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    return Publisher(tmp_path)


def test_a_new_card_is_written_once(publisher: Publisher) -> None:
    assert publisher.publish(Approved(PATH, "nội dung", None))
    assert publisher.content(PATH) == "nội dung"
    assert not publisher.publish(Approved(PATH, "nội dung", None))


def test_nothing_is_left_beside_the_file(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(Approved(PATH, "nội dung", None))
    assert [one.name for one in (tmp_path / PATH).parent.iterdir()] == ["o-cam.md"]


def test_what_changed_meanwhile_is_not_written_over(publisher: Publisher) -> None:
    publisher.publish(Approved(PATH, "một", None))
    publisher.publish(Approved(PATH, "hai", digest_of("một")))
    with pytest.raises(ChangedMeanwhileError):
        publisher.publish(Approved(PATH, "ba", digest_of("một")))
    assert publisher.content(PATH) == "hai"


def test_another_machine_catches_up_with_all_or_the_last(publisher: Publisher) -> None:
    chain = [Approved(PATH, "một", None), Approved(PATH, "hai", digest_of("một"))]
    assert publisher.catch_up(chain) == 1
    assert publisher.content(PATH) == "hai"
    assert publisher.catch_up(chain) == 0
    # And a file that an operator changed by hand stays
    publisher.publish(Approved(PATH, "bằng tay", digest_of("hai")))
    assert publisher.catch_up(chain) == 0
    assert publisher.content(PATH) == "bằng tay"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("a file where a folder should be")
    with pytest.raises(UnwritableError, match="KNOWLEDGE_DIR"):
        Publisher(tmp_path).publish(Approved(PATH, "x", None))


def test_what_cannot_be_written_is_told_once_all_others_are(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("a file where a folder should be")
    other = "documents/luat-a.md"
    with pytest.raises(UnwritableError):
        Publisher(tmp_path).catch_up([Approved(PATH, "x", None), Approved(other, "y", None)])
    assert Publisher(tmp_path).content(other) == "y"


@pytest.mark.parametrize("path", ["/etc/passwd", "answers/../../x.md", "answers/dien/o-cam.md/..", ""])
def test_no_path_leads_out_of_the_folder(publisher: Publisher, path: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        publisher.publish(Approved(path, "x", None))
