"""The parts of benchmarks/model that need no network: reading packages, packing a table, training on a handful of pairs, measuring."""

import gzip
import importlib
import json
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

MODEL = Path(__file__).resolve().parent.parent / "benchmarks" / "model"


@pytest.fixture
def modules(monkeypatch):
    monkeypatch.syspath_prepend(str(MODEL))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and Path(sys.modules[name].__file__).parent == MODEL:
            del sys.modules[name]


@pytest.fixture
def parallel(modules):
    return modules("parallel")


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def catalogue(messages: dict[str, str]) -> bytes:
    """A .mo file, as the manual of gettext describes it."""
    entries = [(key.encode(), text.encode()) for key, text in sorted(messages.items())]
    start = 28 + 16 * len(entries)
    tables, body = [b"", b""], b""
    for side in (0, 1):
        for entry in entries:
            tables[side] += struct.pack("<II", len(entry[side]), start + len(body))
            body += entry[side] + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(entries), 28, 28 + 8 * len(entries), 0, 0) + tables[0] + tables[1] + body


def test_a_catalogue_gives_its_messages_without_markup_shortcuts_and_plurals(parallel, tmp_path):
    messages = {
        "": "Content-Type: text/plain; charset=UTF-8\n",
        "menu\x04_Open <b>file</b>": "_Otevřít <b>soubor</b>",
        "%d file\x00%d files": "%d soubor\x00%d soubory",
        "OK": "OK",
    }
    write(tmp_path / "locale" / "cs" / "LC_MESSAGES" / "app.mo", catalogue(messages))
    assert set(parallel.catalogues(tmp_path)) == {("cs", "Open file", "Otevřít soubor"), ("cs", "file", "soubor")}


def test_package_descriptions_are_joined_by_the_checksum_of_the_english_text(parallel, tmp_path):
    english = "Package: bridge\nDescription-md5: 1\nDescription-en: game of cards\n A game for four.\n .\n It is hard.\n\n"
    czech = "Package: bridge\nDescription-md5: 1\nDescription-cs: karetní hra\n Hra pro čtyři.\n .\n Je těžká.\n\n"
    write(tmp_path / "host_Translation-en", english)
    write(tmp_path / "host_Translation-cs", czech + czech.replace("md5: 1", "md5: 2"))
    found = [("cs", "game of cards", "karetní hra"), ("cs", "A game for four", "Hra pro čtyři"), ("cs", "It is hard", "Je těžká")]
    assert list(parallel.descriptions(tmp_path)) == found


def test_a_dictionary_gives_headwords_with_their_translations_and_no_explanations(parallel, tmp_path):
    entry = "bridge /brɪdʒ/ <n>\nмо́ст\nstructure over a river\n"
    write(tmp_path / "freedict-eng-bul.dict.dz", gzip.compress(entry.encode()))
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    length = len(entry.encode())
    write(tmp_path / "freedict-eng-bul.index", f"bridge\tA\t{digits[length // 64]}{digits[length % 64]}\n")
    assert list(parallel.dictionary(tmp_path)) == [("bg", "bridge", "мост")]


def test_wiki_messages_and_language_packs_are_joined_by_their_keys(parallel, tmp_path):
    write(tmp_path / "i18n" / "en.json", json.dumps({"@metadata": {}, "edit": "Edit [[Help:Page|this page]]", "only": "Only here"}))
    write(tmp_path / "i18n" / "de.json", json.dumps({"edit": "[[Help:Page|Diese Seite]] bearbeiten"}))
    assert list(parallel.wiki_messages(tmp_path)) == [("de", "Edit this page", "Diese Seite bearbeiten")]
    for code, text in (("en-GB", "Close this window"), ("fr", "Fermer cette fenêtre")):
        with zipfile.ZipFile(tmp_path / f"langpack-{code}@firefox.xpi", "w") as archive:
            archive.writestr(f"browser/{code}/menu.ftl", f"# a comment\nclose =\n    .label = {text}\n")
    assert list(parallel.language_packs(tmp_path)) == [("fr", "Close this window", "Fermer cette fenêtre")]


@pytest.mark.parametrize(
    ("locale", "lang"), [("pt_BR", "pt"), ("sr@latin", "sr"), ("zh-Hant", "zh"), ("no", "nb"), ("en_GB", None), ("C", None)]
)
def test_locales_become_primary_subtags(parallel, locale, lang):
    assert parallel.language(locale) == lang


def test_what_is_learned_and_what_is_tested_share_no_text(modules, tmp_path):
    texts = modules("texts")
    rows = [{"lang": "cs", "text": f"Věta {number}.", "en": f"Sentence {number}."} for number in range(200)]
    news = [
        {"doc": f"d{number}", "lang": lang, "segments": [f"{lang} line {line} of d{number}" for line in range(3)]}
        for number in range(40)
        for lang in ("en", "cs")
    ]
    files = {name: [] for name in ("dev/articles_human", "dev/articles_mt", "train/mlqe_da", "train/critical")}
    for name, group in (files | {"train/tatoeba": rows, "dev/human_ntrex": news}).items():
        write(tmp_path / f"{name}.jsonl.gz", gzip.compress("".join(json.dumps(row) + "\n" for row in group).encode()))
    learned, tests = texts.evaluation(tmp_path)
    seen = {text for _, cluster in learned for _, text in cluster}
    hidden = {text for pairs in tests.tatoeba.values() for pair in pairs for text in pair} | {
        t for group in tests.ntrex.values() for t in group
    }
    assert len(seen) > 100
    assert len(hidden) > 100
    assert seen.isdisjoint(hidden)


@pytest.mark.model
def test_a_table_trained_on_a_few_pairs_puts_translations_together_and_is_the_same_twice(modules):
    train, prepare, texts = modules("train"), modules("prepare"), modules("texts")
    words = np.arange(1, 41, dtype=np.int32)  # text i is piece i + 1; text i + 20 is its translation
    prepared = prepare.Prepared(
        flat=words,
        offsets=np.arange(41),
        pairs={("cs", "wesnoth"): np.stack([np.arange(20), np.arange(20, 40)], axis=1).astype(np.int32)},
        clusters={},
        tests=texts.Tests({}, {}, {}),
    )
    modules("train").LANGUAGES = ("en", "cs")
    table = train.train(prepared, 41, steps=60)
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    assert modules("measure").top1(unit[1:21], unit[21:41]) == 1.0
    assert np.array_equal(table, train.train(prepared, 41, steps=60))


def test_a_packed_table_is_read_back_with_its_checksums(modules, tmp_path):
    from tokenizers import Tokenizer, models, pre_tokenizers

    from tqcheck.static_model import load

    tokenizer = Tokenizer(models.Unigram([("<unk>", 0.0), ("▁bridge", -1.0), ("▁most", -1.0)], unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.save(str(tmp_path / "pieces.json"))
    table = np.array([[9, 9], [3, 4], [4, 3]], dtype=np.float32)
    modules("pack").pack(table, tmp_path / "pieces.json", tmp_path / "model", {"same": 0.8, "possibly": 0.7, "unrelated": 0.2})
    model = load(tmp_path / "model")
    np.testing.assert_allclose(model.encode(["bridge", "most", "zzz"]), [[0.6, 0.8], [0.8, 0.6], [0, 0]], atol=0.01)
    assert model.thresholds.same == 0.8


def test_without_the_evaluation_texts_nothing_is_measured_and_it_says_so(modules, tmp_path, capsys):
    assert modules("measure").main(["--eval", str(tmp_path / "none")]) == 0
    assert "nothing to measure" in capsys.readouterr().err
