"""A diagram of the model, as SVG: a box for each class of the ontology and for each named graph, with an example."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from pyoxigraph import DefaultGraph, NamedNode, Store

from policing_goals.builder.metadata import graph_counts
from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import GPG, GPGO, RDF_TYPE

COLUMNS, WIDTH, GAP, LINE, PADDING = 3, 330, 16, 20, 10
CLASS_FILL, GRAPH_FILL = "#e8f1fa", "#f3efe2"
# Characters of a line that a box has room for.
MAX_LINE = 42


@dataclass(frozen=True)
class Panel:
    """A title, the lines below it, and the colour behind them."""

    title: str
    lines: tuple[str, ...]
    fill: str

    @property
    def height(self) -> int:
        """In units of the drawing."""
        return LINE * (1 + len(self.lines)) + 2 * PADDING


def draw_model(store: Store, prefixes: Prefixes) -> str:
    """The diagram of a described dataset. It has a title and a description for those who do not see it."""
    classes, graphs = tuple(_classes(store, prefixes)), tuple(_graphs(store, prefixes))
    below = _grid(classes, 2 * LINE)
    parts = [_heading("Classes", LINE), *below.parts, _heading("Named graphs", below.bottom + LINE)]
    last = _grid(graphs, below.bottom + 2 * LINE)
    width, height = COLUMNS * (WIDTH + GAP) + GAP, last.bottom + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="title desc" font-family="sans-serif" font-size="14">'
        f'<title id="title">The model</title><desc id="desc">{escape(_described(classes, graphs))}</desc>'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join([*parts, *last.parts])}</svg>\n'
    )


def _classes(store: Store, prefixes: Prefixes) -> Iterator[Panel]:
    ontology = NamedNode(f"{GPG}graph-ontology")
    found = store.quads_for_pattern(None, NamedNode(RDF_TYPE), prefixes.expand("owl:Class"), ontology)
    for class_ in sorted({quad.subject for quad in found if isinstance(quad.subject, NamedNode)}, key=str):
        if class_.value.startswith(GPGO):
            yield _class_panel(store, prefixes, class_)


def _class_panel(store: Store, prefixes: Prefixes, class_: NamedNode) -> Panel:
    def nodes(predicate: str, subject: NamedNode | None, value: NamedNode | None) -> list[NamedNode]:
        quads = store.quads_for_pattern(subject, prefixes.expand(predicate), value, DefaultGraph())
        ends = (quad.object if subject is not None else quad.subject for quad in quads)
        return sorted({end for end in ends if isinstance(end, NamedNode)}, key=str)

    instances = nodes("rdf:type", None, class_)
    above = [f"is a {prefixes.shorten(each.value)}" for each in nodes("rdfs:subClassOf", class_, None)]
    named = [[each, *nodes("rdfs:range", each, None)] for each in nodes("rdfs:domain", None, class_)]
    properties = [" → ".join(prefixes.shorten(each.value) for each in nodes_) for nodes_ in named]
    example = [f"{len(instances)}, such as {prefixes.shorten(instances[0].value)}"] if instances else []
    return Panel(prefixes.shorten(class_.value), (*above, *example, *properties), CLASS_FILL)


def _graphs(store: Store, prefixes: Prefixes) -> Iterator[Panel]:
    for iri, count in graph_counts(store).items():
        subjects = (quad.subject.value for quad in store.quads_for_pattern(None, None, None, NamedNode(iri))
                    if isinstance(quad.subject, NamedNode))  # fmt: skip
        example = f"such as about {prefixes.shorten(min(subjects))}"
        yield Panel(prefixes.shorten(iri), (f"{count:,} statements", example), GRAPH_FILL)


@dataclass(frozen=True)
class _Grid:
    parts: tuple[str, ...]
    bottom: int


def _grid(boxes: tuple[Panel, ...], top: int) -> _Grid:
    """Boxes in columns, each below the shortest."""
    bottoms = [top] * COLUMNS
    parts = []
    for box in boxes:
        column = bottoms.index(min(bottoms))
        parts.append(_drawn(box, GAP + column * (WIDTH + GAP), bottoms[column]))
        bottoms[column] += box.height + GAP
    return _Grid(tuple(parts), max(bottoms))


def _drawn(box: Panel, x: int, y: int) -> str:
    first = y + PADDING + LINE - 5
    title = f'<text x="{x + PADDING}" y="{first}" font-weight="bold" fill="#1b1b1b">{escape(box.title)}</text>'
    rows = "".join(
        f'<text x="{x + PADDING}" y="{first + LINE * number}" fill="#1b1b1b">{escape(_fitted(text))}</text>'
        for number, text in enumerate(box.lines, 1)
    )
    frame = f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{box.height}" rx="4" fill="{box.fill}" stroke="#5a6b7b"/>'
    return frame + title + rows


def _fitted(text: str) -> str:
    return text if len(text) <= MAX_LINE else f"{text[: MAX_LINE - 1]}…"


def _heading(text: str, y: int) -> str:
    return f'<text x="{GAP}" y="{y}" font-size="18" font-weight="bold" fill="#1b1b1b">{text}</text>'


def _described(classes: tuple[Panel, ...], graphs: tuple[Panel, ...]) -> str:
    return f"{len(classes)} classes: {', '.join(box.title for box in classes)}. {len(graphs)} named graphs."
