"""What the listening process reads of a request takes time in proportion to its length, whatever the client writes."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from policing_goals.engine.query_job import QueryJob
from policing_goals.errors import QueryError
from policing_goals.rdf.formats import Kind
from policing_goals.web.gateway.page_cache import cache_key
from policing_goals.web.gateway.request_head import HeadParser
from policing_goals.web.http.headers import default_headers
from policing_goals.web.http.i18n import language_cookie
from policing_goals.web.http.messages import READ_BYTES, Request, parse_fields
from policing_goals.web.http.negotiation import acceptable, best_type, choose_coding
from policing_goals.web.http.problems import problem
from policing_goals.web.queries.fast_path import PATH
from policing_goals.web.sparql.graph_store import parse_graph_request
from policing_goals.web.sparql.protocol import parse_query_request
from policing_goals.web.sparql.responses import Preconditions, early_not_modified, plan_query

UNITS = (
    "%", "%41", "%4", "+", "=", "&a=b", "a", "a-", "a.", "a:", "é", "/", "//", "{", "(", "[", "#", "<",
    '"', "'", "\\", ",", ";", "a/b,",
    "a;q=0.1,", ";q=", "; a=b", 'W/"a", ', "CONSTRUCT", "RAND", "SERVICE", "language=", "a=b; ", " ", "\t", "*",
)  # fmt: skip
# Three doublings: eight times the time if it is linear, 64 times if it is quadratic.
SHORT = READ_BYTES // 8
PLAN = plan_query(QueryJob("ASK {}"), "", None)
FORM = "application/x-www-form-urlencoded"
READERS: dict[str, Callable[[str], object]] = {
    "fields": parse_fields,
    "query string": lambda text: parse_query_request(Request("GET", f"query={text}", {})),
    "form": lambda text: parse_query_request(Request("POST", "", {"content-type": FORM}, f"query={text}".encode())),
    "content type": lambda text: parse_query_request(Request("POST", "", {"content-type": text})),
    "graph": lambda text: parse_graph_request((), Request("GET", f"graph={text}", {})),
    "accept": lambda text: acceptable.__wrapped__(text, Kind.SOLUTIONS),
    "media type": lambda text: best_type(text, ["text/html"]),
    "coding": lambda text: choose_coding.__wrapped__(text),
    "tags": lambda text: early_not_modified(PLAN, "1", Preconditions("GET", "", text)),
    "cookie": language_cookie,
    "page": lambda text: cache_key(Request("GET", text, {"cookie": text, "accept-language": text}, b"", f"/{text}")),
    "saved query": lambda text: PATH.fullmatch(f"/queries/{text}.csv"),
    "path": default_headers,
    "problem": lambda text: problem(QueryError(text), text),
    "head": lambda text: HeadParser().parse(f"GET /{text} HTTP/1.1\r\nHost: x\r\nA: {text}\r\n\r\n".encode()),
    "host": lambda text: HeadParser().parse(f"GET / HTTP/1.1\r\nHost: {text}\r\n\r\n".encode()),
    "target": lambda text: HeadParser().parse(f"GET http://{text} HTTP/1.1\r\nHost: x\r\n\r\n".encode()),
}


def seconds(read: Callable[[str], object], text: str) -> float:
    """The least CPU time of some tries."""
    times = []
    for _ in range(5):
        begun = time.process_time()
        with suppress(QueryError):
            read(text)
        times.append(time.process_time() - begun)
    return min(times)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_reading_takes_time_in_proportion_to_the_length(read: Callable[[str], object]) -> None:
    for unit in UNITS:
        short, long = (seconds(read, (unit * size)[:size]) for size in (SHORT, 8 * SHORT))

        # What takes less than the clock can tell is no danger.
        assert long < max(3 * 8 * short, 0.002), unit


def test_a_reader_that_is_quadratic_would_fail() -> None:
    def quadratic(text: str) -> int:
        return sum(text.count("\0", start) for start in range(len(text)))

    assert seconds(quadratic, "a" * 8 * SHORT) > 3 * 8 * seconds(quadratic, "a" * SHORT)
