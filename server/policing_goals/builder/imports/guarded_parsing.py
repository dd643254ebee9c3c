"""Parse RDF of strangers in a child process, which may use so much memory and time and no more."""

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from multiprocessing.connection import Connection
from typing import TypeVar

from pyoxigraph import BlankNode, DefaultGraph, RdfFormat, Triple, parse

from policing_goals.builder.imports.limits import MIB, ImportLimits
from policing_goals.builder.imports.nesting import check_nesting
from policing_goals.errors import SourceError
from policing_goals.process_limits import limit_memory

# Progress is told after so many bytes.
STEP = MIB // 4
# A child that says nothing for so many times its CPU time waits for something that will not come.
PATIENCE, END_SECONDS = 4, 5
OVERFLOW, NO_MEMORY = "has overflowed its stack", "memory allocation of"
Term = TypeVar("Term")
# Called with the number of bytes read since the last call, and with the total.
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Document:
    """A document as it came. source: its path or URL; base: the IRI that relative ones are resolved against.

    nodes: what the names of its blank nodes begin with.
    """

    source: str
    content: bytes
    form: RdfFormat
    base: str
    nodes: str


def parse_guarded(document: Document, limits: ImportLimits, told: Told) -> tuple[Triple, ...]:
    """The distinct triples of a document, in its order.

    Raises SourceError for one that is not RDF to its end, has a named graph, declares an XML entity, or needs more than
    its limits.
    """
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    words = os.memfd_create("words")
    child = context.Process(target=_parse_in_child, args=(document, limits, there, words), daemon=True)
    try:
        child.start()
        there.close()
        lines = _received(here, len(document.content), PATIENCE * limits.seconds, told)
        child.join(timeout=END_SECONDS)
        if lines is None:
            said = os.pread(words, 4096, 0).decode("utf-8", "replace")
            raise _refusal(document.source, child.exitcode, said, limits)
    finally:
        child.kill()
        child.join()
        here.close()
        os.close(words)
    return tuple(quad.triple for quad in parse(lines, format=RdfFormat.N_TRIPLES))


def _received(pipe: Connection, length: int, patience: int, told: Told) -> bytes | None:
    """What the child sends in the end; None if it ends before, or is silent. Raises the error that it sends."""
    while pipe.poll(patience):
        try:
            message = pipe.recv()
        except EOFError:
            return None
        if isinstance(message, SourceError):
            raise message
        if isinstance(message, bytes):
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


def _parse_in_child(document: Document, limits: ImportLimits, pipe: Connection, words: int) -> None:
    os.dup2(words, 2)
    limit_memory(limits.memory * MIB)
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    try:
        check_nesting(document.source, document.content, document.form, limits.depth)
        lines: dict[str, None] = {}
        for line in _lines(document, pipe):
            lines[line] = None
            if len(lines) > limits.statements:
                raise _too_many(document.source, limits)
        pipe.send("".join(lines).encode())
    except SourceError as error:
        pipe.send(error)
    except MemoryError:
        os.write(2, NO_MEMORY.encode())
        os.abort()


def _lines(document: Document, pipe: Connection) -> Iterator[str]:
    source, nodes = document.source, document.nodes
    try:
        for quad in parse(_TellingReader(document.content, pipe), format=document.form, base_iri=document.base):
            if quad.graph_name != DefaultGraph():
                raise SourceError(source, f"it has a named graph, {quad.graph_name}.", "Give triples, not quads.")
            yield f"{Triple(_renamed(quad.subject, nodes), quad.predicate, _renamed(quad.object, nodes))} .\n"
    except (SyntaxError, ValueError) as error:
        where = f"{source}:{getattr(error, 'lineno', None) or 1}"
        fix = "Fix it or fetch it again; nothing was changed."
        raise SourceError(where, f"it does not parse: {_short(str(error))}.", fix) from error


def _too_many(source: str, limits: ImportLimits) -> SourceError:
    problem = f"it has more than {limits.statements} statements."
    return SourceError(source, problem, "Split it, or raise --max-statements; nothing was changed.")


def _short(text: str) -> str:
    # A parser may quote a line of any length.
    return text if len(text) <= 300 else f"{text[:200]} …"


def _renamed(term: Term, nodes: str) -> Term | BlankNode:
    # Blank nodes of two documents may have the same label.
    return BlankNode(nodes + term.value) if isinstance(term, BlankNode) else term


class _TellingReader(BytesIO):
    """Bytes that tell through a pipe how far they have been read."""

    def __init__(self, content: bytes, pipe: Connection) -> None:
        super().__init__(content)
        self._pipe = pipe
        self._untold = 0

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self._untold += len(piece)
        if self._untold >= STEP or not piece:
            self._pipe.send(self._untold)
            self._untold = 0
        return piece
