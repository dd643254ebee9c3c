"""Parse RDF of strangers in a child process, which may use so much memory and time and no more."""

import multiprocessing
import os
import resource
import signal
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, NamedTuple, TypeVar

from pyoxigraph import BlankNode, DefaultGraph, RdfFormat, Triple, parse

from policing_goals.builder.child_process import Told
from policing_goals.builder.imports.limits import MIB, ImportLimits
from policing_goals.builder.imports.nesting import check_nesting
from policing_goals.builder.imports.sorting import TooManyLines, write_sorted
from policing_goals.builder.imports.telling_reader import telling_reader
from policing_goals.errors import SourceError
from policing_goals.process_limits import limit_memory
from policing_goals.rdf.formats import BYTE_ORDER_MARK
from policing_goals.rdf.total_order import kind_of_value

# A child that says nothing for so many times its CPU time waits for something that will not come.
PATIENCE, END_SECONDS = 4, 5
MAX_PROPERTIES = 10_000
OVERFLOW, NO_MEMORY = "has overflowed its stack", "memory allocation of"
Term = TypeVar("Term")


@dataclass(frozen=True)
class Document:
    """A document as it came, in a file. source: its path or URL; base: the IRI that relative ones are resolved against.

    nodes: what the names of its blank nodes begin with.
    """

    source: str
    path: Path
    form: RdfFormat
    base: str
    nodes: str


class Parsed(NamedTuple):
    """The number of statements of a document, and the kinds of the values of each property, by its IRI.

    Of more than MAX_PROPERTIES properties, none has its kinds.
    """

    statements: int
    kinds: dict[str, list[str]]


def parse_guarded(document: Document, sorted_file: Path, limits: ImportLimits, told: Told) -> Parsed:
    """Write the distinct triples of a document to a file, as sorted N-Triples.

    Raises SourceError for one that is not RDF to its end, has a named graph, declares an XML entity, or needs more than
    its limits.
    """
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    words = os.memfd_create("words")
    child = context.Process(target=_parse_in_child, args=(document, sorted_file, limits, there, words), daemon=True)
    try:
        child.start()
        there.close()
        parsed = _received(here, document.path.stat().st_size, PATIENCE * limits.seconds, told)
        child.join(timeout=END_SECONDS)
        if parsed is None:
            said = os.pread(words, 4096, 0).decode("utf-8", "replace")
            raise _refusal(document.source, child.exitcode, said, limits)
        return parsed
    finally:
        child.kill()
        child.join()
        here.close()
        os.close(words)


def _received(pipe: Connection, length: int, patience: int, told: Told) -> Parsed | None:
    """What the child sends in the end; None if it ends before, or is silent. Raises the error it sends."""
    while pipe.poll(patience):
        try:
            message = pipe.recv()
        except EOFError:
            return None
        if isinstance(message, SourceError):
            raise message
        if isinstance(message, Parsed):
            return message
        told(message, length)
    return None


def _refusal(source: str, exit_code: int | None, said: str, limits: ImportLimits) -> SourceError:
    if exit_code == -signal.SIGXCPU:
        problem, option = f"it takes more than {limits.seconds} seconds of CPU time to read", "--max-seconds"
    elif OVERFLOW in said or exit_code == -signal.SIGSEGV:
        problem, option = "it nests too deeply for the parser", "a lower --max-depth, which names the line"
        return SourceError(source, f"{problem}.", f"Flatten it, or use {option}; nothing was changed.")
    elif NO_MEMORY in said or exit_code == -signal.SIGABRT:
        problem, option = f"it takes more than {limits.memory} MiB of memory to read", "--max-memory"
    else:
        return SourceError(source, f"the parser ended with status {exit_code}.", "Try again; nothing was changed.")
    return SourceError(source, f"{problem}.", f"Split it, or raise {option}; nothing was changed.")


def _parse_in_child(document: Document, sorted_file: Path, limits: ImportLimits, pipe: Connection, words: int) -> None:
    os.dup2(words, 2)
    limit_memory(limits.memory * MIB)
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    try:
        pipe.send(_write_statements(document, sorted_file, limits, pipe))
    except SourceError as error:
        pipe.send(error)
    except MemoryError:
        os.write(2, NO_MEMORY.encode())
        os.abort()


def _write_statements(document: Document, sorted_file: Path, limits: ImportLimits, pipe: Connection) -> Parsed:
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    check_nesting(document.source, document.path, document.form, limits.depth)
    try:
        with document.path.open("rb") as file:
            if file.read(len(BYTE_ORDER_MARK)) != BYTE_ORDER_MARK:
                file.seek(0)
            lines = _lines(document, telling_reader(file, pipe.send), kinds)
            number = write_sorted(lines, sorted_file, limits.statements)
            few = kinds if len(kinds) <= MAX_PROPERTIES else {}
            return Parsed(number, {iri: sorted(found) for iri, found in few.items()})
    except TooManyLines as error:
        problem = f"it has more than {limits.statements} statements."
        fix = "Split it, or raise --max-statements; nothing was changed."
        raise SourceError(document.source, problem, fix) from error
    except OSError as error:
        problem = f"its statements cannot be written to {sorted_file.parent}: {error.strerror}."
        raise SourceError(document.source, problem, "Free some space; nothing was changed.") from error


def _lines(document: Document, reader: IO[bytes], kinds: defaultdict[str, set[str]]) -> Iterator[bytes]:
    source, nodes = document.source, document.nodes
    try:
        for quad in parse(reader, format=document.form, base_iri=document.base):
            if quad.graph_name != DefaultGraph():
                raise SourceError(source, f"it has a named graph, {quad.graph_name}.", "Give triples, not quads.")
            triple = Triple(_renamed(quad.subject, nodes), quad.predicate, _renamed(quad.object, nodes))
            kinds[quad.predicate.value].add(kind_of_value(quad.object))
            yield f"{triple} .\n".encode()
    except (SyntaxError, ValueError) as error:
        where = f"{source}:{getattr(error, 'lineno', None) or 1}"
        fix = "Fix it or fetch it again; nothing was changed."
        raise SourceError(where, f"it does not parse: {_short(str(error))}.", fix) from error


def _short(text: str) -> str:
    # A parser may quote a line of any length.
    return text if len(text) <= 300 else f"{text[:200]} …"


def _renamed(term: Term, nodes: str) -> Term | BlankNode:
    # Blank nodes of two documents may have the same label.
    return BlankNode(nodes + term.value) if isinstance(term, BlankNode) else term
