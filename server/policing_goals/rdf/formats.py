"""Result formats: names, media types and kinds (SPARQL 1.1 results in JSON, XML, CSV and TSV; RDF 1.1).

The first format of each kind is the default.
"""

from dataclasses import dataclass
from enum import Enum

from pyoxigraph import QueryResultsFormat, RdfFormat


class Kind(Enum):
    """The kind of a result: solutions (SELECT and ASK) or a graph (CONSTRUCT and DESCRIBE)."""

    SOLUTIONS = "table"
    GRAPH = "graph"


@dataclass(frozen=True)
class Format:
    """A format: its short name (also the file suffix), media type, kind, and Oxigraph's constant for it."""

    name: str
    media_type: str
    kind: Kind
    oxigraph: QueryResultsFormat | RdfFormat


FORMATS = (
    Format("json", "application/sparql-results+json", Kind.SOLUTIONS, QueryResultsFormat.JSON),
    Format("xml", "application/sparql-results+xml", Kind.SOLUTIONS, QueryResultsFormat.XML),
    Format("csv", "text/csv", Kind.SOLUTIONS, QueryResultsFormat.CSV),
    Format("tsv", "text/tab-separated-values", Kind.SOLUTIONS, QueryResultsFormat.TSV),
    Format("ttl", "text/turtle", Kind.GRAPH, RdfFormat.TURTLE),
    Format("trig", "application/trig", Kind.GRAPH, RdfFormat.TRIG),
    Format("nt", "application/n-triples", Kind.GRAPH, RdfFormat.N_TRIPLES),
    Format("nq", "application/n-quads", Kind.GRAPH, RdfFormat.N_QUADS),
    Format("rdf", "application/rdf+xml", Kind.GRAPH, RdfFormat.RDF_XML),
    Format("jsonld", "application/ld+json", Kind.GRAPH, RdfFormat.JSON_LD),
)
# JSON-LD 1.1, section 9.1: the document forms that a client may request by profile. The default is compacted.
JSON_LD_PROFILE = "http://www.w3.org/ns/json-ld#"
JSON_LD_FORMS = tuple(
    Format(f"jsonld-{form}", f'application/ld+json;profile="{JSON_LD_PROFILE}{form}"', Kind.GRAPH, RdfFormat.JSON_LD)
    for form in ("expanded", "compacted", "flattened", "framed")
)
# Excel reads a CSV file as UTF-8 only if it begins with a byte order mark.
CSV_FOR_EXCEL = Format("csv-bom", "text/csv", Kind.SOLUTIONS, QueryResultsFormat.CSV)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BY_NAME = {form.name: form for form in (*FORMATS, *JSON_LD_FORMS, CSV_FOR_EXCEL)}


def formats_of(kind: Kind) -> tuple[Format, ...]:
    """The formats for results of a kind, the default first."""
    return tuple(form for form in FORMATS if form.kind is kind)
