"""SSSOM tables as text: changes when the SSSOM/TSV format does.

Reads the form described by SSSOM 1.1: a YAML block of metadata in comment
lines, then a tab-separated table. Knows nothing of what the columns mean.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policing_goals.errors import SourceError
from policing_goals.graph.sources import read_source
from policing_goals.graph.yaml_block import read_yaml_block


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
    text = read_source(root, name)
    metadata, body = read_yaml_block(name, text, "#")
    return Table(name, metadata, _rows(name, body, len(text.splitlines()) - len(body) + 1, required))


def read_plain_table(root: Path, name: str, required: tuple[str, ...]) -> tuple[Row, ...]:
    """The rows of a table without metadata; raises SourceError as read_table does."""
    return _rows(name, read_source(root, name).splitlines(), 1, required)


def _rows(name: str, body: list[str], first: int, required: tuple[str, ...]) -> tuple[Row, ...]:
    columns = body[0].split("\t") if body else []
    missing = [column for column in required if column not in columns]
    if missing:
        raise SourceError(
            f"{name}:{first}", f"the column {missing[0]} is missing.", f"Expected: {', '.join(required)}."
        )
    numbered = enumerate(body[1:], start=first + 1)
    return tuple(_row(f"{name}:{number}", columns, line) for number, line in numbered if line.strip())


def _row(place: str, columns: list[str], line: str) -> Row:
    cells = line.split("\t")
    if len(cells) != len(columns):
        what = f"{len(cells)} cells, but there are {len(columns)} columns."
        raise SourceError(place, what, "Look for a missing or an extra tab; an empty cell needs its tab too.")
    for column, cell in zip(columns, cells, strict=True):
        if cell != cell.strip():
            raise SourceError(place, f"stray space in the column {column}.", "Remove it.")
    return Row(place, {column: cell for column, cell in zip(columns, cells, strict=True) if cell})
