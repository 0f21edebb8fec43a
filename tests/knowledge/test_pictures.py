"""Drawings: which are taken, and what becomes of them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from knowledge.faults import KnowledgeError
from knowledge.loading import KNOWLEDGE_FOLDER
from knowledge.pictures import LARGEST_PNG, WIDTH, read_pictures, render, render_all

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 40"><title>Bình</title>{}</svg>'
WORD = '<text x="2" y="20" font-family="Roboto" font-size="9">Rút chốt</text>'


def write(folder: Path, content: str) -> None:
    (folder / "binh.svg").write_text(content, "utf-8")


def test_a_drawing_is_rendered_at_the_width_of_the_channels(tmp_path: Path) -> None:
    write(tmp_path, DRAWING.format(WORD))
    pictures, faults = read_pictures(tmp_path)
    assert not faults
    with Image.open(BytesIO(render(pictures["binh.svg"]))) as image:
        assert image.format == "PNG"
        assert image.size == (WIDTH, 800)


def test_letters_are_drawn_whatever_fonts_the_machine_has(tmp_path: Path) -> None:
    write(tmp_path, DRAWING.format(WORD))
    with_word = render(read_pictures(tmp_path)[0]["binh.svg"])
    write(tmp_path, DRAWING.format(""))
    assert with_word != render(read_pictures(tmp_path)[0]["binh.svg"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<svg", "not XML"),
        ("<html/>", "expected an <svg>"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>', "needs a <title>"),
        (DRAWING.format("<script>alert(1)</script>"), "<script>"),
        (DRAWING.format('<image href="https://elsewhere.example/x.png"/>'), "<image>"),
        (DRAWING.format('<rect onclick="alert(1)"/>'), "<rect>"),
    ],
)
def test_a_drawing_that_does_not_stand_by_itself_is_refused(tmp_path: Path, content: str, message: str) -> None:
    write(tmp_path, content)
    pictures, faults = read_pictures(tmp_path)
    assert not pictures
    assert faults[0].path == tmp_path / "binh.svg"
    assert any(message in fault.message for fault in faults)


def test_too_large_a_picture_is_refused_and_the_others_are_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, DRAWING.format(WORD))
    (tmp_path / "nho.svg").write_text(DRAWING.format(""), "utf-8")
    pictures, _ = read_pictures(tmp_path)
    monkeypatch.setattr("knowledge.pictures.LARGEST_PNG", len(render(pictures["nho.svg"])))
    with pytest.raises(KnowledgeError, match=r"binh\.svg:1: PNG of"):
        render_all(pictures, tmp_path / "png")
    assert [path.name for path in (tmp_path / "png").iterdir()] == [pictures["nho.svg"].png_name]


def test_every_picture_of_ours_can_be_sent(tmp_path: Path) -> None:
    pictures, faults = read_pictures(KNOWLEDGE_FOLDER / "pictures")
    assert not faults
    assert len(pictures) >= 20
    render_all(pictures, tmp_path)
    assert all(path.stat().st_size <= LARGEST_PNG for path in tmp_path.iterdir())
