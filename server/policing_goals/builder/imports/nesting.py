"""How deep RDF documents nest, found without parsing them: parsers keep a frame, or memory, for each level."""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from pyoxigraph import RdfFormat

from policing_goals.errors import SourceError

# Formats with one statement on each line.
LINES = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)
OPENING, CLOSING = frozenset((b"(", b"[", b"{", b"<<")), frozenset((b")", b"]", b"}", b">>"))
# What opens a text, is opaque, or opens or closes a level in Turtle, its relatives and JSON. Most texts are short and
# have no escape: these are read whole. Each alternative begins with one character, not a class: five times as fast.
TOKENS = re.compile(
    rb"""\"\"\"|'''|"[^"\\\n]*"|'[^'\\\n]*'|"|'|<[^<>\s"{}|^`\\]*>|#[^\n]*|\\.|<<|>>|\(|\)|\[|\]|\{|\}"""
)
# What ends a text, by what opened it, and the escapes that do not. They are found one by one: a pattern for the whole
# text takes 128 bytes for each escape. A short text that is not closed ends with its line.
TEXT_TOKENS = {
    b'"': re.compile(rb'\\.|"|\n', re.DOTALL),
    b"'": re.compile(rb"\\.|'|\n", re.DOTALL),
    b'"""': re.compile(rb'\\.|"""', re.DOTALL),
    b"'''": re.compile(rb"\\.|'''", re.DOTALL),
}


def check_nesting(source: str, path: Path, form: RdfFormat, most: int) -> None:
    """Raise SourceError if the document in a file nests deeper than `most` levels, or declares an XML entity.

    source: its name, for the error. What is not well-formed is left to the parser.
    """
    if form == RdfFormat.RDF_XML:
        _check_xml(source, path, most)
    elif form in LINES:
        for number, line in _lines_with_triple_terms(path):
            _check_tokens(source, line, most, number)
    elif path.stat().st_size:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            _check_tokens(source, content, most)


def _lines_with_triple_terms(path: Path) -> Iterator[tuple[int, bytes]]:
    # Nothing else can nest there, and most documents have none.
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if b"<<" in line:
                yield number, line


def _check_tokens(source: str, content: "bytes | mmap.mmap", most: int, first: int = 1) -> None:
    depth = 0
    for token in _tokens_outside_texts(content):
        if token[0] in OPENING:
            depth += 1
            if depth > most:
                line = first + content[: token.start()].count(b"\n")
                raise _too_deep(f"{source}:{line}", most)
        elif token[0] in CLOSING:
            depth -= 1


def _tokens_outside_texts(content: "bytes | mmap.mmap") -> Iterator[re.Match[bytes]]:
    tokens = TOKENS.finditer(content)
    while token := next(tokens, None):
        text_tokens = TEXT_TOKENS.get(token[0])
        if text_tokens:
            tokens = TOKENS.finditer(content, _end_of_text(content, token.end(), text_tokens))
        else:
            yield token


def _end_of_text(content: "bytes | mmap.mmap", begin: int, tokens: re.Pattern[bytes]) -> int:
    for token in tokens.finditer(content, begin):
        if not token[0].startswith(b"\\"):
            return token.end()
    return len(content)


def _check_xml(source: str, path: Path, most: int) -> None:
    parser = expat.ParserCreate()
    depth = 0

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > most:
            raise _too_deep(f"{source}:{parser.CurrentLineNumber}", most)

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def declare(name: str, *_: object) -> None:
        problem = f"it declares the XML entity {name[:40]}, and entities can stand for any amount of text."
        fix = "Convert it to Turtle first, with riot or rapper; nothing was changed."
        raise SourceError(f"{source}:{parser.CurrentLineNumber}", problem, fix)

    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = start, end, declare
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError:
        return


def _too_deep(where: str, most: int) -> SourceError:
    fix = "Flatten it, or raise --max-depth; nothing was changed."
    return SourceError(where, f"it nests deeper than {most} levels.", fix)
