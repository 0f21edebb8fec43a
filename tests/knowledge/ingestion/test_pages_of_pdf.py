"""Lines of PDF pages: running heads and page numbers go, everything else stays."""

from knowledge.ingestion.pdf_lines import Line, Word, lines_on, without_running_heads


def line(text: str, page: int, top: float) -> Line:
    """A line of one word."""
    return Line(words=(word(text, 70.0, top),), page=page)


def word(text: str, x: float, top: float, size: float = 12.0) -> Word:
    return Word(text=text, x0=x, x1=x + len(text) * 6, top=top, bottom=top + size, size=size, bold=False)


def pages(count: int) -> list[list[Line]]:
    """Pages with heads that differ on odd and even pages, and the page's number at the foot."""
    return [
        [
            line(f"CÔNG BÁO/Số 7/{page}" if page % 2 else f"{page} CÔNG BÁO/Số 7", page, 30),
            line(f"Đoạn {page * 7}", page, 100),
            line(f"{page * 11} người", page, 120 + page),
            line(str(page + 2), page, 800),
        ]
        for page in range(1, count + 1)
    ]


def test_heads_of_odd_and_even_pages_and_page_numbers_are_dropped() -> None:
    kept, dropped = without_running_heads(pages(7))
    assert [len(one) for one in kept] == [2] * 7
    assert "Đoạn 7" not in dropped
    assert len(dropped) == 14


def test_a_figure_that_is_no_page_number_stays() -> None:
    found = pages(4)
    found[2].append(line("114", 3, 810))
    kept, _ = without_running_heads(found)
    assert "114" in [one.text for one in kept[2]]


def test_a_single_page_keeps_its_lines() -> None:
    found = [[line("Điều 1. Một", 1, 60), line("Hai", 1, 80)]]
    assert without_running_heads(found)[0] == found


def test_a_raised_figure_stays_at_its_unit() -> None:
    words = [word("20", 70, 100), word("m", 90, 100), word("2", 96, 98, size=7), word("sàn", 120, 100)]
    (found,) = lines_on(words, 1)
    assert found.text == "20 m2 sàn"
