"""Reading: files, folders, globs and standard input become a stream of articles and of problems.

    for article in read(["feed/", "late.jsonl", "-"], columns={"title": "headline"}): ...

Nothing that goes wrong with an input ends the run, and nothing is passed over in silence: what could not be read comes
as a `Problem` on the same stream, so rows in = articles + problems.

In a folder (walked in sorted order, hidden names passed over) the files of known suffixes are read. Files of other
suffixes are passed over as pictures and stylesheets are meant to be, with two exceptions, each of which is one problem
for the folder: suffixes under which articles are often kept (.docx, .xml, .gz ...), and a folder in which nothing at all
could be read. Links, pipes and devices inside a folder are named and not opened. A file that is given twice is read once.
"""

from __future__ import annotations

import glob
import io
import os
import stat
import sys
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import BinaryIO

from tqcheck.article import ARTICLE_KEYS, Article, Problem
from tqcheck.errors import ConfigError, unknown
from tqcheck.read import html, jsonfile, jsonl, markdown, parquet, table, text
from tqcheck.read.ids import Seen
from tqcheck.read.rows import ROW_CAP, Options, Reader, articles
