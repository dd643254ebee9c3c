"""The downloadable files: the graph as RDF, flat tables, mapping sets, and the links as RDF 1.2 annotations.

The RDF is of the whole graph and of each named graph, with and without inferred statements. The graph that describes
these files is in none of them. Each table is a SELECT of queries/tables/ whose header (YAML after `#+`) has a title,
and the datatype and meaning of each column; the tables are written as CSV with metadata (W3C CSV on the Web, 2015) and
as one workbook with a sheet for each.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyoxigraph import NamedNode, Quad, QuerySolutions, QueryTriples, Store, Triple

from policing_goals.builder import crosswalks, sdg_links
from policing_goals.builder.reuse import Reuse
from policing_goals.builder.sources import Sources
from policing_goals.builder.tables import read_yaml_block
from policing_goals.errors import SourceError
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.snapshot_format import DATA
from policing_goals.rdf.formats import BY_NAME
from policing_goals.rdf.serialization import write_graph, write_quads
from policing_goals.rdf.spreadsheets import Column, FlatTable, as_csv, as_workbook
from policing_goals.vocabulary import GPG, LICENCE

STEM = "global-policing-goals"
RDF12 = "links-rdf12.ttl"
RDF12_TITLE = "the links as annotations of RDF 1.2 (for Oxigraph; rdflib cannot read them yet)"
ASSERTED_TITLE = "the whole graph, as asserted (SKOS tools want the one with inferred statements)"
DISTRIBUTIONS, INFERRED = NamedNode(GPG + "graph-distributions"), NamedNode(GPG + "graph-inferred")
TRIPLES, QUADS = ("ttl", "jsonld", "rdf"), ("trig", "nq")
CSV, TSV, JSON = "text/csv", "text/tab-separated-values", "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
METADATA = "csv-metadata.json"
DATATYPES = ("anyURI", "string", "integer", "double", "date")
ANNOTATIONS = """
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
CONSTRUCT { ?link rdf:reifies ?triple . ?link ?property ?value . ?s ?p ?o }
WHERE {
  ?link a gpgo:SDGLink ; owl:annotatedSource ?s ; owl:annotatedProperty ?p ; owl:annotatedTarget ?o ; ?property ?value .
  BIND (TRIPLE(?s, ?p, ?o) AS ?triple)
  FILTER (?property NOT IN (owl:annotatedSource, owl:annotatedProperty, owl:annotatedTarget))
}
"""
ABOUT = (
    "INTERPOL's Global Policing Goals (2023) as linked data.",
    "The quoted French text is INTERPOL's. Labels, translations and links are the project's, under CC BY 4.0.",
    "Most links to the SDGs are the project's analysis, not INTERPOL's claim: see the column basis.",
    "Not affiliated with INTERPOL or the United Nations.",
    "https://w3id.org/global-policing-goals/",
)


@dataclass(frozen=True)
class PlannedFile:
    """A file that is not made yet: its name, media type, and whether it is RDF."""

    name: str
    media_type: str
    is_rdf: bool


@dataclass(frozen=True)
class DumpFile:
    """A file: its name, media type, title, bytes, and number of triples if it is RDF."""

    name: str
    media_type: str
    title: str
    content: bytes
    triples: int | None = None

    def sha256(self) -> str:
        """The SHA-256 of the file, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    def fields(self) -> dict[str, str]:
        """The fields of the file in the manifest."""
        counted = {} if self.triples is None else {"triples": str(self.triples)}
        size = str(len(self.content))
        return {"sha256": self.sha256(), "media_type": self.media_type, "title": self.title, "bytes": size, **counted}

    def plan(self) -> PlannedFile:
        """The file as plan_dumps gives it."""
        return PlannedFile(self.name, self.media_type, self.triples is not None)


def plan_dumps(root: Path, store: Store) -> tuple[PlannedFile, ...]:
    """The files that make_dumps will make."""
    graphs = {graph.value for graph in store.named_graphs() if isinstance(graph, NamedNode)} - {DISTRIBUTIONS.value}
    stems = [STEM, f"{STEM}-asserted", *(graph.removeprefix(GPG) for graph in graphs if graph.startswith(GPG))]
    forms = [BY_NAME[name] for name in (*TRIPLES, *QUADS)]
    files = [PlannedFile(f"{stem}.{form.name}", form.media_type, True) for stem in stems for form in forms]
    files += [PlannedFile(f"{path.stem}.csv", CSV, False) for path in root.glob("queries/tables/*.rq")]
    files += [PlannedFile(Path(name).name, TSV, False) for name in (sdg_links.TABLE, *crosswalks.TABLES.values())]
    files += [PlannedFile(METADATA, JSON, False), PlannedFile(f"{STEM}.xlsx", XLSX, False)]
    files.append(PlannedFile(RDF12, "text/turtle", True))
    return tuple(sorted(files, key=lambda file: file.name))


def make_dumps(sources: Sources, store: Store, reuse: Reuse) -> tuple[DumpFile, ...]:
    """Every file, by name; the same bytes for the same store.

    store: the described dataset, of which imports and the graph that describes the files are left out; reuse: takes
    over the files that did not change.
    """
    prefixes = sources.prefixes
    ours = [
        quad
        for quad in store
        if isinstance(quad.graph_name, NamedNode)
        and quad.graph_name.value.startswith(GPG)
        and quad.graph_name != DISTRIBUTIONS
    ]
    # Sorted once: every selection from it stays sorted.
    ours.sort(key=lambda quad: str(quad.triple))
    asserted = [quad for quad in ours if quad.graph_name != INFERRED]
    dumps = [
        *_rdf_files(STEM, "the whole graph, with inferred statements", ours, prefixes, reuse),
        *_rdf_files(f"{STEM}-asserted", ASSERTED_TITLE, asserted, prefixes, reuse),
        *_by_graph(ours, prefixes, reuse),
        *_table_files(sources, store, reuse),
        *_mapping_sets(sources),
        _annotations(store, prefixes),
    ]
    return tuple(sorted(dumps, key=lambda dump: dump.name))


