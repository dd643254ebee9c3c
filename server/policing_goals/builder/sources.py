"""Read the source files: the prefix table, the JSON-LD context, and Turtle into named graphs."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from policing_goals.errors import SourceError
from policing_goals.languages import LANGUAGES
from policing_goals.model.facets import FACETS
from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import GPG

SH = "http://www.w3.org/ns/shacl#"
PREFIX_TABLE = "ontology/prefixes.ttl"
CONTEXT = "ontology/context.jsonld"
CONTEXT_KEYWORDS = ("@version", "id", "type")
# The named graph of each file's statements; the first pattern that fits holds.
# Structure comes before labels, so that an entity's place is where it is defined.
GRAPH_OF_FILE = (
    ("ontology/gpg.ttl", "graph-ontology"),
    (PREFIX_TABLE, "graph-queries"),
    ("data/sdg-index.ttl", "graph-sdg-index"),
    ("data/sources.ttl", "graph-provenance"),
    ("data/catalogue.ttl", "graph-dataset"),
    ("data/organisation.ttl", "graph-organisation"),
    ("data/office-types.ttl", "graph-organisation"),
    ("data/*.ttl", "graph-core"),
    # English first: where a translation is missing, the error names the text to translate.
    ("data/labels/en.ttl", "graph-labels-{stem}"),
    ("data/labels/*.ttl", "graph-labels-{stem}"),
)
# Without these files, statements would be missing that no shape asks for.
REQUIRED_FILES = (
    "ontology/gpg.ttl",
    *(f"data/{name}.ttl" for name in ("goals", "themes", "link-bases", "link-strengths")),
    *(facet.file for facet in FACETS),
    *(f"data/{name}.ttl" for name in ("organisation", "office-types")),
    *(f"data/{name}.ttl" for name in ("sdg-index", "sources", "catalogue")),
    *(f"data/labels/{language}.ttl" for language in LANGUAGES),
    "data/glossary.tsv",
    *(f"shapes/{name}.ttl" for name in ("elements", "labels", "skos", "documents", "links", "references", "sdg-index")),
    *(f"shapes/{name}.ttl" for name in ("facets", "crosswalks", "organisation", "languages", "dataset-checks")),
)
# queries/examples/ is not part of the graph.
QUERIES = ("queries/*.rq", "queries/groups.tsv", "queries/tables/*.rq")
SOURCES = ("CHANGELOG.md", "docs/*.md", "ontology/**/*", "data/**/*", "shapes/**/*", *QUERIES, "tests/bad/*")


@dataclass(frozen=True)
class Sources:
    """The source files below a directory, and the prefix table among them."""

    root: Path
    prefixes: Prefixes

    def read(self, name: str) -> str:
        """The text of a file, by its name below the root; raises SourceError if it cannot be read as UTF-8."""
        return read_source(self.root, name)

    def names(self, pattern: str) -> list[str]:
        """The names below the root of the files that fit a glob pattern, sorted."""
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.glob(pattern))

    def expand(self, curie: str) -> NamedNode:
        """The IRI of a CURIE; raises KeyError for an unknown prefix, ValueError for a text without a colon."""
        return self.prefixes.expand(curie)

    def shorten(self, iri: str) -> str:
        """The CURIE of an IRI, or the IRI in angle brackets."""
        return self.prefixes.shorten(iri)


@dataclass
class SourceGraph:
    """The dataset while it is read.

    quads: every statement in its named graph, once. places: where (file or file:line) an entity is defined, and where
    it is first given each property (in each language).
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
        """Where a subject (IRI) is given a property (IRI), else where it is defined, else empty."""
        return self.places.get((subject, predicate)) or self.places.get((subject, ""), "")

    def subject(self, predicate: str, text: str, language: str) -> str:
        """The first subject that has a text in a language for a property (IRI), else empty."""
        value = Literal(text, language=language)
        found = (quad for quad in self.quads if quad.predicate.value == predicate and quad.object == value)
        return next((_value(quad.subject) for quad in found), "")

    def knows(self, subject: str) -> bool:
        """Whether any statement has this subject (IRI)."""
        return (subject, "") in self.places


def open_sources(root: Path) -> Sources:
    """The sources below a directory, with the prefix table and the terms of the JSON-LD context.

    Raises SourceError if either cannot be read, if their prefixes differ, or if a term has an unknown prefix.
    """
    table = _read_prefix_table(root)
    return Sources(root, Prefixes(table.table, _read_context(root, table)))


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


