"""HTML: the texts between the tags of a page are edited; tags stay, also those around what was taken out."""

from __future__ import annotations

from collections.abc import Iterator

from tqcheck.errors import ReadError
from tqcheck.read import html as reader
from tqcheck.rewrite.letters import Change, File, Letters, Opened, Patch
from tqcheck.rewrite.pagetext import visible_spans

ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def opened(file: File) -> Opened:
    """The page, which is one article. Raises CannotFixError."""
    encoding, start = reader._encoding(file.raw)  # noqa: SLF001 - the reader's own decision must be followed
    text = reader.decode(file.raw)
    if file.raw[:start] + text.encode(encoding, "replace") != file.raw:
        raise file.cannot(f"its bytes in {encoding} cannot be kept as they are")

    def patches(change: Change) -> Iterator[Patch]:
        if ("title", None) in change.edits:
            raise file.cannot("its title stands in several places")
        spans = _spans(text)
        if spans is None or len(spans) != len(change.article.text or ""):
            raise file.cannot("where its visible text stands cannot be told")
        yield from Letters(spans, lambda new, _at: new.translate(ESCAPES)).patches(change.edits["text", None])

    return Opened(text, patches, lambda after: file.raw[:start] + after.encode(encoding, "xmlcharrefreplace"))


def _spans(text: str) -> list[tuple[int, int]] | None:
    try:
        return visible_spans(text, lambda page: reader.visible_text(reader.find_region(reader.parse(page))))
    except ReadError:
        return None
