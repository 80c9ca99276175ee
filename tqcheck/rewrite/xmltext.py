"""Where the characters of an XML file's text stand."""

from __future__ import annotations

import io

from tqcheck.errors import ReadError
from tqcheck.read.xmlfile import XmlFile


def root_of(raw: bytes) -> str:
    """The name of the outermost element; "" when there is none that can be read."""
    try:
        return XmlFile(io.BytesIO(raw)).root.name
    except ReadError:
        return ""
