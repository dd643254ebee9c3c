"""The W3C tests of the SPARQL 1.1 Protocol that apply to a read-only service, on their graphs.

Written after the manifest of the W3C rdf-tests suite (sparql11/protocol); each case
has the identifier of the test that it answers to. The update tests become refusals:
a read-only service answers each of them with 403, or with 4xx where the suite wants a refusal anyway.
"""

from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from pyoxigraph import NamedNode, Quad, Store

from policing_goals.engine.dataset import Dataset, take_default_graph
from policing_goals.engine.evaluator import Evaluator, QueryLimits
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.snapshot_format import Manifest
from policing_goals.model.validation_report import Report
from policing_goals.web.http.messages import Reply, Request
from policing_goals.web.sparql.long_requests import LongRequest, request_handler

BASE = "http://kasei.us/2009/09/sparql/data/data"
GRAPHS = [f"{BASE}{number}.rdf" for number in range(4)]
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
CLEAR = "CLEAR ALL"


@pytest.fixture(scope="module")
def documents() -> Dataset:
    """Four graphs, each saying that it is a document; nothing in the default graph."""
    store = Store()
    for iri in GRAPHS:
        node = NamedNode(iri)
        a, document = (
            NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"),
            NamedNode("http://xmlns.com/foaf/0.1/Document"),
        )
        store.add(Quad(node, a, document, node))
    manifest = Manifest(1, "0", {}, {}, dict.fromkeys(GRAPHS, 1), 0, [])
    return Dataset(
        store, take_default_graph(store), manifest, (), Prefixes({}), frozenset(), Report("0", (), (), (), "")
    )


@dataclass(frozen=True)
class Case:
    """A request, and what must come of it: a status class, the truth of an ASK, or one of several media types."""

    method: str = "GET"
    query: tuple[tuple[str, str], ...] = ()
    content_type: str = ""
    body: bytes = b""
    status: int = 200
    truth: bool | None = None
    media_types: tuple[str, ...] = field(default=())


def typed(*numbers: int) -> str:
    return " ".join(f"<{GRAPHS[number]}> a ?type{number} ." for number in numbers)


def default(*numbers: int) -> tuple[tuple[str, str], ...]:
    return tuple(("default-graph-uri", GRAPHS[number]) for number in numbers)


def named(*numbers: int) -> tuple[tuple[str, str], ...]:
    return tuple(("named-graph-uri", GRAPHS[number]) for number in numbers)


BOTH = f"ASK {{ {typed(1, 2)} }}"
IN_GRAPHS = f"ASK {{ GRAPH ?g1 {{ <{GRAPHS[1]}> a ?x }} GRAPH ?g2 {{ <{GRAPHS[2]}> a ?y }} }}"
FULL = (
    f"ASK {{ <{GRAPHS[3]}> a ?z GRAPH ?g1 {{ <{GRAPHS[1]}> a ?x }} GRAPH ?g2 {{ <{GRAPHS[2]}> a ?y }} "
    f"FILTER NOT EXISTS {{ <{GRAPHS[1]}> a ?w }} }}"
)
OVERRULED = f"ASK FROM <{GRAPHS[3]}> {{ {typed(1)} FILTER NOT EXISTS {{ {typed(3)} }} }}"
SOLUTION_TYPES = (
    "application/sparql-results+xml",
    "application/sparql-results+json",
    "text/csv",
    "text/tab-separated-values",
)
GRAPH_TYPES = ("application/rdf+xml", "text/turtle", "application/n-triples")


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


