"""Whether a page is written as a static file, and what the static edition of the site leaves out.

It has one document for each thing that several would say: of the formats of a document Turtle and JSON-LD, of those of
a result CSV, JSON, the workbook and the SPARQL. The whole graph is in data/ in every format.
"""

from collections.abc import Iterable

from flask import current_app, has_request_context, request

# A key of the WSGI environment, and of the configuration: the address that the files will have, empty if not known.
STATIC = "policing_goals.static"
STATIC_ADDRESS = "STATIC_ADDRESS"
LEFT_OUT = {"nt", "nq", "trig", "rdf", "tsv", "xml"}


def is_static() -> bool:
    """Whether the current page is written as a static file, without a server for its forms."""
    return has_request_context() and STATIC in request.environ


def has_address() -> bool:
    """Whether the current page knows the address that readers will find it at."""
    return not is_static() or bool(current_app.config.get(STATIC_ADDRESS))


def offered(suffixes: Iterable[str]) -> list[str]:
    """The suffixes of formats that the current page may link to."""
    return [suffix for suffix in suffixes if not (is_static() and suffix in LEFT_OUT)]
