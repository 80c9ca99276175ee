r"""Turns the authored articles into the sample feed and its labels.

An article is written once, in `authoring/NN-slug.md`, with its artefacts marked where they stand, so that text and labels cannot
drift apart:

    id: sf-01-rail-bridge
    lang: en

    ## title
    A headline

    ## text
    Kyiv said so. [[name-variant~kyiv!minor|Kiev|Kyiv stands above.]] did not. [[~kyiv|Kyiv]] again.

A mark is `[[rule~group!severity|surface|why]]`. Group, severity and why may be left out; a mark without a rule is no artefact but the
place that the artefacts of its group refer to. Marks may be nested. A bar or a bracket that belongs to the text is written `\|`, `\[`
or `\]`. A group whose name begins with `feed-` ties places of different articles.

    python corpora/build.py            write feed.jsonl, the labels and the table in README.md
    python corpora/build.py --check    write nothing; exit 1 when a committed file differs
    python corpora/build.py --table    print how many labels there are of each rule, in each language
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
AUTHORING = HERE / "authoring"
FEED = HERE / "sample-feed" / "feed.jsonl"
GOLD = HERE / "gold" / "sample-feed.jsonl"
README = HERE / "README.md"
FEED_FROM_GOLD = "../sample-feed/feed.jsonl"
TABLE_BEGIN, TABLE_END = "<!-- table: begin -->\n", "<!-- table: end -->\n"

HEADER = ("id", "lang", "source_lang", "url", "published", "system", "desk")
WHOLE = ("title", "text", "source_title", "source_text")
BY_LINE = ("segments", "source_segments", "reference_segments")
MARKED = ("title", "text", "segments")
KEYS = ("id", "lang", "source_lang", *WHOLE, *BY_LINE, "url", "published", "system", "desk")

# rule: (severity of a label that names none, what to say of a label that says nothing)
RULES = {
    "headline-repeated": ("major", "The headline stands again in the body."),
    "sentence-repeated": ("major", "The article has said this already."),
    "repetition-loop": ("critical", "The engine got stuck and repeats itself."),
    "word-doubled": ("minor", "The word stands twice."),
    "attribution-doubled": ("major", "The source of the claim is named over and over."),
    "name-variant": ("minor", "The same name is spelled otherwise elsewhere in the article."),
    "spelling-variant": ("minor", "The same word is spelled otherwise elsewhere in the article."),
    "term-variant": ("minor", "The same thing is called something else elsewhere in the article."),
    "quote-style-mixed": ("minor", "The other quotations of the article have other marks."),
    "number-format-mixed": ("minor", "The other numbers of the article are written otherwise."),
    "acronym-mismatch": ("minor", "The letters do not stand for the name in front of them."),
    "gender-switch": ("major", "The same person has the other gender elsewhere in the article."),
    "boilerplate-left": ("major", "A leftover of the web page, not of the article."),
    "markup-left": ("major", "Code of the web page was left in the text."),
    "token-left": ("major", "A token of the engine was left in the text."),
    "chat-left": ("critical", "The model speaks to its user."),
    "mojibake": ("major", "The text was decoded with the wrong encoding."),
    "untranslated-segment": ("critical", "The sentence was not translated."),
    "untranslated-word": ("major", "The word was not translated."),
    "script-mixed": ("minor", "Letters of another script stand in the word."),
    "punctuation-stray": ("minor", "The mark stands where none belongs, or the blank before it does."),
    "pair-unbalanced": ("minor", "The mark has no partner."),
    "punctuation-foreign": ("minor", "The mark belongs to another language."),
    "number-locale": ("minor", "The number is written as in the source language."),
    "sentence-broken": ("major", "The sentence is a fragment."),
    "number-mismatch": ("major", "The source has another number."),
    "name-mismatch": ("major", "The source has another name."),
    "sentence-omitted": ("major", "What the source says here is missing."),
    "sentence-added": ("major", "The source does not say this."),
    "meaning-drift": ("major", "The source says something else."),
    "negation-mismatch": ("critical", "The source says the opposite."),
    "link-mismatch": ("major", "The address is not that of the source."),
    "feed-name-variant": ("minor", "Another article of the feed spells the name otherwise."),
    "feed-story-repeated": ("major", "Another article of the feed tells the same story."),
}
SEVERITIES = ("minor", "major", "critical")


class AuthoringError(Exception):
    """An authored article does not follow the format."""


@dataclass(frozen=True)
class Mark:
    """A stretch of an article: an artefact if it has a rule, else a place that artefacts of its group refer to."""

    rule: str
    group: str
    severity: str
    why: str
    field: str
    segment: int | None
    start: int
    end: int
    surface: str

    def place(self) -> dict[str, object]:
        """Where the mark stands, as keys of a label."""
        return {"field": self.field, "segment": self.segment, "start": self.start, "end": self.end, "surface": self.surface}


@dataclass(frozen=True)
class Authored:
    """An article as the feed has it, and the marks that were taken out of it."""

    article: dict[str, object]
    marks: tuple[Mark, ...]

    @property
    def id(self) -> str:
        """The id of the article."""
        return str(self.article["id"])


def read_head(head: str) -> tuple[str, str, str]:
    """Split `rule~group!severity`; the parts that are left out come back empty."""
    rest, _, severity = head.partition("!")
    rule, _, group = rest.partition("~")
    if rule and rule not in RULES:
        raise AuthoringError(f"no rule is called {rule!r}")
    if severity and severity not in SEVERITIES:
        raise AuthoringError(f"no severity is called {severity!r}")
    if not rule and not group:
        raise AuthoringError(f"the mark {head!r} has neither a rule nor a group")
    return rule, group, severity


def unmark(marked: str, field: str, segment: int | None = None) -> tuple[str, list[Mark]]:
    """Return the text without its marks, and the marks with code-point offsets in that text."""
    clean: list[str] = []
    open_marks: list[tuple[int, str]] = []
    marks: list[Mark] = []
    at = 0
    while at < len(marked):
        if marked[at] == "\\" and marked[at + 1 : at + 2] in {"|", "[", "]"}:
            clean.append(marked[at + 1])
            at += 2
        elif marked.startswith("[[", at):
            bar = marked.find("|", at)
            if bar < 0:
                raise AuthoringError(f"{field}: a mark without a bar: {marked[at : at + 40]!r}")
            open_marks.append((len(clean), marked[at + 2 : bar]))
            at = bar + 1
        elif open_marks and (marked[at] == "|" or marked.startswith("]]", at)):
            end = marked.find("]]", at)
            if end < 0:
                raise AuthoringError(f"{field}: a mark is not closed: {marked[at : at + 40]!r}")
            start, head = open_marks.pop()
            rule, group, severity = read_head(head)
            default_severity, default_why = RULES.get(rule, ("", ""))
            surface = "".join(clean[start:])
            if not surface:
                raise AuthoringError(f"{field}: the mark {head!r} covers nothing")
            why = marked[at + 1 : end].strip() or default_why if marked[at] == "|" else default_why
            marks.append(Mark(rule, group, severity or default_severity, why, field, segment, start, len(clean), surface))
            at = end + 2
        else:
            clean.append(marked[at])
            at += 1
    if open_marks:
        raise AuthoringError(f"{field}: the mark {open_marks[-1][1]!r} is not closed")
    return "".join(clean), marks


def read_sections(lines: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Split an authored file into its `key: value` header and its `## name` sections."""
    header: dict[str, str] = {}
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in lines:
        name = line.removeprefix("## ").strip() if line.startswith("## ") else None
        if name is not None and name in (*WHOLE, *BY_LINE):
            if name in sections:
                raise AuthoringError(f"section {name!r} stands twice")
            current = sections[name] = []
        elif current is not None:
            current.append(line)
        elif line.strip():
            key, colon, value = line.partition(":")
            if not colon or key not in HEADER:
                raise AuthoringError(f"not a header line: {line!r}")
            header[key] = value.strip()
    return header, {name: "\n".join(body).strip() for name, body in sections.items()}


