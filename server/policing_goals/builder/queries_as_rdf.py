"""The saved queries as SHACL SPARQLExecutables, in the shape of the SIB's SPARQL examples that its editor reads.

That form has prefixes by IRI, exactly one rdfs:comment, in English, and parameters as SHACL parameters (SHACL Advanced
Features, 5.1).
"""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple, Variable

from policing_goals.builder.sources import SourceGraph, Sources, in_graph
from policing_goals.errors import ParameterError, SourceError
from policing_goals.model.saved_query import Bindings, Parameter, SavedQuery
from policing_goals.rdf.sparql_text import inline_parameters, without_header
from policing_goals.vocabulary import GPG, XSD

GRAPH = NamedNode(GPG + "graph-queries")
DATATYPES = {
    "language": "string", "language-tag": "string", "integer": "integer", "decimal": "decimal", "date": "date",
    "choice": "string", "string": "string",
}  # fmt: skip


def describe_queries(queries: tuple[SavedQuery, ...], sources: Sources, graph: SourceGraph) -> None:
    """Add the saved queries to gpg:graph-queries. Raises SourceError for a default that is not of its type."""
    for query in queries:
        where = f"queries/{query.name}.rq"
        try:
            bindings = query.bindings({}, sources.prefixes)
        except ParameterError as error:
            raise SourceError(where, str(error), "Fix the default or the example in the header.") from error
        for triple in _query(query, bindings, sources):
            graph.add(in_graph(triple, GRAPH), where)


def _query(query: SavedQuery, bindings: Bindings, sources: Sources) -> Iterator[Triple]:
    node, expand = NamedNode(f"{GPG}query-{query.name}"), sources.expand
    # An example is run as it is: with the defaults in its text.
    text = inline_parameters(without_header(query.text).lstrip("\n"), bindings)
    form = query.form.lower()
    described: tuple[tuple[str, NamedNode | Literal], ...] = (
        ("rdf:type", expand("sh:SPARQLExecutable")),
        ("rdf:type", expand(f"{'spex' if form == 'describe' else 'sh'}:SPARQL{form.capitalize()}Executable")),
        ("dcterms:identifier", Literal(query.name)),
        ("rdfs:comment", Literal(query.description["en"], language="en")),
        ("sh:prefixes", expand("gpg:prefixes")),
        (f"sh:{form}", Literal(text)),
        # SHACL has no DESCRIBE; some clients look for it there, others in the SIB's ontology.
        *((("spex:describe", Literal(text)),) if form == "describe" else ()),
        ("schema:target", expand("gpg:sparql")),
        *(("dcterms:title", Literal(text, language=language)) for language, text in query.summary.items()),
        *(("dcterms:description", Literal(text, language=language)) for language, text in query.description.items()),
        *(("schema:keywords", Literal(tag)) for tag in query.tags),
        *(("spex:federatesWith", NamedNode(iri)) for iri in query.federates),
    )
    for name, value in described:
        yield Triple(node, expand(name), value)
    for parameter in query.parameters:
        own = NamedNode(f"{GPG}query-{query.name}-{parameter.name}")
        yield Triple(node, expand("sh:parameter"), own)
        yield from _parameter(own, parameter, bindings, sources)


def _parameter(node: NamedNode, parameter: Parameter, bindings: Bindings, sources: Sources) -> Iterator[Triple]:
    expand = sources.expand
    # The variable's name is the last part of the path (SHACL Advanced Features, 5.1).
    path = NamedNode(f"{GPG}parameter-{parameter.name}")
    yield Triple(path, expand("rdf:type"), expand("rdf:Property"))
    yield Triple(node, expand("rdf:type"), expand("sh:Parameter"))
    yield Triple(node, expand("sh:path"), path)
    yield Triple(node, expand("sh:name"), Literal(parameter.name))
    yield Triple(node, expand("sh:description"), Literal(parameter.meaning, language="en"))
    yield Triple(node, expand("sh:optional"), Literal(True))
    if parameter.type == "iri":
        yield Triple(node, expand("sh:nodeKind"), expand("sh:IRI"))
    else:
        yield Triple(node, expand("sh:datatype"), NamedNode(XSD + DATATYPES[parameter.type]))
    classes = [curie for curie in parameter.of.split() if not curie.startswith("gpg:") and not curie.endswith(":")]
    if len(classes) == 1:
        yield Triple(node, expand("sh:class"), expand(classes[0]))
    default = bindings.get(Variable(parameter.name))
    if isinstance(default, NamedNode | Literal):
        yield Triple(node, expand("sh:defaultValue"), default)
