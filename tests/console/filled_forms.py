"""Forms of a page as a browser without scripts would send them: all that stands in their fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from .visiting import Answer, Visitor

Pairs = list[tuple[str, str]]


@dataclass
class Form:
    """A form: where it goes, the fields that are sent with it, and its buttons by their words."""

    action: str
    fields: Pairs = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)

    def with_(self, **changed: str | Sequence[str]) -> Pairs:
        """Return the fields with others in their place; a sequence stands for boxes; `-` in a name is written `__`."""
        return self.changed({name.replace("__", "-"): value for name, value in changed.items()})

    def changed(self, values: Mapping[str, str | Sequence[str]]) -> Pairs:
        """Return the fields with others in their place; a sequence stands for boxes that are ticked."""
        kept = [(name, value) for name, value in self.fields if name not in values]
        return [*kept, *_pairs(values)]


def _pairs(values: Mapping[str, str | Sequence[str]]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        yield from ((name, one) for one in ([value] if isinstance(value, str) else value))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._button: tuple[str, str] | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(has.get("action", ""))
            self.forms.append(self._form)
        if self._form is None:
            return
        if tag == "input":
            self._input(self._form, has)
        elif tag == "textarea":
            self._area, self._words = has["name"], []
        elif tag == "select":
            self._select = (has["name"], [])
        elif tag == "option" and self._select is not None:
            self._select[1].append((has.get("value", ""), "selected" in has))
        elif tag == "button":
            self._button, self._words = (has.get("name", ""), has.get("value", "")), []

    def handle_endtag(self, tag: str) -> None:
        if self._form is None:
            return
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._area is not None:
            self._form.fields.append((self._area, "".join(self._words).removeprefix("\n")))
            self._area = None
        elif tag == "select" and self._select is not None:
            name, options = self._select
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1]]
            self._form.fields += [(name, value) for value in chosen[-1:]]
            self._select = None
        elif tag == "button" and self._button is not None:
            self._form.buttons.setdefault(" ".join("".join(self._words).split()), self._button)
            self._button = None

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    @staticmethod
    def _input(form: Form, has: Mapping[str, str]) -> None:
        kind, name = has.get("type", "text"), has.get("name", "")
        if not name or kind in {"file", "submit"} or (kind in {"checkbox", "radio"} and "checked" not in has):
            return
        form.fields.append((name, has.get("value", "on" if kind in {"checkbox", "radio"} else "")))


def forms_of(page: Answer) -> list[Form]:
    """Return the forms of a page, in order."""
    reader = _Reader()
    reader.feed(page.text)
    return reader.forms


def form_with(page: Answer, button: str) -> Form:
    """Return the form that has a button with these words."""
    found = [one for one in forms_of(page) if button in one.buttons]
    assert len(found) == 1, (button, [list(one.buttons) for one in forms_of(page)])
    return found[0]


async def press(
    visitor: Visitor, page: Answer, path: str, button: str, fields: Iterable[tuple[str, str]] = ()
) -> Answer:
    """Press a button of a page that is at `path`; `fields` replace those of its form, all others stay as they are."""
    form = form_with(page, button)
    given = list(fields) or form.fields
    name, value = form.buttons[button]
    pairs = [one for one in given if one[0] != "csrf"] + ([(name, value)] if name else [])
    return await visitor.post(form.action or path, pairs)