def read_article(source: str) -> Authored:
    """Read one authored file."""
    if unicodedata.normalize("NFC", source) != source:
        raise AuthoringError("not in Unicode normal form C")
    header, sections = read_sections(source.splitlines())
    if missing := [key for key in HEADER if key not in header]:
        raise AuthoringError(f"the header lacks {', '.join(missing)}")
    if "title" not in sections or ("text" in sections) == ("segments" in sections):
        raise AuthoringError("an article has a title and either a text or segments")
    article: dict[str, object] = dict(header)
    marks: list[Mark] = []
    for name, body in sections.items():
        if name in BY_LINE:
            segments = [line for line in body.splitlines() if line.strip()]
            if name in MARKED:
                unmarked = [unmark(line, name, index) for index, line in enumerate(segments)]
                segments = [clean for clean, _ in unmarked]
                marks += [mark for _, found in unmarked for mark in found]
            article[name] = segments
        elif name in MARKED:
            article[name], found = unmark(body, name)
            marks += found
        else:
            article[name] = body
    if len({len(sections[name].splitlines()) for name in BY_LINE if name in sections}) > 1:
        raise AuthoringError("segments, source_segments and reference_segments are not parallel")
    return Authored({key: article[key] for key in KEYS if key in article}, tuple(marks))


