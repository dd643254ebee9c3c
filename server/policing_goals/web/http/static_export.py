"""Whether a page is written as a static file, and what the static edition of the site leaves out.

It has one document for each thing that several would say: of the formats of a document Turtle and JSON-LD, of those of
a result CSV, JSON, the workbook and the SPARQL. The whole graph is in data/ in every format.
"""

from collections.abc import Iterable

from flask import has_request_context, request

# A key of the WSGI environment.
STATIC = "policing_goals.static"
LEFT_OUT = {"nt", "nq", "trig", "rdf", "tsv", "xml"}


def is_static() -> bool:
    """Whether the current page is written as a static file, without a server for its forms."""
    return has_request_context() and STATIC in request.environ


def offered(suffixes: Iterable[str]) -> list[str]:
    """The suffixes of formats that the current page may link to."""
    return [suffix for suffix in suffixes if not (is_static() and suffix in LEFT_OUT)]