def read_turtle(sources: Sources, graph: SourceGraph) -> None:
    """Read every Turtle file of the ontology and the data into its named graph.

    Raises SourceError, with file and line, for a file that does not parse, has a blank node, or declares a prefix
    differently from the prefix table.
    """
    for name in REQUIRED_FILES:
        if not (sources.root / name).is_file():
            raise SourceError(name, "it is missing.", "Restore the file.")
    seen: set[str] = set()
    for pattern, graph_name in GRAPH_OF_FILE:
        for name in sources.names(pattern):
            if name not in seen:
                seen.add(name)
                home = NamedNode(GPG + graph_name.format(stem=Path(name).stem))
                for quad, place in _statements(sources, name):
                    graph.add(in_graph(quad.triple, home), place)


def _value(term: object) -> str:
    return str(getattr(term, "value", term))


def _read_prefix_table(root: Path) -> Prefixes:
    # SHACL's own form: sh:declare, with sh:prefix and sh:namespace.
    prefix_of: dict[str, str] = {}
    namespace_of: dict[str, str] = {}
    try:
        for quad in parse(path=root / PREFIX_TABLE, format=RdfFormat.TURTLE):
            target = {SH + "prefix": prefix_of, SH + "namespace": namespace_of}.get(quad.predicate.value)
            if target is not None:
                target[str(quad.subject)] = getattr(quad.object, "value", "")
    except (OSError, SyntaxError) as error:
        raise SourceError(PREFIX_TABLE, f"{error}.", "Restore the table; every file depends on it.") from error
    unpaired = sorted(prefix_of.keys() ^ namespace_of.keys())
    if unpaired:
        problem = f"{unpaired[0]} has no prefix or no namespace."
        raise SourceError(PREFIX_TABLE, problem, "Give it sh:prefix and sh:namespace.")
    return Prefixes({prefix_of[node]: namespace_of[node] for node in sorted(prefix_of)})


def _read_context(root: Path, prefixes: Prefixes) -> dict[str, object]:
    # The definitions of the terms, by name.
    try:
        context = json.loads(read_source(root, CONTEXT))["@context"]
    except json.JSONDecodeError as error:
        raise SourceError(f"{CONTEXT}:{error.lineno}", f"it is not JSON: {error.msg}.", "Fix it there.") from error
    except (KeyError, TypeError) as error:
        raise SourceError(CONTEXT, "it has no @context.", "Put the terms into one.") from error
    declared = {name: iri for name, iri in context.items() if isinstance(iri, str) and iri.startswith("http")}
    for name in sorted(declared.items() ^ prefixes.table.items()):
        raise SourceError(CONTEXT, f"the prefix {name[0]} is not that of the prefix table.", "Make them agree.")
    terms = {name: term for name, term in context.items() if name not in declared and name not in CONTEXT_KEYWORDS}
    for name, definition in terms.items():
        for curie in _curies(definition):
            _check_curie(name, curie, prefixes)
    return terms


def _curies(definition: object) -> list[str]:
    fields = definition if isinstance(definition, dict) else {"@id": definition}
    return [str(value) for key, value in fields.items() if key in ("@id", "@reverse", "@type") and value != "@id"]


def _check_curie(name: str, curie: str, prefixes: Prefixes) -> None:
    try:
        prefixes.expand(curie)
    except (KeyError, ValueError) as error:
        problem = f"the term {name} is defined as {curie!r}, which is not a CURIE with a prefix of the table."
        raise SourceError(CONTEXT, problem, "Fix the definition.") from error


def _statements(sources: Sources, name: str) -> Iterator[tuple[Quad, str]]:
    text = sources.read(name)
    lines = _subject_lines(text)
    parser = parse(text, format=RdfFormat.TURTLE)
    try:
        for quad in parser:
            if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
                raise SourceError(name, f"a blank node in a statement about {quad.subject}.", "Give it an IRI.")
            line = lines.get(sources.shorten(quad.subject.value)) if isinstance(quad.subject, NamedNode) else None
            yield quad, f"{name}:{line}" if line else name
    except SyntaxError as error:
        where = f"{name}:{error.lineno}" if error.lineno else name
        raise SourceError(where, f"broken Turtle: {error.msg}.", "Fix the statement there or just above.") from error
    _check_prefixes(name, text, parser.prefixes, sources.prefixes)


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