def read_all(folder: Path) -> list[Authored]:
    """Read every authored article, in the order of the file names."""
    articles: list[Authored] = []
    for path in sorted(folder.glob("*.md")):
        try:
            articles.append(read_article(path.read_text(encoding="utf-8")))
        except AuthoringError as error:
            raise AuthoringError(f"{path.name}: {error}") from error
    if doubled := [id_ for id_, count in Counter(article.id for article in articles).items() if count > 1]:
        raise AuthoringError(f"two articles are called {doubled[0]!r}")
    return articles


def related_places(mark: Mark, authored: Authored, articles: list[Authored]) -> list[dict[str, object]]:
    """List the places that the mark's group ties to it: in its own article, or in the others for a group of the feed."""
    if not mark.group:
        return []
    if mark.group.startswith("feed-"):
        places = [
            {"article": other.id, **tied.place()}
            for other in articles
            if other is not authored
            for tied in other.marks
            if tied.group == mark.group and not tied.rule
        ]
    else:
        places = [tied.place() for tied in authored.marks if tied.group == mark.group and not tied.rule]
    if not places:
        raise AuthoringError(f"{authored.id}: group {mark.group!r} of {mark.rule!r} names no related place")
    return places


def labels(articles: list[Authored]) -> Iterator[dict[str, object]]:
    """Yield one label for each artefact, in reading order."""
    for authored in articles:
        artefacts = [mark for mark in authored.marks if mark.rule]
        artefacts.sort(key=lambda mark: (MARKED.index(mark.field), mark.segment or 0, mark.start, -mark.end, mark.rule))
        for mark in artefacts:
            yield {
                "feed": FEED_FROM_GOLD,
                "article": authored.id,
                "rule": mark.rule,
                "severity": mark.severity,
                **mark.place(),
                "related": related_places(mark, authored, articles),
                "why": mark.why,
            }


def table(articles: list[Authored]) -> str:
    """Count the labels of each rule in each language, as a Markdown table."""
    counts = Counter((mark.rule, str(authored.article["lang"])) for authored in articles for mark in authored.marks if mark.rule)
    in_language = Counter(str(authored.article["lang"]) for authored in articles)
    langs = [lang for lang, _ in sorted(in_language.items(), key=lambda entry: (-entry[1], entry[0]))]
    rows = [["rule", *langs, "all"], ["---", *["---:"] * (len(langs) + 1)]]
    for rule in RULES:
        per_lang = [counts[rule, lang] for lang in langs]
        rows.append([rule, *(str(count or "") for count in per_lang), str(sum(per_lang))])
    totals = [sum(counts[rule, lang] for rule in RULES) for lang in langs]
    rows.append(["labels", *map(str, totals), str(sum(totals))])
    rows.append(["articles", *(str(in_language[lang]) for lang in langs), str(len(articles))])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def as_jsonl(records: list[dict[str, object]]) -> str:
    """Write one record a line."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def built(articles: list[Authored]) -> dict[Path, str]:
    """Return what every generated file must hold."""
    files = {FEED: as_jsonl([authored.article for authored in articles]), GOLD: as_jsonl(list(labels(articles)))}
    if README.exists():
        before, begin, rest = README.read_text(encoding="utf-8").partition(TABLE_BEGIN)
        _, end, after = rest.partition(TABLE_END)
        if not begin or not end:
            raise AuthoringError(f"{README.name} has no place for the table: {TABLE_BEGIN.strip()} ... {TABLE_END.strip()}")
        files[README] = before + begin + table(articles) + end + after
    return files


def main() -> int:
    """Write, check or count; return the exit code."""
    parser = argparse.ArgumentParser(description="Turn the authored articles into the sample feed and its labels.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="write nothing; exit 1 when a committed file differs")
    mode.add_argument("--table", action="store_true", help="print the number of labels per rule and language")
    options = parser.parse_args()
    try:
        articles = read_all(AUTHORING)
        files = built(articles)
    except AuthoringError as error:
        print(error, file=sys.stderr)
        return 2
    if options.table:
        print(table(articles), end="")
        return 0
    stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content.encode()]
    for path in stale:
        print(f"{'differs' if options.check else 'written'}: {path.relative_to(HERE)}", file=sys.stderr)
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[path].encode())
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
