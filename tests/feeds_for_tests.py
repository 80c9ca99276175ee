"""The same articles written in each format that feeds come in, as exporters write them: only for tests."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Row = Mapping[str, Any]
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def as_html(text: str) -> str:
    paragraphs = text.split("\n\n")
    return "".join(f"<p>{html.escape(part, quote=False).replace(chr(10), '<br>')}</p>" for part in paragraphs)


def rss(rows: Iterable[Row], *, full: bool = True) -> str:
    """RSS 2.0; `full` puts the text into content:encoded, and else into the description."""
    items = "".join(_item(row, full=full) for row in rows)
    spaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    head = "<title>News</title>\n<link>https://example.org/</link><description>All</description>"
    return f'{DECLARATION}<rss version="2.0" {spaces}>\n<channel>{head}\n{items}</channel></rss>\n'


def _item(row: Row, *, full: bool) -> str:
    text = escape(as_html(row["text"]))
    parts = [f"<title>{escape(html.escape(row['title'], quote=False))}</title>"] if row.get("title") else []
    parts += [f'<guid isPermaLink="false">{escape(row["id"])}</guid>'] if row.get("id") else []
    parts += [f"<link>{escape(row['url'])}</link>"] if row.get("url") else []
    parts += [f"<dc:language>{row['lang']}</dc:language>"] if row.get("lang") else []
    parts += [f"<content:encoded>{text}</content:encoded>"] if full else [f"<description>{text}</description>"]
    return f"<item>\n{''.join(parts)}\n</item>\n"


def atom(rows: Iterable[Row], *, kind: str = "html") -> str:
    entries = "".join(_entry(row, kind) for row in rows)
    return f'{DECLARATION}<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>urn:x</id>\n{entries}</feed>\n'


def _entry(row: Row, kind: str) -> str:
    text = {"html": escape(as_html(row["text"])), "text": escape(row["text"])}
    text["xhtml"] = f'<div xmlns="http://www.w3.org/1999/xhtml">{as_html(row["text"]).replace("<br>", "<br/>")}</div>'
    lang = f" xml:lang={quoteattr(row['lang'])}" if row.get("lang") else ""
    parts = [f"<title>{escape(row['title'])}</title>"] if row.get("title") else []
    parts += [f"<id>{escape(row['id'])}</id>"] if row.get("id") else []
    parts += [f"<link href={quoteattr(row['url'])}/>"] if row.get("url") else []
    return f'<entry{lang}>\n{"".join(parts)}<content type="{kind}">{text[kind]}</content>\n</entry>\n'


def ninjs(rows: Iterable[Row], *, version: int = 1) -> str:
    return json.dumps([_ninjs_item(row, version) for row in rows], ensure_ascii=False, indent=1)


def _ninjs_item(row: Row, version: int) -> dict[str, Any]:
    item: dict[str, Any] = {"uri": row["id"], "type": "text", "language": row.get("lang")}
    if version == 1:
        return item | {"headline": row.get("title") or "", "body_text": row["text"]}
    kind = "contenttype" if version == 2 else "contentType"
    item["standard"] = {"name": "ninjs", "version": f"{version}.0"}
    return item | {
        "headlines": [{"role": "short", "value": "Short"}, {"role": "main", "value": row.get("title") or ""}],
        "bodies": [{"role": "main", kind: "text/html", "value": as_html(row["text"])}],
    }


def newsml(rows: Iterable[Row], *, kind: str = "nitf") -> str:
    items = "".join(f"<itemSet>{newsml_item(row, kind)}</itemSet>\n" for row in rows)
    return f'{DECLARATION}<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/">\n<header/>{items}</newsMessage>\n'


def newsml_item(row: Row, kind: str = "nitf") -> str:
    title, lang = escape(row.get("title") or ""), row.get("lang") or ""
    body = as_html(row["text"]).replace("<br>", "<br/>")
    contents = {
        "nitf": f"<inlineXML>{nitf(row, declaration='')}</inlineXML>",
        "xhtml": f'<inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html></inlineXML>',
        "text": f'<inlineData contenttype="text/plain">{escape(row["text"])}</inlineData>',
        "html": f'<inlineData contenttype="text/html">{escape(as_html(row["text"]))}</inlineData>',
    }
    return (
        f'<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" standard="NewsML-G2" standardversion="2.31" guid={quoteattr(row["id"])} '
        f"xml:lang={quoteattr(lang)}>\n<itemMeta><versionCreated>2023-05-25T10:00:00Z</versionCreated></itemMeta>"
        f"<contentMeta><headline>{title}</headline></contentMeta><contentSet>{contents[kind]}</contentSet></newsItem>"
    )


def nitf(row: Row, declaration: str = DECLARATION) -> str:
    body = as_html(row["text"]).replace("<br>", "<br/>")
    space = "" if declaration else ' xmlns="http://iptc.org/std/NITF/2006-10-18/"'
    return (
        f"{declaration}<nitf{space} xml:lang={quoteattr(row.get('lang') or '')}><head><docdata><doc-id id-string={quoteattr(row['id'])}/>"
        f'<date.issue norm="20230525T100000Z"/></docdata></head><body><body.head><hedline><hl1>{escape(row.get("title") or "")}</hl1>'
        f"</hedline></body.head><body.content>{body}</body.content></body></nitf>\n"
    )


def xliff(rows: Iterable[Row], *, version: int = 1) -> str:
    """A `<file>` for each article that has segments and source_segments."""
    rows = list(rows)
    if version == 1:
        files = "".join(_xliff_1_file(row) for row in rows)
        return f'{DECLARATION}<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">\n{files}</xliff>\n'
    files = "".join(_xliff_2_file(row) for row in rows)
    languages = f'srcLang="{rows[0]["source_lang"]}" trgLang="{rows[0]["lang"]}"' if rows else 'srcLang="en"'
    return f'{DECLARATION}<xliff version="2.1" xmlns="urn:oasis:names:tc:xliff:document:2.0" {languages}>\n{files}</xliff>\n'


def _xliff_1_file(row: Row) -> str:
    units = "".join(
        f'<trans-unit id="u{number}">\n<source>{escape(source)}</source>\n<target>{escape(target)}</target>\n</trans-unit>\n'
        for number, (source, target) in enumerate(zip(row["source_segments"], row["segments"], strict=True))
    )
    about = f'original={quoteattr(row["id"])} source-language="{row["source_lang"]}" target-language="{row["lang"]}" datatype="plaintext"'
    return f"<file {about}>\n<body>\n{units}</body></file>\n"


def _xliff_2_file(row: Row) -> str:
    units = "".join(
        f'<unit id="u{number}">\n<segment><source>{escape(source)}</source>\n<target>{escape(target)}</target></segment>\n</unit>\n'
        for number, (source, target) in enumerate(zip(row["source_segments"], row["segments"], strict=True))
    )
    return f"<file id={quoteattr(row['id'])}>\n{units}</file>\n"


def tmx(row: Row) -> str:
    """A translation memory: one language pair, and no border between articles."""
    source_lang, lang = row["source_lang"], row["lang"]
    units = "".join(
        f'<tu tuid="u{number}">\n<tuv xml:lang="{source_lang}"><seg>{escape(source)}</seg></tuv>\n'
        f'<tuv xml:lang="{lang}"><seg>{escape(target)}</seg></tuv>\n</tu>\n'
        for number, (source, target) in enumerate(zip(row["source_segments"], row["segments"], strict=True))
    )
    header = f'<header srclang="{source_lang}" datatype="plaintext" segtype="sentence" adminlang="en" o-tmf="x" creationtool="x"/>'
    return f'{DECLARATION}<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4">\n{header}\n<body>\n{units}</body></tmx>\n'


def po(row: Row) -> str:
    languages = f'"Language: {row["lang"]}\\n"\n"X-Source-Language: {row["source_lang"]}\\n"\n'
    header = f'msgid ""\nmsgstr ""\n{languages}"Content-Type: text/plain; charset=UTF-8\\n"\n'
    messages = "".join(
        f'\n#: feed:{number}\nmsgctxt "u{number}"\nmsgid {_quoted(source)}\nmsgstr {_quoted(target)}\n'
        for number, (source, target) in enumerate(zip(row["source_segments"], row["segments"], strict=True))
    )
    return header + messages


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{escaped}"'
