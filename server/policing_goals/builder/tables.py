"""Read tab-separated tables with YAML front matter, as SSSOM/TSV 1.1 has them, and YAML headers of queries."""

from dataclasses import dataclass
from typing import Any

import yaml

from policing_goals.builder.sources import Sources
from policing_goals.errors import SourceError

# The C loader, where PyYAML was built with it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Row:
    """A row of a table: its values by column, without empty cells, and its place (file:line)."""

    place: str
    values: dict[str, str]

    def required(self, column: str) -> str:
        """The value of a column that may not be empty; raises SourceError."""
        value = self.values.get(column)
        if value is None:
            raise self.fault(f"the column {column} is empty.", "Fill it in; every row needs it.")
        return value

    def fault(self, problem: str, fix: str) -> SourceError:
        """The SourceError for a problem in this row."""
        return SourceError(self.place, problem, fix)


@dataclass(frozen=True)
class Table:
    """A table: its name below the root, its front matter as Python values, and its rows."""

    name: str
    metadata: dict[str, Any]
    rows: tuple[Row, ...]


def read_table(sources: Sources, name: str, required: tuple[str, ...]) -> Table:
    """A table with front matter. required: columns that it must have.

    Raises SourceError, with file and line, for broken front matter, a missing column or a missing tab.
    """
    text = sources.read(name)
    metadata, body = read_yaml_block(name, text, "#")
    return Table(name, metadata, _rows(name, body, len(text.splitlines()) - len(body) + 1, required))


def read_plain_table(sources: Sources, name: str, required: tuple[str, ...]) -> tuple[Row, ...]:
    """The rows of a table without front matter; raises SourceError as read_table does."""
    return _rows(name, sources.read(name).splitlines(), 1, required)


def read_yaml_block(name: str, text: str, marker: str) -> tuple[dict[str, Any], list[str]]:
    """The YAML mapping in the first lines of a text that begin with a marker, and the lines below them.

    name: the file, for errors. Raises SourceError, with the line, if the block is missing or not a YAML mapping.
    """
    lines = text.splitlines()
    end = next((index for index, line in enumerate(lines) if not line.startswith(marker)), len(lines))
    block = "\n".join(line.removeprefix(marker) for line in lines[:end])
    try:
        mapping = yaml.load(block, LOADER)  # noqa: S506  # both loaders are safe
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        problem = getattr(error, "problem", None) or "not YAML"
        raise SourceError(where, f"broken YAML: {problem}.", f"Fix it after the {marker} signs.") from error
    if not isinstance(mapping, dict):
        problem = f"the first lines have no YAML after {marker} signs."
        raise SourceError(f"{name}:1", problem, "Begin the file with such a block; see the files beside it.")
    return mapping, lines[end:]


def _rows(name: str, body: list[str], first: int, required: tuple[str, ...]) -> tuple[Row, ...]:
    columns = body[0].split("\t") if body else []
    missing = [column for column in required if column not in columns]
    if missing:
        problem = f"the column {missing[0]} is missing."
        raise SourceError(f"{name}:{first}", problem, f"Expected: {', '.join(required)}.")
    numbered = enumerate(body[1:], start=first + 1)
    return tuple(_row(f"{name}:{number}", columns, line) for number, line in numbered if line.strip())


def _row(place: str, columns: list[str], line: str) -> Row:
    cells = line.split("\t")
    if len(cells) != len(columns):
        problem = f"{len(cells)} cells, but there are {len(columns)} columns."
        raise SourceError(place, problem, "Look for a missing or an extra tab; an empty cell needs its tab too.")
    for column, cell in zip(columns, cells, strict=True):
        if cell != cell.strip():
            raise SourceError(place, f"stray space in the column {column}.", "Remove it.")
    return Row(place, {column: cell for column, cell in zip(columns, cells, strict=True) if cell})
