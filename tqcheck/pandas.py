"""The accessor `df.tq`: `import tqcheck.pandas` gives it to every DataFrame.

    import pandas as pd
    import tqcheck.pandas

    articles = pd.read_json("feed.jsonl", lines=True)
    articles.tq.score()               one row an article
    articles.tq.check()               one row a finding
    articles.tq.report("a1")          one article, marked, in a notebook

The options are those of the command line: `articles.tq.check(select=["name-variant"], model="none", jobs=2)`.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from tqcheck.errors import ConfigError, TqcheckError, WriteError

if TYPE_CHECKING:
    from tqcheck.article import Report


@pd.api.extensions.register_dataframe_accessor("tq")
class Accessor:
    """What tqcheck has to say of a frame of articles, one a row."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def check(self, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - those of check_frame
        """Findings, one row each: `tqcheck.check_frame`, with its arguments."""
        from tqcheck.frame import check_frame

        return check_frame(self._frame, **options)

    def score(self, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - those of score_frame
        """Scores, one row an article: `tqcheck.score_frame`, with its arguments."""
        from tqcheck.frame import score_frame

        return score_frame(self._frame, **options)

    def report(self, which: Hashable | None = None, **options: Any) -> Report:  # noqa: ANN401 - those of the command line
        """The report of one article; a notebook shows the article with its findings marked.

        Args:
            which: the label of the row, as for `df.loc`, or the `id` of the article. Not needed for a frame of one row.
            options: those of the command line.

        Raises:
            KeyError: no row has this label or id.
            ConfigError: an unknown option, or several rows are meant.
            TqcheckError: the article cannot be checked.
        """
        from tqcheck.frame import reports

        (outcome,) = reports(self._row(which, options.get("columns", {}).get("id", "id")), progress=False, **options)
        if isinstance(outcome, TqcheckError):
            raise outcome
        report: Report = outcome
        return report

    def reports(self, *, progress: bool | None = None, **options: Any) -> pd.Series[Any]:  # noqa: ANN401 - those of the command line
        """All reports, as a Series with the index of the frame; where an article cannot be checked, the error stands in its place.

        A report holds the article and all that was measured on it, about ten times its text: for many articles take `check` and `score`.
        """
        from tqcheck.frame import reports

        return reports(self._frame, progress=progress, **options)

    def to_folder(self, path: str | Path, *, progress: bool | None = None, **options: Any) -> Path:  # noqa: ANN401
        """Write a report folder as `tqcheck report -o` does: a page for each article, an index, tables. Returns the path of its index."""
        from tqcheck.frame import write_folder

        return write_folder(self._frame, path, progress=progress, **options)

    def to_csv(self, path: str | Path) -> None:
        """Write the frame, such as findings or scores, as a CSV file that is safe and legible in a spreadsheet.

        A cell that a spreadsheet would take for a formula gets an apostrophe in front; lists are written as JSON; the file is UTF-8 with
        the mark by which Excel knows it. The index is left out. Raises WriteError when the file cannot be written.
        """
        from tqcheck.report.table import harmless, json_text

        def cell(value: Any) -> Any:  # noqa: ANN401 - a cell may be anything
            return harmless(json_text(value) if isinstance(value, (list, dict)) else value)

        safe = self._frame.astype(object).map(cell)
        safe.columns = pd.Index([harmless(str(column)) for column in self._frame.columns])
        try:
            safe.to_csv(path, index=False, encoding="utf-8-sig", errors="replace")
        except OSError as error:
            raise WriteError(f"{path}: cannot be written: {error.strerror or error}: choose another file") from None

    def _row(self, which: Hashable | None, id_column: str) -> pd.DataFrame:
        """The frame with the one row that is meant."""
        if which is None:
            rows = list(range(len(self._frame)))
        else:
            labels, ids = self._labelled(which), self._with_id(which, id_column)
            if labels and ids and labels != ids:
                raise ConfigError(f"{which!r} is the label of one row and the id of another: say df.iloc[[NUMBER]].tq.report()")
            rows = labels or ids
            if not rows:
                raise KeyError(f"no row has the label or the id {which!r}")
        if len(rows) != 1:
            meant = "the frame has" if which is None else f"{which!r} is the name of"
            raise ConfigError(f"{meant} {len(rows)} rows: say which, df.tq.report(LABEL), or take df.tq.reports() for all")
        return self._frame.iloc[rows]

    def _labelled(self, which: Hashable) -> list[int]:
        return [row for row, label in enumerate(self._frame.index) if label == which]

    def _with_id(self, which: Hashable, column: str) -> list[int]:
        if list(self._frame.columns).count(column) != 1:
            return []
        from tqcheck.frame import shown_id

        return [row for row, name in enumerate(self._frame[column]) if shown_id(name) == str(which)]
