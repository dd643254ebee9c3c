"""The result of a query as a page, for browsers: a table, with the query above it and links to each format."""

import re
import time
from dataclasses import replace
from urllib.parse import urlencode

from flask import Response, render_template
from pyoxigraph import QueryResultsFormat, RdfFormat, parse, parse_query_results

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.query_job import QueryJob, QueryResult, QueryRunner
from policing_goals.errors import QueryError, QuerySyntaxError
from policing_goals.rdf.formats import Kind, formats_of
from policing_goals.rdf.sparql_text import SparqlText
from policing_goals.vocabulary import GRAPH_ALL
from policing_goals.web.context import current_site
from policing_goals.web.http.messages import Request
from policing_goals.web.http.problems import marked_line
from policing_goals.web.result_view import ResultView, view_result, view_triples
from policing_goals.web.sparql.protocol import ProtocolRequest, base_of, read_request

# A page with more rows is slow to show and to read.
MAX_ROWS = 1000
# Characters of an address that every browser and proxy takes.
MAX_ADDRESS = 4000
ROOT = "./"
# A notation without the datatype that each has here.
UNTYPED_CODE = re.compile(r"""\bnotation>?\s+(?P<quote>["'])[^"'\n]*(?P=quote)(?!\^\^|@)""")
NAMES_GRAPHS = re.compile(r"\b(?:GRAPH|FROM)\b", re.IGNORECASE)


def page(request: Request) -> Response:
    """The page with the result of a request, or with its error in the place of the result."""
    site = current_site()
    read = None
    try:
        read = read_request(request)
        job = _job(read, request)
        begun = time.perf_counter()
        result = site.runner.run(job)
        milliseconds = round((time.perf_counter() - begun) * 1000)
        shown = _view(result, site.dataset)
        values: dict[str, object] = {
            "result": shown and replace(shown, rows=shown.rows[:MAX_ROWS]),
            "count": len(shown.rows) if shown else 0,
            "milliseconds": milliseconds,
            "formats": [form.name for form in formats_of(result.kind)],
            "imported": _visible_imports(read, site.dataset),
            "untyped_code": shown is not None and not shown.rows and bool(UNTYPED_CODE.search(read.text)),
            "in_imports": shown is not None and _is_found_in_imports(shown, job, site.dataset, site.runner),
        }
        status, headers = 200, {}
    except QueryError as error:
        status, headers = error.status, dict(error.headers)
        values = {"error": error, "place": _place(error)}
    fields = _fields(read)
    address = urlencode(fields)
    text = render_template(
        "result.html", query=read.text if read else "", fields=fields[1:], address=address, graph_all=GRAPH_ALL,
        short=len(address) < MAX_ADDRESS, max_rows=MAX_ROWS, **values,
    )  # fmt: skip
    response = Response(text.encode("utf-8", "replace"), status, {**headers, "Cache-Control": "no-store"})
    response.vary.add("Accept")
    return response


def _job(read: ProtocolRequest, request: Request) -> QueryJob:
    return QueryJob(read.text, read.default, read.named, "json", "nt", base=base_of(read.text, request))


def _view(result: QueryResult, dataset: Dataset) -> ResultView | None:
    """The view of a result; None for one that is too large for a page."""
    if result.file is not None:
        return None
    if result.kind is Kind.GRAPH:
        return view_triples((quad.triple for quad in parse(result.body, RdfFormat.N_TRIPLES)), dataset, ROOT)
    return view_result(parse_query_results(result.body, QueryResultsFormat.JSON), dataset, ROOT)


def _visible_imports(read: ProtocolRequest, dataset: Dataset) -> list[str]:
    """The imported graphs that a query may see: it names a graph, or asks for any."""
    names_graphs = NAMES_GRAPHS.search(SparqlText(read.text).code)
    return sorted(dataset.manifest.imports) if names_graphs or read.default or read.named else []


def _is_found_in_imports(shown: ResultView, job: QueryJob, dataset: Dataset, runner: QueryRunner) -> bool:
    # An analyst who has imported a graph may forget that the default graph is ours alone.
    if shown.rows or shown.boolean or job.default or job.named or not dataset.manifest.imports:
        return False
    try:
        found = _view(runner.run(replace(job, default=(GRAPH_ALL,))), dataset)
    except QueryError:
        return False
    return found is None or bool(found.rows or found.boolean)


def _fields(read: ProtocolRequest | None) -> list[tuple[str, str]]:
    if read is None:
        return [("query", "")]
    default = [("default-graph-uri", iri) for iri in read.default]
    return [("query", read.text), *default, *(("named-graph-uri", iri) for iri in read.named)]


def _place(error: QueryError) -> str:
    position = error.position if isinstance(error, QuerySyntaxError) else None
    return marked_line(position) if position else ""
