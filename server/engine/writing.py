"""Answers as bytes: changes when a serialisation needs mending.

Oxigraph serialises. Mended here: it declares every prefix it is given, in no fixed
order; and it writes carriage returns into XML as they are, where every reader turns them into line feeds.
"""

import re
from collections.abc import Iterable
from io import BytesIO
from typing import IO, TYPE_CHECKING

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat, Triple, serialize

from server.engine.formats import Format
from server.prefixes import Prefixes

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Result = QuerySolutions | QueryBoolean | QueryTriples
PREFIX_LINE = re.compile(rb"@prefix ([^:]*): <[^>]*> \.\n")
ROOT_ELEMENT = re.compile(rb"<rdf:RDF ([^>]*)>")


class _KeepingReturns(BytesIO):
    """Writes to another stream, with carriage returns as references, which an XML reader gives back unchanged."""

    def __init__(self, output: IO[bytes]) -> None:
        super().__init__()
        self._output = output

    def write(self, content: "ReadableBuffer") -> int:
        piece = bytes(content)
        self._output.write(_keep_returns(piece))
        return len(piece)


def write(result: Result, form: Format, prefixes: Prefixes) -> bytes:
    """A result in a format of its kind, the same bytes each time; raises TypeError for a format of the other kind."""
    output = BytesIO()
    write_to(output, result, form, prefixes)
    return output.getvalue()


def write_to(output: IO[bytes], result: Result, form: Format, prefixes: Prefixes) -> None:
    """Write a result to a stream as it is made; raises what write() raises, and what the stream does."""
    if isinstance(result, QueryTriples):
        output.write(write_graph(result, form, prefixes))
        return
    if isinstance(form.oxigraph, RdfFormat):
        raise TypeError(f"{form.name} cannot carry solutions")
    mended = _KeepingReturns(output) if form.oxigraph == QueryResultsFormat.XML else output
    result.serialize(mended, format=form.oxigraph)


def write_graph(triples: Iterable[Triple], form: Format, prefixes: Prefixes) -> bytes:
    """Triples in a format for graphs; raises TypeError for a format for solutions."""
    if not isinstance(form.oxigraph, RdfFormat):
        raise TypeError(f"{form.name} cannot carry a graph")
    content = serialize(triples, format=form.oxigraph, prefixes=prefixes.table) or b""
    if form.oxigraph in (RdfFormat.TURTLE, RdfFormat.TRIG):
        return _used_prefixes(content)
    return _sorted_namespaces(_keep_returns(content)) if form.oxigraph == RdfFormat.RDF_XML else content


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


def _keep_returns(content: bytes) -> bytes:
    return content.replace(b"\r", b"&#xD;")
