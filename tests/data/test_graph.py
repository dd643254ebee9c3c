"""The ontology, the entailments, the SDG index and the description."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, NamedNode, RdfFormat, Store, parse

from policing_goals.builder.pipeline import Draft, assemble
from policing_goals.builder.sources import open_sources
from policing_goals.engine.dataset import Dataset
from tests.conftest import ROOT
from tests.support.rows import pairs, rows

GPG = "https://w3id.org/global-policing-goals/"
PREFIXES = """
    PREFIX dcat: <http://www.w3.org/ns/dcat#>
    PREFIX dcterms: <http://purl.org/dc/terms/>
    PREFIX gpg: <https://w3id.org/global-policing-goals/>
    PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
    PREFIX owl: <http://www.w3.org/2002/07/owl#>
    PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    PREFIX sdg: <http://metadata.un.org/sdg/>
    PREFIX sdgo: <http://metadata.un.org/sdg/ontology#>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    PREFIX void: <http://rdfs.org/ns/void#>
"""
TURTLE = sorted(path for folder in ("ontology", "data", "shapes") for path in (ROOT / folder).rglob("*.ttl"))
SPARQL = sorted(
    path for pattern in ("ontology/rules/*.rq", "queries/*.rq", "tests/bad/*.ru") for path in ROOT.glob(pattern)
)


def count(dataset: Dataset, pattern: str) -> int:
    return int(rows(dataset, f"{PREFIXES} SELECT (COUNT(*) AS ?n) {{ {pattern} }}")[0][0])


def test_the_ontology_has_its_classes_and_properties(dataset: Dataset) -> None:
    assert count(dataset, "?c a owl:Class ; rdfs:isDefinedBy gpg:ontology") == 13
    assert (
        count(dataset, "VALUES ?k { owl:ObjectProperty owl:DatatypeProperty } ?p a ?k ; rdfs:isDefinedBy gpg:ontology")
        == 19
    )


def test_a_definition_does_not_use_its_own_label(dataset: Dataset) -> None:
    query = (
        PREFIXES
        + """SELECT ?label ?definition { ?term rdfs:isDefinedBy gpg:ontology ; rdfs:label ?label ;
        skos:definition ?definition FILTER (LANG(?label) = LANG(?definition)) }"""
    )
    for label, definition in rows(dataset, query):
        assert not re.search(rf"\b{re.escape(label)}\b", definition), label


def test_the_version_is_one(dataset: Dataset) -> None:
    stated = rows(
        dataset, PREFIXES + "SELECT ?v { { gpg:ontology owl:versionInfo ?v } UNION { gpg:dataset dcat:version ?v } }"
    )
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["version"]

    assert {value for (value,) in stated} == {version("policing-goals")}
    assert backend["path"] == "ontology/gpg.ttl"
    assert dataset.manifest.version == version("policing-goals")


@pytest.mark.parametrize("path", TURTLE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_prefix_in_turtle_is_of_the_one_table(path: Path) -> None:
    parser = parse(path=path, format=RdfFormat.TURTLE)
    list(parser)
    table = open_sources(ROOT).prefixes.table

    assert {prefix: table.get(prefix) for prefix in parser.prefixes} == parser.prefixes


@pytest.mark.parametrize("path", SPARQL, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_prefix_in_sparql_is_of_the_one_table_and_used(path: Path) -> None:
    text = path.read_text("utf-8")
    declared = dict(re.findall(r"^PREFIX (\w+): <([^>]+)>", text, flags=re.MULTILINE))
    table = open_sources(ROOT).prefixes.table
    body = re.sub(r"^(PREFIX|#).*$", "", text, flags=re.MULTILINE)

    assert declared == {prefix: table.get(prefix) for prefix in declared}
    assert {prefix for prefix in declared if not re.search(rf"(?<![\w:]){prefix}:", body)} == set()


def test_every_theme_underpins_every_goal(dataset: Dataset) -> None:
    assert count(dataset, "?t a gpgo:Theme ; gpgo:underpins ?g . ?g a gpgo:Goal") == 35


def test_the_hierarchy_holds_in_both_directions(dataset: Dataset) -> None:
    assert (
        count(dataset, "?a gpgo:hasObjective ?b . ?b gpgo:isObjectiveOf ?a ; skos:broader ?a . ?a skos:narrower ?b")
        == 38
    )
    assert count(dataset, "?a skos:narrowerTransitive ?b . ?b a gpgo:PolicyElement ; skos:broaderTransitive ?a") == 73
    assert count(dataset, "gpg:goal-4 skos:related gpg:theme-5") == 1


def test_goals_and_themes_are_ordered_collections(dataset: Dataset) -> None:
    first = pairs(dataset, PREFIXES + "SELECT ?cell ?element { ?cell rdf:first ?element }")
    rest = pairs(dataset, PREFIXES + "SELECT ?cell ?next { ?cell rdf:rest ?next }")
    for name, number in (("goal", 7), ("theme", 5)):
        cell = rows(dataset, PREFIXES + f"SELECT ?cell {{ gpg:collection-{name}s skos:memberList ?cell }}")[0][0]
        walked = []
        while cell in first:
            walked.append(first[cell])
            cell = rest[cell]

        assert walked == [f"{GPG}{name}-{position}" for position in range(1, number + 1)]
        assert cell.endswith("#nil")
        assert count(dataset, f"gpg:collection-{name}s skos:member ?element") == number


def test_entailments_are_the_same_when_made_again(draft: Draft) -> None:
    inferred = NamedNode(GPG + "graph-inferred")

    def entailed(store: Store) -> set[str]:
        return {str(quad) for quad in store.quads_for_pattern(None, None, None, inferred)}

    assert entailed(assemble(ROOT).store) == entailed(draft.store)
    assert len(entailed(draft.store)) > 400


def test_entailments_repeat_nothing_and_speak_of_ours_alone(draft: Draft) -> None:
    inferred = NamedNode(GPG + "graph-inferred")
    for quad in draft.store.quads_for_pattern(None, None, None, inferred):
        assert isinstance(quad.subject, NamedNode)
        assert quad.subject.value.startswith(GPG)
        homes = list(draft.store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None))
        assert len(homes) == 2, "once in the default graph, once as inferred"


def test_the_default_graph_holds_every_distinct_triple_once(dataset: Dataset) -> None:
    everywhere = rows(dataset, "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } }")

    assert count(dataset, "?s ?p ?o") == int(everywhere[0][0]) == dataset.manifest.triples


def test_the_description_counts_what_is_there(dataset: Dataset) -> None:
    graphs = pairs(dataset, "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    stated = pairs(dataset, PREFIXES + "SELECT ?g ?n { ?g void:triples ?n FILTER (CONTAINS(STR(?g), '/graph-')) }")
    ((whole,),) = rows(dataset, PREFIXES + "SELECT ?n { gpg:dataset void:triples ?n }")

    assert stated == graphs == {name: str(number) for name, number in dataset.manifest.graphs.items()}
    assert int(whole) == count(dataset, "?s ?p ?o")
    for property_, query in {
        "distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
        "properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }",
        "classes": "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }",
    }.items():
        assert rows(dataset, PREFIXES + f"SELECT ?n {{ gpg:dataset void:{property_} ?n }}") == rows(dataset, query)


def test_every_class_and_property_has_its_partition_with_the_true_count(dataset: Dataset) -> None:
    for kind, number, counted in (
        ("class", "entities", "SELECT ?of (COUNT(DISTINCT ?s) AS ?n) { ?s a ?of } GROUP BY ?of"),
        ("property", "triples", "SELECT ?of (COUNT(*) AS ?n) { ?s ?of ?o } GROUP BY ?of"),
    ):
        stated = (
            PREFIXES
            + f"""SELECT ?of ?n {{ gpg:dataset void:{kind}Partition ?part .
            ?part void:{kind} ?of ; void:{number} ?n }}"""
        )
        assert pairs(dataset, stated) == pairs(dataset, counted)


def test_every_vocabulary_has_a_linkset_with_the_true_count(dataset: Dataset) -> None:
    stated = (
        PREFIXES
        + """SELECT ?space ?n (GROUP_CONCAT(STR(?p)) AS ?ps) { gpg:dataset void:subset ?set .
        ?set a void:Linkset ; void:triples ?n ; void:linkPredicate ?p ; void:objectsTarget/void:uriSpace ?space }
        GROUP BY ?space ?n"""
    )
    linksets = rows(dataset, stated)

    assert len(linksets) == 5
    for space, number, predicates in linksets:
        links = " ".join(f"<{predicate}>" for predicate in predicates.split())
        pattern = f"VALUES ?p {{ {links} }} ?s ?p ?o FILTER (ISIRI(?o) && STRSTARTS(STR(?o), '{space}'))"
        assert count(dataset, pattern) == int(number) > 0


def test_the_dataset_has_what_data_portals_ask_for(dataset: Dataset) -> None:
    described = "gpg:dataset dcat:theme ?theme ; dcterms:spatial ?place ; dcterms:temporal/dcat:startDate ?start"
    keywords = rows(dataset, PREFIXES + "SELECT DISTINCT (LANG(?k) AS ?lang) { gpg:dataset dcat:keyword ?k }")

    assert count(dataset, described) == 1
    assert count(dataset, "gpg:dataset dcterms:publisher/dcterms:type ?type") == 1
    assert len(keywords) == 4


def test_one_namespace_of_schema_org_is_used(dataset: Dataset) -> None:
    def used(scheme: str) -> int:
        of_schema_org = f"STRSTARTS(STR(?each), '{scheme}://schema.org/')"
        return count(dataset, f"{{ ?s ?each ?o }} UNION {{ ?s ?p ?each }} FILTER {of_schema_org}")

    assert used("http") == 0
    assert used("https") > 50


def test_the_dataset_speaks_schema_org_too(dataset: Dataset) -> None:
    query = "SELECT ?name { gpg:dataset a schema:Dataset ; schema:name ?name ; schema:license ?l ; schema:creator ?c }"

    assert len(rows(dataset, PREFIXES + "PREFIX schema: <https://schema.org/> " + query)) == 4


def test_the_sdg_index_has_all_goals_targets_and_indicators(dataset: Dataset) -> None:
    assert [count(dataset, f"?x a sdgo:{name}") for name in ("Goal", "Target", "Indicator")] == [17, 169, 232]
    assert count(dataset, "?g sdgo:hasTarget ?t . ?t sdgo:isTargetOf ?g") == 169
    assert count(dataset, "?t a sdgo:Target ; sdgo:hasIndicator ?i . ?i a sdgo:Indicator") == 244


def test_no_file_has_a_blank_node_outside_shacl_lists() -> None:
    for path in TURTLE:
        if path.parent.name != "shapes":
            quads = list(parse(path=path, format=RdfFormat.TURTLE))
            assert not [quad for quad in quads if BlankNode in (type(quad.subject), type(quad.object))], path
