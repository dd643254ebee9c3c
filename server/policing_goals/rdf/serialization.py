"""Serialize results and graphs, the same bytes each time.

Oxigraph serializes everything but compacted JSON-LD. Two things are corrected afterwards: it declares every prefix, in
no fixed order; and it writes carriage returns into XML as they are, which every reader turns into line feeds.
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

from policing_goals.errors import NotAcceptable, QueryFailed, ServiceFailed, message
from policing_goals.model.prefixes import Prefixes
from policing_goals.rdf.formats import BYTE_ORDER_MARK, CSV_FOR_EXCEL, Format
from policing_goals.rdf.json_ld import write_json_ld, write_json_ld_dataset

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
from pyoxigraph import Literal

EXPANDED = "jsonld-expanded"
Result = QuerySolutions | QueryBoolean | QueryTriples
PREFIX_LINE = re.compile(rb"@prefix ([^:]*): <[^>]*> \.\n")
# Characters that XML 1.0 cannot contain, and an element for which Oxigraph found no name.
NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|<oxprefix:[ />]")
# Of what Oxigraph says when it fails, what only another endpoint can cause.
SERVICE_MESSAGE = re.compile(r"Unsupported Content-Type returned by service|Parser error at line|Parser error ")
MAX_QUOTED = 300
ROOT_ELEMENT = re.compile(rb"<rdf:RDF ([^>]*)>")


class _CarriageReturnEscaper(BytesIO):
    """Writes XML to another stream, with carriage returns as character references, which readers keep."""

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

    Raises TypeError for a format of the other kind, NotAcceptable for one that cannot contain this result, and
    QueryFailed if evaluation fails.
    """
    output = BytesIO()
    write_to(output, result, form, prefixes)
    return output.getvalue()


def write_to(output: IO[bytes], result: Result, form: Format, prefixes: Prefixes) -> None:
    """Write a result to a stream while it is evaluated; raises what write() raises, and what the stream raises."""
    if isinstance(result, QueryTriples):
        with query_errors():
            triples = list(result)
        output.write(write_graph(triples, form, prefixes))
        return
    if isinstance(form.oxigraph, RdfFormat):
        raise TypeError(f"{form.name} cannot contain solutions")
    stream = _CarriageReturnEscaper(output) if form.oxigraph == QueryResultsFormat.XML else output
    if form is CSV_FOR_EXCEL:
        output.write(BYTE_ORDER_MARK)
    with query_errors():
        result.serialize(stream, format=form.oxigraph)


def write_graph(triples: Iterable[Triple], form: Format, prefixes: Prefixes) -> bytes:
    """Triples in a format for graphs; raises TypeError for a format for solutions."""
    if not isinstance(form.oxigraph, RdfFormat):
        raise TypeError(f"{form.name} cannot contain a graph")
    if form.oxigraph == RdfFormat.JSON_LD and form.name != EXPANDED:
        return write_json_ld(triples, prefixes)
    try:
        content = serialize(triples, format=form.oxigraph, prefixes=None if form.name == EXPANDED else prefixes.table)
        content = content or b""
    except (OSError, ValueError) as error:
        raise NotAcceptable(
            message(
                "{media_type} cannot contain this graph: {error}. Choose another format.",
                media_type=form.media_type,
                error=error,
            )
        ) from error
    if form.oxigraph in (RdfFormat.TURTLE, RdfFormat.TRIG):
        return _used_prefixes(content)
    if form.oxigraph != RdfFormat.RDF_XML:
        return content
    _check_xml(content)
    return _sorted_namespaces(_escape_returns(content))


def write_quads(quads: Iterable[Quad], form: Format, prefixes: Prefixes) -> bytes:
    """Quads in TriG, N-Quads or JSON-LD; raises TypeError for a format without named graphs."""
    if form.oxigraph == RdfFormat.JSON_LD:
        return write_json_ld_dataset(quads, prefixes)
    if form.oxigraph not in (RdfFormat.TRIG, RdfFormat.N_QUADS) or not isinstance(form.oxigraph, RdfFormat):
        raise TypeError(f"{form.name} has no named graphs")
    content = serialize(quads, format=form.oxigraph, prefixes=prefixes.table) or b""
    return _used_prefixes(content) if form.oxigraph == RdfFormat.TRIG else content


@contextmanager
def query_errors() -> Iterator[None]:
    """Evaluate part of a query; raises QueryFailed with Oxigraph's message if that fails.

    Raises ServiceFailed if that is because another endpoint fails, which only federated queries ask.
    """
    try:
        yield
    except OSError as error:
        # Oxigraph itself reads and writes nothing: this is the network.
        raise _service_failed(error) from error
    except (RuntimeError, ValueError) as error:
        if SERVICE_MESSAGE.match(str(error)):
            raise _service_failed(error) from error
        raise QueryFailed(message("The query cannot be evaluated: {error}.", error=error)) from error


def _service_failed(error: Exception) -> ServiceFailed:
    # It may quote a whole page of the other endpoint.
    text = " ".join(str(error).split())
    return ServiceFailed(f"{text[:MAX_QUOTED]}{'…' if len(text) > MAX_QUOTED else ''}")


def _check_xml(content: bytes) -> None:
    if NO_XML.search(content):
        raise NotAcceptable(
            "XML 1.0 cannot contain this result: it has a control character, or a property whose IRI does not end in a "
            "name. Choose another format."
        )


def _used_prefixes(content: bytes) -> bytes:
    # The prefixes are declared first; a body without the name of a prefix cannot use it.
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
    """The value of a term: a number for a numeric literal, a text for any other."""
    text = str(getattr(term, "value", ""))
    kind = term.datatype.value.rpartition("#")[2] if isinstance(term, Literal) else ""
    return NUMBERS[kind](text) if kind in NUMBERS else text
