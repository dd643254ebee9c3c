"""SSSOM tables as text: changes when the SSSOM/TSV format does.

Reads the form described by SSSOM 1.1: a YAML block of metadata in comment
lines, then a tab-separated table. Knows nothing of what the columns mean.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from server.errors import SourceError


@dataclass(frozen=True)
class Row:
    """One row of a table: its values by column, empty cells left out, and its place (file:line)."""

    place: str
    values: dict[str, str]

    def required(self, column: str) -> str:
        """The value of a column that may not be empty; raises SourceError."""
        value = self.values.get(column)
        if value is None:
            raise SourceError(self.place, f"the column {column} is empty.", "Fill it in; every link needs it.")
        return value

    def fault(self, what: str, mend: str) -> SourceError:
        """The SourceError for this row."""
        return SourceError(self.place, what, mend)


@dataclass(frozen=True)
class Table:
    """A table with its metadata (the YAML block as Python values) and its name below the root."""

    name: str
    metadata: dict[str, Any]
    rows: tuple[Row, ...]


def read_table(root: Path, name: str, required: tuple[str, ...]) -> Table:
    """Read ROOT/NAME; raises SourceError with file and line for a broken header, a missing column or a missing tab."""
    lines = (root / name).read_text(encoding="utf-8").splitlines()
    head = [line[1:] for line in lines if line.startswith("#")]
    if any(line.startswith("#") for line in lines[len(head) :]):
        raise SourceError(name, "a comment line stands below the first lines.", "Keep the metadata block at the top.")
    body = lines[len(head) :]
    if not body:
        raise SourceError(name, "there is no line of column names.", "Restore it below the metadata block.")
    columns = body[0].split("\t")
    missing = [column for column in required if column not in columns]
    if missing:
        place = f"{name}:{len(head) + 1}"
        raise SourceError(place, f"the column {missing[0]} is missing.", f"Expected: {', '.join(required)}.")
    rows = (
        _row(f"{name}:{number}", columns, line)
        for number, line in enumerate(body[1:], start=len(head) + 2)
        if line.strip()
    )
    return Table(name, _metadata(name, head), tuple(rows))


def _metadata(name: str, head: list[str]) -> dict[str, Any]:
    try:
        metadata = yaml.safe_load("\n".join(head))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        problem = getattr(error, "problem", None) or "not YAML"
        raise SourceError(where, f"broken metadata block: {problem}.", "Mend the YAML behind the # signs.") from error
    if not isinstance(metadata, dict):
        raise SourceError(f"{name}:1", "there is no metadata block.", "Begin with #curie_map: and #mapping_set_id:.")
    return metadata


def _row(place: str, columns: list[str], line: str) -> Row:
    cells = line.split("\t")
    if len(cells) != len(columns):
        what = f"{len(cells)} cells, but there are {len(columns)} columns."
        raise SourceError(place, what, "Look for a missing or an extra tab; an empty cell needs its tab too.")
    for column, cell in zip(columns, cells, strict=True):
        if cell != cell.strip():
            raise SourceError(place, f"stray space in the column {column}.", "Remove it.")
    return Row(place, {column: cell for column, cell in zip(columns, cells, strict=True) if cell})
