"""What is asked: the saved queries and a few more, and whether all endpoints answer them alike."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from policing_goals.engine.dataset import Dataset as OurDataset
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.saved_query import SavedQuery
from tests.bench.endpoints import Endpoint, ask
from tests.bench.load import MARKER

LARGE = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 12000"
TRIVIAL = "ASK { ?s ?p ?o }"
PREFIXES = (
    "PREFIX gpg: <https://w3id.org/global-policing-goals/> "
    "PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#> "
    "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX sdgo: <http://metadata.un.org/sdg/ontology#> "
)
TYPICAL = [
    PREFIXES + query
    for query in (
        "SELECT ?g ?l { ?g a gpgo:Goal ; skos:prefLabel ?l FILTER(LANG(?l)='en') } ORDER BY ?g",
        "SELECT ?g (COUNT(?o) AS ?n) { ?o gpgo:isObjectiveOf ?g } GROUP BY ?g ORDER BY ?g",
        "SELECT ?s (COUNT(DISTINCT ?x) AS ?n) { ?x gpgo:supports ?t . ?t sdgo:isTargetOf? ?s . ?s a sdgo:Goal } "
        "GROUP BY ?s ORDER BY DESC(?n)",
        "SELECT ?t { ?t a sdgo:Target FILTER NOT EXISTS { ?x gpgo:supports ?t } } ORDER BY ?t",
        "SELECT ?o ?d { ?o a gpgo:Objective ; skos:definition ?d FILTER(CONTAINS(LCASE(?d),'police')) } ORDER BY ?o",
        "SELECT * { gpg:goal-3 ?p ?o }",
    )
]
# Parameters of saved queries that take any value, each with one.
FRESH_PARAMETERS = (
    ("phrase", "phrase", MARKER),
    ("custodian-goals", "custodian", MARKER),
    ("similar-objectives", "least", f"0.5{MARKER}"),
    ("strongest-links", "least", f"0.9{MARKER}"),
    ("weakest-links", "below", f"0.5{MARKER}"),
)
LIGHT, HEAVY = 0.0007, 0.002
OK = 200
# What a saved query says of itself in its first lines.
SUMMARY = re.compile(r"^#\+ summary:\n#\+ +en: (.+)$", re.MULTILINE)
# On a machine that others use too, the least of a few times is none to go by.
TRIES = 20


@dataclass(frozen=True)
class Workload:
    """Queries to send in turn.

    fresh: with a literal that never repeats; saved: paths at which our server answers the same as saved queries.
    """

    name: str
    queries: list[str]
    fresh: bool
    saved: tuple[str, ...] = ()


def workloads(dataset: OurDataset, judge: Endpoint) -> list[Workload]:
    """All workloads, of queries that the judge answers and that ask no other endpoint.

    judge: the endpoint whose time says which queries are light and which are heavy.
    """
    saved = [with_defaults(query, dataset.prefixes) for query in dataset.queries if not query.federates]
    texts = [
        *saved,
        "SELECT ?g ?l { ?g a <https://w3id.org/global-policing-goals/ontology#Goal> ; "
        "<http://www.w3.org/2004/02/skos/core#prefLabel> ?l }",
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p",
    ]
    # A refusal is no answer, and quick: whoever answers would seem slow beside it.
    seconds = {text: _seconds(judge, text) for text in texts if ask(judge, text)[0] == OK}
    light = [text for text in seconds if seconds[text] < LIGHT]
    heavy = [text for text in seconds if seconds[text] >= HEAVY]
    found = [
        Workload("(a) saved queries, repeated", [text for text in saved if text in seconds], False),
        Workload(f"(b) {len(light)} light queries, never repeated", varying(judge, light), True),
        Workload(f"(b) {len(heavy)} heavy queries, never repeated", varying(judge, heavy), True),
        Workload("(c) a large CONSTRUCT, repeated", [LARGE], False),
        Workload("(d) a trivial ASK, repeated", [TRIVIAL], False),
        Workload("(e) six typical queries, repeated", TYPICAL, False),
        Workload("(e) six typical queries, never repeated", varying(judge, TYPICAL), True),
        _saved_with_fresh_parameters(dataset),
    ]
    return [workload for workload in found if workload.queries]


def varying(judge: Endpoint, queries: list[str]) -> list[str]:
    """The queries with a literal in the place of which another can stand each time, if they can have one."""
    varied = [_with_marker(query) for query in queries]
    return [text for text in varied if ask(judge, text)[0] == OK]


def _with_marker(query: str) -> str:
    # The last bracket ends the outermost group.
    before, bracket, after = query.rpartition("}")
    return f"{before} FILTER('{MARKER}' != ''){bracket}{after}"


def _saved_with_fresh_parameters(dataset: OurDataset) -> Workload:
    texts = [
        with_defaults(dataset.saved_query(name), dataset.prefixes, {parameter: value})
        for name, parameter, value in FRESH_PARAMETERS
    ]
    paths = tuple(f"/queries/{name}.json?{parameter}={value}" for name, parameter, value in FRESH_PARAMETERS)
    return Workload("(f) saved queries with fresh parameters, beside their text", texts, True, paths)


def with_defaults(query: SavedQuery, prefixes: Prefixes, given: Mapping[str, str] = MappingProxyType({})) -> str:
    """The text of a saved query with its parameters, bound as any endpoint understands it.

    given: values by parameter name; the others have their defaults.
    """
    bound = {variable.value: str(term) for variable, term in query.bindings(given, prefixes).items()}
    if not bound:
        return query.text
    names, values = " ".join(f"?{name}" for name in bound), " ".join(bound.values())
    return query.text.replace("WHERE {", f"WHERE {{\n  VALUES ({names}) {{ ({values}) }}", 1)


def disagreements(endpoints: list[Endpoint], queries: list[str]) -> list[str]:
    """The queries that are not answered alike, and by whom."""
    found = []
    for query in queries:
        answers = {endpoint.name: _normal(*ask(endpoint, query)) for endpoint in endpoints}
        first = next(iter(answers.values()))
        found += [f"{name}: {_title(query)}" for name, answer in answers.items() if answer != first]
    return found


def _title(query: str) -> str:
    summary = SUMMARY.search(query)
    return summary[1] if summary else query.partition("\n")[0]


def _seconds(endpoint: Endpoint, query: str) -> float:
    """The least time of many, without what every request takes on its way."""
    return _least(endpoint, query) - _least(endpoint, TRIVIAL)


def _least(endpoint: Endpoint, query: str) -> float:
    times = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        ask(endpoint, query)
        times.append(time.perf_counter() - begun)
    return min(times)


def _normal(status: int, body: bytes) -> object:
    """An answer without what SPARQL leaves open: the order of solutions and of statements, blank node labels."""
    if status != OK:
        return status, body
    if body[:1] != b"{":
        graph = Dataset(parse(body, format=RdfFormat.TURTLE))
        graph.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
        return status, frozenset(graph)
    answer = json.loads(body)
    if "boolean" in answer:
        return status, answer["boolean"]
    solutions = answer["results"]["bindings"]
    return status, sorted(
        json.dumps({name: _term(term) for name, term in row.items()}, sort_keys=True) for row in solutions
    )


def _term(term: dict[str, str]) -> dict[str, str]:
    # xsd:string may be said or left out, and numbers may be written otherwise.
    plain = {key: value for key, value in term.items() if not (key == "datatype" and value.endswith("#string"))}
    if "#decimal" in plain.get("datatype", ""):
        plain["value"] = repr(float(plain["value"]))
    return {**plain, "type": "bnode" if plain["type"] == "bnode" else plain["type"].removeprefix("typed-")}
