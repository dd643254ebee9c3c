"""Read the shapes of shapes/*.ttl, describe them in words, and count their focus nodes."""

from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import BlankNode, Quad, QuerySolutions, RdfFormat, Store, parse
from pyoxigraph import Literal as OxigraphLiteral
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDFS, SH
from rdflib.term import Node

from policing_goals.builder.sources import PREFIX_TABLE, Sources
from policing_goals.errors import SourceError
from policing_goals.model.validation_report import Shape
from policing_goals.vocabulary import SHAPE

FILES = "shapes/*.ttl"
# Look at named graphs, which SHACL does not know, so no other engine can run these. They are not published as shapes.
DATASET_CHECKS = "shapes/dataset-checks.ttl"


def read_shapes(sources: Sources) -> Graph:
    """Every shape and dataset check, with the prefix table and the English messages.

    pySHACL drops the language tags of the messages that it fills in, so the other languages are left out. Raises
    SourceError, with file and line, for broken Turtle.
    """
    shapes = Graph()
    for name in (PREFIX_TABLE, *sources.names(FILES)):
        try:
            shapes.parse(sources.root / name, format="turtle")
        except SyntaxError as error:
            where = f"{name}:{getattr(error, 'lines', 0) + 1}"
            raise SourceError(where, "broken Turtle.", "Fix the statement there or just above.") from error
    for shape, _, message in list(shapes.triples((None, SH.message, None))):
        if getattr(message, "language", None) != "en":
            shapes.remove((shape, SH.message, message))
    return shapes


def shapes_as_ntriples(root: Path) -> str:
    """The published shapes of ROOT/shapes, with their prefixes, in N-Triples; the same text for the same files."""
    lines: list[str] = []
    for path in (root / PREFIX_TABLE, *sorted(set(root.glob(FILES)) - {root / DATASET_CHECKS})):
        names: dict[BlankNode, BlankNode] = {}
        for quad in _with_one_message(list(parse(path=path, format=RdfFormat.TURTLE))):
            ends = [
                names.setdefault(term, BlankNode(f"{path.stem}{len(names)}")) if isinstance(term, BlankNode) else term
                for term in (quad.subject, quad.object)
            ]
            lines.append(f"{ends[0]} {quad.predicate} {ends[1]} .\n")
    return "".join(lines)


def _with_one_message(quads: list[Quad]) -> Iterator[Quad]:
    # Jena refuses a SPARQL constraint that has messages in several languages; the English one stays.
    rules = {quad.object for quad in quads if quad.predicate.value == str(SH.sparql)}
    for quad in quads:
        said = quad.object.language if isinstance(quad.object, OxigraphLiteral) else None
        if quad.subject not in rules or quad.predicate.value != str(SH.message) or said == "en":
            yield quad


def read_shape_file(path: Path) -> Graph:
    """The shapes of any Turtle file; raises SourceError if it cannot be read."""
    try:
        return Graph().parse(path, format="turtle")
    except (OSError, SyntaxError, ValueError) as error:
        raise SourceError(str(path), f"it is not Turtle: {error}.", "Name a file of SHACL shapes.") from error


def describe_shapes(sources: Sources, store: Store) -> tuple[Shape, ...]:
    """Every shape that reports, in words, with the number of its focus nodes in the store."""
    updates = {path.stem: path.read_text("utf-8") for path in sources.root.glob("tests/bad/*.ru")}
    found: list[Shape] = []
    for file in sources.names(FILES):
        shapes = Graph().parse(sources.root / file, format="turtle")
        for shape in sorted(shapes.subjects(SH.severity, None), key=str):
            name = str(shape).removeprefix(SHAPE)
            found.append(
                Shape(
                    name=name,
                    file=file,
                    # sh:name is of property shapes alone; RDF4J refuses it elsewhere.
                    title=_texts(shapes, shape, SH.name) or _texts(shapes, shape, RDFS.label),
                    says=_texts(shapes, shapes.value(shape, SH.sparql) or shape, SH.message),
                    severity=str(shapes.value(shape, SH.severity)).rpartition("#")[2],
                    focus_nodes=_focus_nodes(shapes, shape, store),
                    spoiler=updates.get(name, ""),
                )
            )
    return tuple(found)


def constrained(shapes: Graph) -> frozenset[str]:
    """The IRIs of the properties that a shape has a path to, in either direction."""
    paths = {*shapes.objects(None, SH.path), *shapes.objects(None, SH.inversePath)}
    return frozenset(str(path) for path in paths if isinstance(path, URIRef))


def _texts(shapes: Graph, node: Node, predicate: URIRef) -> dict[str, str]:
    texts = [text for text in shapes.objects(node, predicate) if isinstance(text, Literal)]
    return {text.language or "": str(text) for text in sorted(texts, key=lambda text: text.language or "")}


def _focus_nodes(shapes: Graph, shape: Node, store: Store) -> int:
    patterns = list(_focus_patterns(shapes, shape))
    if not patterns:
        return 0
    text = f"SELECT (COUNT(DISTINCT ?node) AS ?n) WHERE {{ {{ {' } UNION { '.join(patterns)} }} }}"
    found = store.query(text)
    if not isinstance(found, QuerySolutions):
        raise TypeError(text)
    return int(next(found)["n"].value)


def _focus_patterns(shapes: Graph, shape: Node) -> Iterator[str]:
    yield from (_pattern(*target) for target in _targets(shapes, shape))
    for owner in shapes.subjects(SH.property, shape):
        path = shapes.value(owner, SH.path)
        for pattern in _focus_patterns(shapes, owner):
            # A property shape has the focus nodes of a node shape that it is part of, and the values of a property
            # shape.
            yield (
                pattern
                if path is None
                else f"{pattern.replace('?node', '?owner')} . ?owner {_step(shapes, path)} ?node"
            )


def _step(shapes: Graph, path: Node) -> str:
    inverse = shapes.value(path, SH.inversePath)
    return f"^<{inverse}>" if inverse is not None else f"<{path}>"


def _targets(shapes: Graph, shape: Node) -> Iterator[tuple[URIRef, Node]]:
    for kind in (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf):
        for target in shapes.objects(shape, kind):
            yield kind, target


def _pattern(kind: URIRef, target: Node) -> str:
    return {
        SH.targetClass: f"?node a <{target}>",
        SH.targetNode: f"VALUES ?node {{ <{target}> }} ?node ?property ?value",
        SH.targetSubjectsOf: f"?node <{target}> ?value",
        SH.targetObjectsOf: f"?subject <{target}> ?node",
    }[kind]
