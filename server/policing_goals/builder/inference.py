"""Run the CONSTRUCT rules of ontology/rules/ to a fixpoint.

The rules run over the default graph in turn until a round adds nothing, so their order does not matter. What
they add to the statements of the files goes to gpg:graph-inferred.
"""

from pyoxigraph import DefaultGraph, NamedNode, QueryTriples, Store, Triple

from policing_goals.builder.sources import Sources, in_graph
from policing_goals.errors import SourceError
from policing_goals.vocabulary import GPG

GRAPH = NamedNode(GPG + "graph-inferred")


def entail(sources: Sources, store: Store) -> None:
    """Add what the rules entail to the default graph and to gpg:graph-inferred.

    Raises SourceError, with the file, for a rule that does not parse, is not a CONSTRUCT, or makes a statement about
    an IRI outside our namespace.
    """
    rules = {name: sources.read(name) for name in sources.names("ontology/rules/*.rq")}
    while True:
        new = {triple: name for name, text in rules.items() for triple in _run(store, name, text)}
        if not new:
            return
        for triple, name in new.items():
            _refuse_foreign(triple, name)
            store.add(in_graph(triple, DefaultGraph()))
            store.add(in_graph(triple, GRAPH))


def _run(store: Store, name: str, text: str) -> list[Triple]:
    try:
        result = store.query(text)
    except SyntaxError as error:
        raise SourceError(name, f"broken rule: {error.msg}.", "Fix the SPARQL there.") from error
    if not isinstance(result, QueryTriples):
        raise SourceError(name, "the rule is not a CONSTRUCT.", "A rule adds statements; write it as CONSTRUCT.")
    return [triple for triple in result if in_graph(triple, DefaultGraph()) not in store]


def _refuse_foreign(triple: Triple, name: str) -> None:
    if not (isinstance(triple.subject, NamedNode) and triple.subject.value.startswith(GPG)):
        problem = f"the rule makes a statement about {triple.subject}, which is not ours."
        raise SourceError(name, problem, f"Filter the subject by STRSTARTS(STR(?s), '{GPG}').")
