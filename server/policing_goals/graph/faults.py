"""What is wrong in an imported vocabulary, node by node: changes when another fault is looked for.

Faults are reported and never repaired: an import stays as its publisher made it.
Known ones are in data/known-faults.tsv; the others are of SKOS (integrity
conditions S13, S14, S27) and of its labels.
"""

from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from policing_goals.graph.imports import Import
from policing_goals.graph.tables import read_plain_table

TABLE = "data/known-faults.tsv"
REQUIRED = ("graph", "node", "language", "ending", "fault")
PREFIX = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
# What is wrong, and a query for ?node and ?detail.
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
    (
        "broader than itself",
        'SELECT ?node ("" AS ?detail) WHERE { ?node skos:broader+ ?node }',
    ),
    (
        "a label with a space at an end",
        """SELECT ?node (CONCAT("“", SUBSTR(STR(?label), 1, 40), "…”@", LANG(?label)) AS ?detail)
        WHERE { ?node skos:prefLabel|skos:altLabel ?label FILTER (REGEX(STR(?label), "^\\\\s|\\\\s$")) }""",
    ),
)


def faults(root: Path, imported: Import) -> Iterator[str]:
    """One line for each fault of an import: its node, what is wrong and where.

    root: where data/known-faults.tsv is.
    """
    store = Store()
    store.extend(quad for quad in imported.quads() if not isinstance(quad.graph_name, NamedNode))
    yield from _known(root, imported.graph, store)
    for fault, query in FAULTS:
        found = store.query(PREFIX + query + " ORDER BY ?node ?detail")
        if not isinstance(found, QuerySolutions):
            raise TypeError(query)
        for row in found:
            detail = row["detail"].value if isinstance(row["detail"], Literal) else ""
            yield f"{row['node']}: {fault}{': ' if detail else ''}{detail}"


def _known(root: Path, graph: str, store: Store) -> Iterator[str]:
    for row in read_plain_table(root, TABLE, REQUIRED):
        ending, language = row.required("ending"), row.required("language")
        texts = [quad.object for quad in store.quads_for_pattern(NamedNode(row.required("node")), None, None)]
        found = [text for text in texts if isinstance(text, Literal) and text.language == language]
        if row.required("graph") == graph and any(text.value.endswith(ending) for text in found):
            yield f"<{row.values['node']}>: {row.required('fault')}: “…{ending}”@{language}"
