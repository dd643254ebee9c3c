"""The Sustainable Development Goals seen from here, at /sdg/: changes when their pages show something else.

The UN's IRIs are the UN's; these are our pages about what supports them.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode

from server.engine.reader import Reader, Text
from server.engine.store import GPG, Dataset
from server.errors import NotFound, QueryError
from server.web.answers import rows_of
from server.web.claims import claims
from server.web.kept import kept
from server.web.language import language
from server.web.links import SDG, Link, link, natural
from server.web.problems import problem
from server.web.wsgi import to_response

COMPACT = "http://metadata.un.org/sdg/ontology#SDGCodeCompact"


def blueprint(dataset: Dataset) -> Blueprint:
    """The pages over a dataset."""
    routes = Blueprint("sdgs", __name__)

    @routes.errorhandler(QueryError)
    def refused(error: QueryError) -> Response:
        return to_response(problem(error, request.headers.get("Accept", "")))

    @routes.get("/sdg/")
    def goals() -> Response:
        rows = rows_of(dataset, "sdg-gaps", lang=language())
        return kept(render_template("sdgs.html", rows=rows).encode(), "text/html")

    @routes.get("/sdg/<code>")
    def one(code: str) -> Response:
        return kept(_page(Reader(dataset, language()), code).encode(), "text/html")

    return routes


@dataclass(frozen=True)
class Tie:
    """A link in a list: what supports, the SDG or target that it supports, how strongly, and how surely."""

    element: Link
    target: Link
    strength: Text
    confidence: float


def _page(reader: Reader, code: str) -> str:
    node = _node(code)
    goal = reader.node(node, "sdgo:isTargetOf")
    targets = [link(reader, each) for each in reader.nodes(node, "sdgo:hasTarget")]
    if goal is None and not targets:
        raise NotFound(f"There is no SDG or target {code[:20]}. Examples: 16, 16.4, 16.a.")
    counted = [
        (each, len(claims(reader, _node(each.code), "owl:annotatedTarget", "owl:annotatedSource"))) for each in targets
    ]
    return render_template(
        "sdg.html",
        code=code,
        iri=node.value,
        number_of_sdg=code.partition(".")[0],
        thing=link(reader, node),
        goal=link(reader, goal) if goal else None,
        targets=sorted(counted, key=lambda each: natural(each[0].code)),
        ties=_ties(reader, node) if targets else [],
        claims=claims(reader, node, "owl:annotatedTarget", "owl:annotatedSource"),
        indicators=[_compact(reader, each) for each in reader.nodes(node, "sdgo:hasIndicator")],
    )


def _ties(reader: Reader, sdg: NamedNode) -> list[tuple[Link, list[Tie]]]:
    # What the cells of the matrix count, by goal and theme.
    found: dict[str, list[Tie]] = {}
    for row in rows_of(reader.dataset, "sdg-links", lang=reader.language):
        if row["sdg"] == sdg.value:
            element, target = (link(reader, NamedNode(str(row[name]))) for name in ("element", "target"))
            strength = reader.label(NamedNode(str(row["strength"])))
            found.setdefault(_whole(element.href), []).append(Tie(element, target, strength, float(row["confidence"])))
    wholes = ((link(reader, NamedNode(GPG + name)), ties) for name, ties in found.items())
    return sorted(wholes, key=lambda pair: pair[0].href)


def _whole(page: str) -> str:
    # objective-4.2.html is of goal-4, commitment-2.3.html of theme-2.
    kind, _, number = page.removesuffix(".html").partition("-")
    wholes = {"objective": "goal", "commitment": "theme"}
    return f"{wholes.get(kind, kind)}-{number.partition('.')[0]}"


def _node(code: str) -> NamedNode:
    try:
        return NamedNode(SDG + code)
    except ValueError as error:
        raise NotFound("That is no code of an SDG or target. Examples: 16, 16.4, 16.a.") from error


def _compact(reader: Reader, node: NamedNode) -> str:
    notations = reader.literals(node, "skos:notation")
    return next((each.value for each in notations if each.datatype.value == COMPACT), node.value.removeprefix(SDG))