CASES = {
    "query_post_form": Case("POST", default(0), FORM, b"query=ASK%20%7B%7D", truth=True),
    "query_dataset_default_graphs_get": Case(query=(("query", BOTH), *default(1, 2)), truth=True),
    "query_dataset_default_graphs_post": Case("POST", default(1, 2), QUERY, BOTH.encode(), truth=True),
    "query_dataset_named_graphs_post": Case("POST", named(1, 2), QUERY, IN_GRAPHS.encode(), truth=True),
    "query_dataset_named_graphs_get": Case(query=(("query", IN_GRAPHS), *named(1, 2)), truth=True),
    "query_dataset_full": Case(query=(("query", FULL), *default(3), *named(1, 2)), truth=True),
    "query_multiple_dataset": Case("POST", default(1), QUERY, OVERRULED.encode(), truth=True),
    "query_get": Case(query=(("query", "ASK {}"),), truth=True),
    "query_content_type_select": Case(query=(("query", "SELECT (1 AS ?value) {}"),), media_types=SOLUTION_TYPES),
    "query_content_type_ask": Case(query=(("query", "ASK {}"),), media_types=SOLUTION_TYPES[:2]),
    "query_content_type_describe": Case(query=(("query", f"DESCRIBE <{GRAPHS[1]}>"),), media_types=GRAPH_TYPES),
    "query_content_type_construct": Case(
        query=(("query", "CONSTRUCT { <x:s> <x:p> 1 } WHERE {}"),),
        media_types=GRAPH_TYPES,
    ),
    "query_post_direct": Case("POST", (), QUERY, b"ASK {}", truth=True),
    "bad_query_method": Case("PUT", (("query", "ASK {}"),), status=405),
    "bad_multiple_queries": Case(query=(("query", "ASK {}"), ("query", "SELECT * {}")), status=400),
    "bad_query_wrong_media_type": Case("POST", (), "text/plain", b"ASK {}", status=415),
    "bad_query_missing_form_type": Case("POST", (), "", b"query=ASK%20%7B%7D", status=415),
    "bad_query_missing_direct_type": Case("POST", (), "", b"ASK {}", status=415),
    "bad_query_non_utf8": Case("POST", (), f"{QUERY}; charset=UTF-16", "ASK {}".encode("utf-16"), status=415),
    "bad_query_syntax": Case(query=(("query", "ASK {"),), status=400),
    "update_dataset_default_graph": Case("POST", (("using-graph-uri", GRAPHS[1]),), UPDATE, CLEAR.encode(), status=403),
    "update_dataset_named_graphs": Case(
        "POST", (("using-named-graph-uri", GRAPHS[1]),), UPDATE, CLEAR.encode(), status=403
    ),
    "update_post_form": Case("POST", (), FORM, form(update=CLEAR), status=403),
    "update_post_direct": Case("POST", (), UPDATE, CLEAR.encode(), status=403),
    "update_base_uri": Case("POST", (), FORM, form(update="INSERT DATA { <t> <p> 1 }"), status=403),
    "bad_update_get": Case(query=(("update", CLEAR),), status=403),
    "bad_multiple_updates": Case("POST", (), FORM, b"update=CLEAR+NAMED&update=CLEAR+DEFAULT", status=403),
    "bad_update_wrong_media_type": Case("POST", (), "text/plain", CLEAR.encode(), status=415),
    "bad_update_missing_form_type": Case("POST", (), "", form(update=CLEAR), status=415),
    "bad_update_non_utf8": Case("POST", (), f"{UPDATE}; charset=UTF-16", CLEAR.encode("utf-16"), status=415),
    "bad_update_syntax": Case("POST", (), FORM, form(update="CLEAR XXX"), status=403),
}


def send(case: Case, dataset: Dataset) -> Reply:
    headers = {"content-type": case.content_type} if case.content_type else {}
    job = LongRequest("/sparql", Request(case.method, urlencode(case.query), headers, case.body))
    frame, _ = request_handler(Evaluator(dataset, QueryLimits(2**30, 2**20)))(job.frame)
    reply = job.load(frame, [])
    assert isinstance(reply, Reply)
    return reply


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_of_the_w3c_suite(case: Case, documents: Dataset) -> None:
    reply = send(case, documents)

    assert reply.status == case.status, reply.body
    if case.truth is not None:
        assert b'"boolean":true' in reply.body
    if case.media_types:
        assert reply.content_type.split(";")[0] in case.media_types
    if case.status >= 400:
        assert reply.content_type == "application/problem+json"
