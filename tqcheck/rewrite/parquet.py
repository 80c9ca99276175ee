"""Parquet: the columns of the changed fields are written anew, all others, the schema and its metadata are taken over."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tqcheck.rewrite.letters import Change, File

if TYPE_CHECKING:
    from tqcheck.fix import Edit


def editor(file: File) -> Callable[[Sequence[Change], dict[int, str]], bytes]:
    """What makes changes to the table. Raises CannotFixError when it cannot be read whole."""
    arrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    try:
        source = parquet.ParquetFile(io.BytesIO(file.raw))
        table = source.read()
    except (arrow.ArrowException, OSError):
        raise file.cannot("the file is damaged") from None
    group = source.metadata.row_group(0) if source.metadata.num_row_groups else None
    compression = (
        {group.column(number).path_in_schema.partition(".")[0]: group.column(number).compression for number in range(group.num_columns)}
        if group
        else {}
    )

    def edit(changes: Sequence[Change], failed: dict[int, str]) -> bytes:
        del failed
        changed: dict[str, dict[int, Any]] = {}
        for change in changes:
            row = int(change.article.origin.rpartition(":row ")[2]) - 1
            for (field, segment), edits in change.edits.items():
                cells = changed.setdefault(file.column(field), {})
                now = cells.get(row, getattr(change.article, field))
                cells[row] = _edited(now, edits) if segment is None else [*now[:segment], _edited(now[segment], edits), *now[segment + 1 :]]
        after = table
        for name, cells in changed.items():
            at = after.schema.get_field_index(name)
            values = [cells.get(row, value) for row, value in enumerate(after.column(name).to_pylist())]
            field = after.schema.field(at)
            after = after.set_column(at, field, arrow.array(values, type=field.type))
        out = io.BytesIO()
        codecs = {name: str(codec).replace("UNCOMPRESSED", "NONE") for name, codec in compression.items()}
        rows = group.num_rows if group else None
        parquet.write_table(after, out, compression=codecs or "snappy", row_group_size=rows)
        return out.getvalue()

    return edit


def _edited(text: str, edits: Sequence[Edit]) -> str:
    for edit in reversed(edits):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text
