"""Checks on imported graphs: those of the checklist, and a lint for imported vocabularies.

Faults are reported and never repaired: an import stays as its publisher made it. The known ones are in
data/known-faults.tsv; the others are of SKOS (integrity conditions S13, S14, S27) and of its labels.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from pyoxigraph import DefaultGraph, Literal, NamedNode, QuerySolutions, RdfFormat, Store

from policing_goals.builder.imports.imported_graphs import ImportedGraphs
from policing_goals.builder.imports.reading import KNOWN, Import
from policing_goals.builder.sources import Sources
from policing_goals.builder.tables import Row, read_plain_table
from policing_goals.model.validation_report import CheckResult
from policing_goals.vocabulary import GPG, GPGO, SDG

SUPPORTS = NamedNode(GPGO + "supports")
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
NOTATION = NamedNode("http://www.w3.org/2004/02/skos/core#notation")
KNOWN_FAULTS = "data/known-faults.tsv"
KNOWN_FAULT_COLUMNS = ("graph", "node", "language", "ending", "fault")
SKOS = b"<http://www.w3.org/2004/02/skos/core#"
MAX_LINTED = 300_000
PREFIX = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
# A fault, and a query for ?node and ?detail.
FAULTS = (
    (
        "several preferred labels in one language (SKOS S14)",
        """SELECT ?node (CONCAT(STR(COUNT(?label)), " in ", ?language) AS ?detail)
        WHERE { ?node skos:prefLabel ?label BIND (LANG(?label) AS ?language) }
        GROUP BY ?node ?language HAVING (COUNT(?label) > 1)""",
    ),
    (
        "one label both preferred and other (SKOS S13)",
        """SELECT ?node (STR(?label) AS ?detail)
        WHERE { ?node skos:prefLabel ?label ; skos:altLabel|skos:hiddenLabel ?label }""",
    ),
    (
        "related to a concept above or below it (SKOS S27)",
        """SELECT ?node (STR(?other) AS ?detail)
        WHERE { ?node skos:related ?other ; skos:broader+|^skos:broader+ ?other }""",
    ),
    ("broader than itself", 'SELECT ?node ("" AS ?detail) WHERE { ?node skos:broader+ ?node }'),
    (
        "a label with a space at an end",
        """SELECT ?node (CONCAT("“", SUBSTR(STR(?label), 1, 40), "…”@", LANG(?label)) AS ?detail)
        WHERE { ?node skos:prefLabel|skos:altLabel ?label FILTER (REGEX(STR(?label), "^\\\\s|\\\\s$")) }""",
    ),
)


def import_checks(ours: Store, imports: ImportedGraphs) -> dict[str, CheckResult]:
    """The results of the checks of the checklist that can be run on these imports, by name.

    ours: the dataset without them, in its default graph.
    """
    results: dict[str, CheckResult] = {}
    if imports.fields:
        results["untouched"] = CheckResult(len(imports.fields), imports.changed())
    if KNOWN["un-sdg"] in imports.fields:
        theirs = Store()
        theirs.bulk_load(path=imports.files[KNOWN["un-sdg"]], format=RdfFormat.N_TRIPLES)
        results["targets_exist"] = _targets_exist(ours, theirs)
        results["labels_not_copied"] = _labels_not_copied(ours, theirs)
    return results


def _targets_exist(ours: Store, theirs: Store) -> CheckResult:
    targets = {quad.object for quad in ours.quads_for_pattern(None, SUPPORTS, None, DefaultGraph())}
    unknown = [target for target in targets if isinstance(target, NamedNode) and not _has_code(theirs, target)]
    return CheckResult(len(targets), tuple(sorted(target.value for target in unknown)))


def _has_code(theirs: Store, target: NamedNode) -> bool:
    code = target.value.removeprefix(SDG)
    notations = theirs.quads_for_pattern(target, NOTATION, None)
    return any(isinstance(quad.object, Literal) and quad.object.value == code for quad in notations)


def _labels_not_copied(ours: Store, theirs: Store) -> CheckResult:
    # The short titles of the 17 goals are the UN's, and marked as such.
    targets = [
        quad
        for quad in ours.quads_for_pattern(None, LABEL, None, DefaultGraph())
        if isinstance(quad.subject, NamedNode) and "." in quad.subject.value.partition(SDG)[2]
    ]
    given = {(quad.subject, quad.object) for quad in theirs}
    return CheckResult(
        len(targets), tuple(f"{quad.subject} {quad.object}" for quad in targets if (quad.subject, quad.object) in given)
    )


def lint_vocabulary(sources: Sources, imported: Import) -> Iterator[str]:
    """One line for each fault of an import: its node, what is wrong and where."""
    rows = list(read_plain_table(sources, KNOWN_FAULTS, KNOWN_FAULT_COLUMNS))
    nodes = tuple(f"<{row.required('node')}> ".encode() for row in rows)
    # What the lint reads; the rest of a large import stays on the disk.
    read = (line for line in imported.lines() if SKOS in line or line.startswith(nodes))
    lines = list(islice(read, MAX_LINTED + 1))
    if len(lines) > MAX_LINTED:
        yield f"Not searched for faults of SKOS: it has more than {MAX_LINTED} statements of that vocabulary."
        return
    store = Store()
    store.bulk_load(b"".join(lines), format=RdfFormat.N_TRIPLES)
    yield from _known_faults(rows, imported.graph, store)
    for fault, query in FAULTS:
        found = store.query(PREFIX + query + " ORDER BY ?node ?detail")
        if not isinstance(found, QuerySolutions):
            raise TypeError(query)
        for row in found:
            detail = row["detail"].value if isinstance(row["detail"], Literal) else ""
            yield f"{row['node']}: {fault}{': ' if detail else ''}{detail}"


def statements_about_ours(imported: Import) -> Iterator[str]:
    """One line for each of our names that an import makes statements about."""
    start = f"<{GPG}".encode()
    counts = Counter(line.partition(b" ")[0].decode() for line in imported.lines() if line.startswith(start))
    for subject, count in sorted(counts.items()):
        noun = "statement" if count == 1 else "statements"
        yield f"{subject}: {count} {noun} about a name of ours; our own pages and queries do not show them"


def joining_query(imported: Import) -> str:
    """A query of our entities and what an import says of the terms that they are linked to."""
    return f"""SELECT ?ours ?link ?term ?property ?value
WHERE {{
  ?ours ?link ?term .
  GRAPH <{imported.graph}> {{ ?term ?property ?value }}
}}
LIMIT 20"""


def _known_faults(rows: list[Row], graph: str, store: Store) -> Iterator[str]:
    for row in rows:
        ending, language = row.required("ending"), row.required("language")
        texts = [quad.object for quad in store.quads_for_pattern(NamedNode(row.required("node")), None, None)]
        found = [text for text in texts if isinstance(text, Literal) and text.language == language]
        if row.required("graph") == graph and any(text.value.endswith(ending) for text in found):
            yield f"<{row.values['node']}>: {row.required('fault')}: “…{ending}”@{language}"
