"""Answers as bytes: changes when a serialisation needs mending.

Oxigraph serialises, but for compacted JSON-LD. Mended here: it declares every prefix it is given, in no fixed
order; and it writes carriage returns into XML as they are, where every reader turns them into line feeds.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, TYPE_CHECKING

from pyoxigraph import (
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Triple,
    serialize,
)

from policing_goals.errors import NotAcceptable, QueryFailed
from policing_goals.model.prefixes import Prefixes
from policing_goals.rdf.formats import Format
from policing_goals.rdf.json_ld import write_json_ld

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
from pyoxigraph import Literal

EXPANDED = "jsonld-expanded"
Result = QuerySolutions | QueryBoolean | QueryTriples
PREFIX_LINE = re.compile(rb"@prefix ([^:]*): <[^>]*> \.\n")
# Characters that XML 1.0 has no way to write, and an element that Oxigraph found no name for.
NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|<oxprefix:[ />]")
ROOT_ELEMENT = re.compile(rb"<rdf:RDF ([^>]*)>")


class _CarriageReturnEscaper(BytesIO):
    """Writes XML to another stream, with carriage returns as references, which a reader gives back unchanged."""

    def __init__(self, output: IO[bytes]) -> None:
        super().__init__()
        self._output = output
        self._last = b""

    def write(self, content: "ReadableBuffer") -> int:
        piece = bytes(content)
        _check_xml(self._last + piece)
        self._last = piece[-2:]
        self._output.write(_escape_returns(piece))
        return len(piece)


def write(result: Result, form: Format, prefixes: Prefixes) -> bytes:
    """A result in a format of its kind, the same bytes each time.

    Raises TypeError for a format of the other kind, NotAcceptable for one that cannot
    carry this very result, and QueryFailed if the query turns out not to be evaluable.
    """
    output = BytesIO()
    write_to(output, result, form, prefixes)
    return output.getvalue()


def write_to(output: IO[bytes], result: Result, form: Format, prefixes: Prefixes) -> None:
    """Write a result to a stream as it is made; raises what write() raises, and what the stream does."""
    if isinstance(result, QueryTriples):
        with query_errors():
            triples = list(result)
        output.write(write_graph(triples, form, prefixes))
        return
    if isinstance(form.oxigraph, RdfFormat):
        raise TypeError(f"{form.name} cannot carry solutions")
    mended = _CarriageReturnEscaper(output) if form.oxigraph == QueryResultsFormat.XML else output
    with query_errors():
        result.serialize(mended, format=form.oxigraph)


def write_graph(triples: Iterable[Triple], form: Format, prefixes: Prefixes) -> bytes:
    """Triples in a format for graphs; raises TypeError for a format for solutions."""
    if not isinstance(form.oxigraph, RdfFormat):
        raise TypeError(f"{form.name} cannot carry a graph")
    if form.oxigraph == RdfFormat.JSON_LD and form.name != EXPANDED:
        return write_json_ld(triples, prefixes)
    try:
        content = serialize(triples, format=form.oxigraph, prefixes=None if form.name == EXPANDED else prefixes.table)
        content = content or b""
    except (OSError, ValueError) as error:
        raise NotAcceptable(f"{form.media_type} cannot carry this graph: {error}. Ask for another format.") from error
    if form.oxigraph in (RdfFormat.TURTLE, RdfFormat.TRIG):
        return _used_prefixes(content)
    if form.oxigraph != RdfFormat.RDF_XML:
        return content
    _check_xml(content)
    return _sorted_namespaces(_escape_returns(content))


def write_quads(quads: Iterable[Quad], form: Format, prefixes: Prefixes) -> bytes:
    """Quads in TriG or N-Quads; raises TypeError for a format without named graphs."""
    if form.oxigraph not in (RdfFormat.TRIG, RdfFormat.N_QUADS) or not isinstance(form.oxigraph, RdfFormat):
        raise TypeError(f"{form.name} has no named graphs")
    content = serialize(quads, format=form.oxigraph, prefixes=prefixes.table) or b""
    return _used_prefixes(content) if form.oxigraph == RdfFormat.TRIG else content


@contextmanager
def query_errors() -> Iterator[None]:
    """Evaluate part of a query; raises QueryFailed in Oxigraph's words if that cannot be done."""
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:
        raise QueryFailed(f"The query cannot be evaluated: {error}.") from error


def _check_xml(content: bytes) -> None:
    if NO_XML.search(content):
        raise NotAcceptable(
            "XML 1.0 cannot carry this answer: it has a control character, or a property whose IRI ends in no name. "
            "Ask for another format."
        )


def _used_prefixes(content: bytes) -> bytes:
    # The block of prefixes is at the head; what uses none of a prefix's name cannot need it.
    end, declared = 0, []
    while match := PREFIX_LINE.match(content, end):
        declared.append((match[1], match[0]))
        end = match.end()
    body = content[end:]
    lines = sorted(line for name, line in declared if name + b":" in body)
    return b"".join([*lines, b"\n" if lines else b"", body])


def _sorted_namespaces(content: bytes) -> bytes:
    match = ROOT_ELEMENT.search(content)
    if not match:
        return content
    declared = sorted(match[1].split())
    used = [each for each in declared if each.startswith(b"xmlns:rdf=") or _is_used(each, content[match.end() :])]
    return content[: match.start(1)] + b" ".join(used) + content[match.end(1) :]


def _is_used(declaration: bytes, body: bytes) -> bool:
    name = declaration.removeprefix(b"xmlns:").partition(b"=")[0]
    return b"<" + name + b":" in body or b" " + name + b":" in body


def _escape_returns(content: bytes) -> bytes:
    return content.replace(b"\r", b"&#xD;")


NUMBERS: dict[str, type[int] | type[float]] = {"integer": int, "decimal": float, "double": float}


def to_python(term: object) -> str | int | float:
    """A term as a number, if it is one, or a text."""
    text = str(getattr(term, "value", ""))
    kind = term.datatype.value.rpartition("#")[2] if isinstance(term, Literal) else ""
    return NUMBERS[kind](text) if kind in NUMBERS else text
