"""SSSOM tables as text: changes when the SSSOM/TSV format does.

Reads the form described by SSSOM 1.1: a YAML block of metadata in comment
lines, then a tab-separated table. Knows nothing of what the columns mean.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from policing_goals.builder.sources import read_source
from policing_goals.errors import SourceError


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


#
# The same in C, where PyYAML was built with it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml_block(name: str, text: str, marker: str) -> tuple[dict[str, Any], list[str]]:
    """The mapping in the first lines of a text that begin with a marker, and the lines below them.

    name: the file, for errors. Raises SourceError, with the line, if the block is missing or not a YAML mapping.
    """
    lines = text.splitlines()
    end = next((index for index, line in enumerate(lines) if not line.startswith(marker)), len(lines))
    block = "\n".join(line.removeprefix(marker) for line in lines[:end])
    try:
        mapping = yaml.load(block, LOADER)  # noqa: S506  # both are safe
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        problem = getattr(error, "problem", None) or "not YAML"
        raise SourceError(where, f"broken YAML: {problem}.", f"Mend it behind the {marker} signs.") from error
    if not isinstance(mapping, dict):
        what = f"the first lines do not hold YAML behind {marker} signs."
        raise SourceError(f"{name}:1", what, "Begin the file with such a block; see its neighbours.")
    return mapping, lines[end:]
