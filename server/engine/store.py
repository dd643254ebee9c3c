"""A snapshot opened for reading, and answers from it: changes when the store behind it does.

There is no time-out here: Oxigraph cannot stop a running query.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import (
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    serialize,
)

from server.engine.formats import Format, Kind
from server.engine.guard import refuse_unsafe
from server.engine.text import escape_dots
from server.errors import Position, QuerySyntaxError, SnapshotError, UnknownSavedQuery
from server.prefixes import Prefixes
from server.saved_query import Bindings, SavedQuery, load_queries
from server.snapshot_format import CURRENT, DATASET, PREFIXES, QUERIES, Manifest

Result = QuerySolutions | QueryBoolean | QueryTriples
WHERE = re.compile(r"error at (\d+):(\d+): (?:expected )?(?:one of )?(.*)", re.DOTALL)
EXPECTED = re.compile(r'"([^"\s]{1,12})"|\b([A-Z]{2,}(?: [A-Z]{2,})*)\b|\b((?:The|Prefix|IRI)[\w ]+)')
NAMED_AT_MOST = 8
# Oxigraph lists these in every group; the one is refused here, the other no standard.
NEVER_NAMED = ("SERVICE", "LATERAL")


@dataclass(frozen=True)
class Dataset:
    """The dataset in service: the store, what the snapshot says of itself, the saved queries and the prefixes."""

    store: Store
    manifest: Manifest
    queries: tuple[SavedQuery, ...]
    prefixes: Prefixes

    def saved_query(self, name: str) -> SavedQuery:
        """The saved query of that name; raises UnknownSavedQuery."""
        for query in self.queries:
            if query.name == name:
                return query
        known = ", ".join(query.name for query in self.queries)
        raise UnknownSavedQuery(f"There is no saved query {name!r}. There are: {known}.")

    def ask(self, text: str, bindings: Bindings | None = None) -> Result:
        """Evaluate a SPARQL 1.1 query over the default graph, with variables substituted by bindings.

        Raises ForbiddenQuery for an update or SERVICE, QuerySyntaxError for a text that does not parse.
        """
        refuse_unsafe(text)
        try:
            return self.store.query(escape_dots(text), substitutions=bindings)
        except SyntaxError as error:
            raise _syntax_error(text, str(error.msg)) from error

    def write(self, result: Result, form: Format) -> bytes:
        """A result in a format of its kind."""
        if isinstance(result, QueryTriples):
            if not isinstance(form.oxigraph, RdfFormat):
                raise TypeError(f"{form.name} cannot carry a graph")
            return _written(serialize(result, format=form.oxigraph, prefixes=self.prefixes.table))
        if isinstance(form.oxigraph, RdfFormat):
            raise TypeError(f"{form.name} cannot carry solutions")
        return _written(result.serialize(format=form.oxigraph))


def kind_of(result: Result) -> Kind:
    """Whether a result is solutions (SELECT, ASK) or a graph (CONSTRUCT, DESCRIBE)."""
    return Kind.GRAPH if isinstance(result, QueryTriples) else Kind.SOLUTIONS


def open_snapshot(directory: Path) -> Dataset:
    """Read the snapshot in service in DIRECTORY into memory; raises SnapshotError if it is missing or damaged."""
    current = directory / CURRENT
    try:
        manifest = Manifest.load(current)
        files = {name: (current / name).read_bytes() for name in manifest.files}
    except FileNotFoundError as error:
        raise SnapshotError(f"There is no snapshot in {directory}. Run `policing-goals build` first.") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SnapshotError(f"The snapshot in {directory} cannot be read: {error}. Build it again.") from error
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != manifest.files[name]:
            raise SnapshotError(f"{current / name} is damaged: its SHA-256 is not the manifest's. Build it again.")
    store = Store()
    store.bulk_load(files[DATASET], format=RdfFormat.N_QUADS)
    return Dataset(store, manifest, load_queries(files[QUERIES].decode()), Prefixes(json.loads(files[PREFIXES])))


def _written(content: bytes | None) -> bytes:
    # Oxigraph returns None only when it writes to a file.
    return content or b""


def _own_column(line: str, column: int) -> int:
    # Oxigraph counts in the text with escaped dots; the asker wrote it without.
    columns = range(1, len(line) + 2)
    return next((own for own in columns if len(escape_dots(line[: own - 1])) + 1 >= column), column)


def _syntax_error(text: str, message: str) -> QuerySyntaxError:
    match = WHERE.search(message)
    if not match:
        return QuerySyntaxError(f"The query does not parse: {message}")
    line = int(match[1])
    lines = text.splitlines()
    shown = lines[line - 1] if line <= len(lines) else ""
    column = _own_column(shown, int(match[2]))
    named = [word for groups in EXPECTED.findall(match[3]) for word in groups if word and word not in NEVER_NAMED]
    expected = named[:NAMED_AT_MOST]
    hint = f" Expected here: {', '.join(dict.fromkeys(expected))}." if expected else ""
    detail = f"The query does not parse at line {line}, column {column}.{hint}"
    return QuerySyntaxError(detail, Position(line, column, shown))
