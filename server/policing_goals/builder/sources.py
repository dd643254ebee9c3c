"""Turtle files to named graphs: changes when a file gets a new home in the dataset."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from policing_goals.errors import SourceError
from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import GPG, LANGUAGES

# Which named graph a file's statements go to; the first pattern that fits holds.
# Structure comes before labels, so that a subject's place is where it is defined.
GRAPH_OF_FILE = (
    ("ontology/gpg.ttl", "graph-ontology"),
    ("ontology/prefixes.ttl", "graph-queries"),
    ("data/sdg-index.ttl", "graph-sdg-index"),
    ("data/sources.ttl", "graph-provenance"),
    ("data/catalogue.ttl", "graph-dataset"),
    ("data/organisation.ttl", "graph-organisation"),
    ("data/office-types.ttl", "graph-organisation"),
    ("data/*.ttl", "graph-core"),
    # English first: where a translation is missing, the place that is named is the text to translate.
    ("data/labels/en.ttl", "graph-labels-{stem}"),
    ("data/labels/*.ttl", "graph-labels-{stem}"),
)
# A file that is gone takes its statements with it, and what is not there breaks no shape.
REQUIRED_FILES = (
    "ontology/gpg.ttl",
    *(f"data/{name}.ttl" for name in ("goals", "themes", "link-bases", "link-strengths")),
    *(f"data/{name}.ttl" for name in ("crime-areas", "action-types", "actors", "capabilities")),
    *(f"data/{name}.ttl" for name in ("organisation", "office-types")),
    *(f"data/{name}.ttl" for name in ("sdg-index", "sources", "catalogue")),
    *(f"data/labels/{language}.ttl" for language in LANGUAGES),
    "data/glossary.tsv",
    *(f"shapes/{name}.ttl" for name in ("elements", "labels", "skos", "documents", "links", "graphs", "sdg-index")),
    *(f"shapes/{name}.ttl" for name in ("facets", "crosswalks", "organisation", "languages")),
)
# The examples beside the queries are no part of the graph.
QUERIES = ("queries/*.rq", "queries/groups.tsv", "queries/tables/*.rq")
SOURCES = ("ontology/**/*", "data/**/*", "shapes/**/*", *QUERIES, "tests/bad/*")


@dataclass
class SourceGraph:
    """The dataset while it is being put together.

    quads: every statement in its named graph, without repeats. places: where (file,
    or file:line) a subject is defined, and where it is first given each property (in each language).
    """

    quads: dict[Quad, None] = field(default_factory=dict)
    places: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, quad: Quad, place: str) -> None:
        """Add a statement and remember its place."""
        self.quads.setdefault(quad)
        subject = _value(quad.subject)
        self.places.setdefault((subject, ""), place)
        self.places.setdefault((subject, quad.predicate.value), place)
        self.places.setdefault((subject, f"{quad.predicate.value}@{getattr(quad.object, 'language', '')}"), place)

    def place(self, subject: str, predicate: str = "") -> str:
        """Where a subject (IRI) is given a property (IRI); else where it is defined; else empty."""
        return self.places.get((subject, predicate)) or self.places.get((subject, ""), "")

    def subject(self, predicate: str, text: str, language: str) -> str:
        """The first subject that has a text in a language for a property (IRI); else empty."""
        value = Literal(text, language=language)
        found = (quad for quad in self.quads if quad.predicate.value == predicate and quad.object == value)
        return next((_value(quad.subject) for quad in found), "")

    def knows(self, subject: str) -> bool:
        """Whether any statement has this subject (IRI)."""
        return (subject, "") in self.places


def _value(term: object) -> str:
    return str(getattr(term, "value", term))


def in_graph(triple: Triple, graph: NamedNode | DefaultGraph) -> Quad:
    """The statement of a triple in a graph."""
    return Quad(triple.subject, triple.predicate, triple.object, graph)


def read_source(root: Path, name: str) -> str:
    """The text of the file NAME below ROOT; raises SourceError if it cannot be read as UTF-8."""
    try:
        return (root / name).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SourceError(f"{name}:{line}", "there is a byte that is not UTF-8.", "Save the file as UTF-8.") from error
    except OSError as error:
        raise SourceError(name, f"it cannot be read: {error.strerror}.", "Restore the file.") from error


def source_hashes(root: Path) -> dict[str, str]:
    """SHA-256 (hexadecimal) of every file that the snapshot is made from, by its name below ROOT."""
    paths = sorted({path for pattern in SOURCES for path in root.glob(pattern) if path.is_file()})
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def read_turtle(root: Path, prefixes: Prefixes, assembly: SourceGraph) -> None:
    """Read every Turtle file of the ontology and the data into its named graph.

    Raises SourceError, with file and line, for a file that does not parse, has a
    blank node, or declares a prefix otherwise than the prefix table.
    """
    for name in REQUIRED_FILES:
        if not (root / name).is_file():
            raise SourceError(name, "it is missing.", "Restore the file.")
    seen: set[Path] = set()
    for pattern, home in GRAPH_OF_FILE:
        for path in sorted(set(root.glob(pattern)) - seen):
            seen.add(path)
            graph = NamedNode(GPG + home.format(stem=path.stem))
            for quad, place in _statements(root, path.relative_to(root).as_posix(), prefixes):
                assembly.add(Quad(quad.subject, quad.predicate, quad.object, graph), place)


def _statements(root: Path, name: str, prefixes: Prefixes) -> Iterator[tuple[Quad, str]]:
    text = read_source(root, name)
    lines = _subject_lines(text)
    parser = parse(text, format=RdfFormat.TURTLE)
    try:
        for quad in parser:
            if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
                raise SourceError(name, f"a blank node in a statement about {quad.subject}.", "Give it an IRI.")
            line = lines.get(prefixes.shorten(quad.subject.value)) if isinstance(quad.subject, NamedNode) else None
            yield quad, f"{name}:{line}" if line else name
    except SyntaxError as error:
        where = f"{name}:{error.lineno}" if error.lineno else name
        raise SourceError(where, f"broken Turtle: {error.msg}.", "Mend the statement there or just above.") from error
    _check_prefixes(name, text, parser.prefixes, prefixes)


def _subject_lines(text: str) -> dict[str, int]:
    # The formatter puts each subject at the start of a line, so its first word is the CURIE.
    numbered = ((line.split(" ", 1)[0], number) for number, line in enumerate(text.splitlines(), start=1))
    lines: dict[str, int] = {}
    for word, number in numbered:
        if ":" in word:
            lines.setdefault(word, number)
    return lines


def _check_prefixes(name: str, text: str, declared: dict[str, str], prefixes: Prefixes) -> None:
    for prefix, namespace in declared.items():
        expected = prefixes.table.get(prefix)
        if expected != namespace:
            match = re.search(rf"^@prefix {re.escape(prefix)}:", text, flags=re.MULTILINE)
            line = text.count("\n", 0, match.start()) + 1 if match else 1
            known = f"the prefix table has <{expected}>" if expected else "the prefix table does not have it"
            raise SourceError(f"{name}:{line}", f"prefix {prefix}: <{namespace}>, but {known}.", "Make them agree.")


SH = "http://www.w3.org/ns/shacl#"
CONTEXT = "ontology/context.jsonld"
KEYWORDS = ("@version", "id", "type")


def read_prefixes(root: Path) -> Prefixes:
    """Read ROOT/ontology/prefixes.ttl (SHACL's sh:declare); raises SourceError if it cannot be read."""
    name = "ontology/prefixes.ttl"
    prefix_of: dict[str, str] = {}
    namespace_of: dict[str, str] = {}
    try:
        for quad in parse(path=root / name, format=RdfFormat.TURTLE):
            target = {SH + "prefix": prefix_of, SH + "namespace": namespace_of}.get(quad.predicate.value)
            if target is not None:
                target[str(quad.subject)] = getattr(quad.object, "value", "")
    except (OSError, SyntaxError) as error:
        raise SourceError(name, f"{error}.", "Restore the table; every file depends on it.") from error
    unpaired = sorted(prefix_of.keys() ^ namespace_of.keys())
    if unpaired:
        raise SourceError(name, f"{unpaired[0]} has no prefix or no namespace.", "Give it sh:prefix and sh:namespace.")
    return Prefixes({prefix_of[node]: namespace_of[node] for node in sorted(prefix_of)})


def read_context(root: Path, prefixes: Prefixes) -> Prefixes:
    """The prefixes with the terms of ROOT/ontology/context.jsonld.

    Raises SourceError if it is no JSON, if its prefixes are not those of the table, or if a term names an unknown one.
    """
    try:
        context = json.loads(read_source(root, CONTEXT))["@context"]
    except json.JSONDecodeError as error:
        raise SourceError(f"{CONTEXT}:{error.lineno}", f"it is no JSON: {error.msg}.", "Mend it there.") from error
    except (KeyError, TypeError) as error:
        raise SourceError(CONTEXT, "it has no @context.", "Put the terms into one.") from error
    declared = {name: iri for name, iri in context.items() if isinstance(iri, str) and iri.startswith("http")}
    for name in sorted(declared.items() ^ prefixes.table.items()):
        raise SourceError(CONTEXT, f"the prefix {name[0]} is not that of the prefix table.", "Make them agree.")
    definitions = {
        name: definition for name, definition in context.items() if name not in declared and name not in KEYWORDS
    }
    for name, definition in definitions.items():
        for curie in _curies(definition):
            _refuse_unknown(name, curie, prefixes)
    return Prefixes(prefixes.table, definitions)


def _curies(definition: object) -> list[str]:
    fields = definition if isinstance(definition, dict) else {"@id": definition}
    return [str(value) for key, value in fields.items() if key in ("@id", "@reverse", "@type") and value != "@id"]


def _refuse_unknown(name: str, curie: str, prefixes: Prefixes) -> None:
    try:
        prefixes.expand(curie)
    except (KeyError, ValueError) as error:
        what = f"the term {name} stands for {curie!r}, which is no CURIE with a prefix of the table."
        raise SourceError(CONTEXT, what, "Mend it.") from error
