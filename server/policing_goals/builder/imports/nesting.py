"""How deep RDF documents nest, found without parsing them: parsers keep a frame, or memory, for each level."""

import re
from xml.parsers import expat

from pyoxigraph import RdfFormat

from policing_goals.errors import SourceError

OPENING, CLOSING = frozenset((b"(", b"[", b"{", b"<<")), frozenset((b")", b"]", b"}", b">>"))
# What is opaque in Turtle, its relatives and JSON; then what opens or closes a level. A string that is not closed ends
# with its line, or the document, so that each character is read once. Possessive quantifiers are wrong in Python before
# 3.11.5.
TOKENS = re.compile(
    rb'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|\\?\Z)|'
    rb"'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'''|\\?\Z)|"
    rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*(?:"|(?=\n)|\\?\Z)|'
    rb"'[^'\\\n]*(?:\\.[^'\\\n]*)*(?:'|(?=\n)|\\?\Z)|"
    rb"<[^<>\s\"{}|^`\\]*>|#[^\n]*|<<|>>|[][(){}]",
    re.DOTALL,
)


def check_nesting(source: str, content: bytes, form: RdfFormat, most: int) -> None:
    """Raise SourceError if a document nests deeper than `most` levels, or declares an XML entity.

    source: its name, for the error. What is not well-formed is left to the parser.
    """
    if form == RdfFormat.RDF_XML:
        _check_xml(source, content, most)
        return
    depth = 0
    for token in TOKENS.finditer(content):
        if token[0] in OPENING:
            depth += 1
            if depth > most:
                line = content.count(b"\n", 0, token.start()) + 1
                raise _too_deep(f"{source}:{line}", most)
        elif token[0] in CLOSING:
            depth -= 1


def _check_xml(source: str, content: bytes, most: int) -> None:
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
        parser.Parse(content, True)
    except expat.ExpatError:
        return


def _too_deep(where: str, most: int) -> SourceError:
    fix = "Flatten it, or raise --max-depth; nothing was changed."
    return SourceError(where, f"it nests deeper than {most} levels.", fix)