def _rdf_files(stem: str, title: str, quads: list[Quad], prefixes: Prefixes, reuse: Reuse) -> Iterator[DumpFile]:
    triples = list(dict.fromkeys(quad.triple for quad in quads))
    by_graph = sorted(quads, key=lambda quad: str(quad.graph_name))
    made_from = [str(quad) for quad in by_graph]
    # JSON-LD has named graphs too; a file of one graph needs none.
    has_graphs = len({str(quad.graph_name) for quad in quads}) > 1
    for name in TRIPLES:
        if name == "jsonld" and has_graphs:
            continue
        form, file = BY_NAME[name], f"{stem}.{name}"
        content = reuse.file(f"{DATA}/{file}", made_from, partial(write_graph, triples, form, prefixes))
        yield DumpFile(file, form.media_type, title, content, len(triples))
    for name in (*QUADS, "jsonld") if has_graphs else QUADS:
        form, file = BY_NAME[name], f"{stem}.{name}"
        content = reuse.file(f"{DATA}/{file}", made_from, partial(write_quads, by_graph, form, prefixes))
        yield DumpFile(file, form.media_type, f"{title}, in its named graphs", content, len(quads))


def _by_graph(quads: list[Quad], prefixes: Prefixes, reuse: Reuse) -> Iterator[DumpFile]:
    graphs: dict[str, list[Quad]] = {}
    for quad in quads:
        graphs.setdefault(str(getattr(quad.graph_name, "value", "")), []).append(quad)
    for graph, own in sorted(graphs.items()):
        name = graph.removeprefix(GPG)
        yield from _rdf_files(name, f"the named graph {name}", own, prefixes, reuse)


def _table_files(sources: Sources, store: Store, reuse: Reuse) -> Iterator[DumpFile]:
    tables = read_tables(sources, store)
    for table in tables:
        yield DumpFile(f"{table.name}.csv", CSV, f"{table.title}, as a table", as_csv(table))
    yield DumpFile(METADATA, JSON, "the meaning of the tables' columns (CSV on the Web)", csv_metadata(tables, LICENCE))
    workbook = f"{STEM}.xlsx"
    content = reuse.file(f"{DATA}/{workbook}", map(repr, tables), partial(as_workbook, tables, ABOUT))
    yield DumpFile(workbook, XLSX, "every table in one workbook", content)


def _mapping_sets(sources: Sources) -> Iterator[DumpFile]:
    for name in (sdg_links.TABLE, *crosswalks.TABLES.values()):
        content = sources.read(name).encode()
        yield DumpFile(Path(name).name, TSV, f"the mapping set {Path(name).name.split('.')[0]} (SSSOM)", content)


def _annotations(store: Store, prefixes: Prefixes) -> DumpFile:
    found = store.query(ANNOTATIONS)
    if not isinstance(found, QueryTriples):
        raise TypeError(found)
    triples: list[Triple] = sorted(set(found), key=str)
    content = write_graph(triples, BY_NAME["ttl"], prefixes)
    return DumpFile(RDF12, "text/turtle", RDF12_TITLE, content, len(triples))


def read_tables(sources: Sources, store: Store) -> tuple[FlatTable, ...]:
    """The result of every query of queries/tables/ on the default graph of a store.

    Raises SourceError, with the file, for a query that does not parse or whose columns are not those of its header.
    """
    return tuple(_read_flat_table(sources, name, store) for name in sources.names("queries/tables/*.rq"))


def _read_flat_table(sources: Sources, name: str, store: Store) -> FlatTable:
    text = sources.read(name)
    header, _ = read_yaml_block(name, text, "#+")
    columns = tuple(Column(key, *_column_description(name, key, text)) for key, text in header["columns"].items())
    try:
        found = store.query(text)
    except SyntaxError as error:
        raise SourceError(name, f"the query does not parse: {error}.", "Fix the SPARQL.") from error
    found_names = [variable.value for variable in found.variables] if isinstance(found, QuerySolutions) else []
    if not isinstance(found, QuerySolutions) or found_names != [column.name for column in columns]:
        raise SourceError(
            name, f"the result has the columns {', '.join(found_names)}.", "Make columns and SELECT agree."
        )
    rows = tuple(tuple(str(getattr(row[each], "value", "")) for each in found_names) for row in found)
    return FlatTable(Path(name).stem, str(header["title"]), columns, rows)


def _column_description(name: str, column: str, text: object) -> tuple[str, str]:
    datatype, sign, meaning = str(text).partition("; ")
    if not sign or datatype not in DATATYPES:
        expected = f"Write its datatype ({', '.join(DATATYPES)}), a semicolon and its meaning."
        raise SourceError(name, f"the column {column} is described as {text!r}.", expected)
    return datatype, meaning


def csv_metadata(tables: tuple[FlatTable, ...], licence: str) -> bytes:
    """The meaning of the columns of the CSV files, in the JSON of CSV on the Web."""
    described = [
        {
            "url": f"{table.name}.csv",
            "dc:title": table.title,
            "tableSchema": {
                "columns": [
                    {
                        "name": column.name,
                        "titles": column.name,
                        "dc:description": column.meaning,
                        "datatype": column.datatype,
                    }
                    for column in table.columns
                ]
            },
        }
        for table in tables
    ]
    metadata = {"@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}], "dc:license": {"@id": licence}}
    return (json.dumps({**metadata, "tables": described}, indent=1, ensure_ascii=False) + "\n").encode()
