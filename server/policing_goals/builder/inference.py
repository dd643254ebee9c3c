"""Entailment: changes when rules are run otherwise. The rules themselves are ontology/rules/*.rq.

Each rule is a SPARQL CONSTRUCT over the default graph. They are run in turn until
a whole round adds nothing (a fixpoint), so their order does not matter. What they
add and the files do not say goes to gpg:graph-inferred.
"""

from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, QueryTriples, Store, Triple

from policing_goals.builder.sources import in_graph, read_source
from policing_goals.errors import SourceError
from policing_goals.vocabulary import GPG

GRAPH = NamedNode(GPG + "graph-inferred")


def entail(root: Path, store: Store) -> None:
    """Add what the rules of ROOT entail to the default graph and to gpg:graph-inferred.

    Raises SourceError, with the file, for a rule that does not parse, is not a
    CONSTRUCT, or speaks about an IRI that is not ours.
    """
    names = [path.relative_to(root).as_posix() for path in sorted(root.glob("ontology/rules/*.rq"))]
    rules = {name: read_source(root, name) for name in names}
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
        raise SourceError(name, f"broken rule: {error.msg}.", "Mend the SPARQL there.") from error
    if not isinstance(result, QueryTriples):
        raise SourceError(name, "the rule is not a CONSTRUCT.", "A rule adds statements; write it as CONSTRUCT.")
    return [triple for triple in result if in_graph(triple, DefaultGraph()) not in store]


def _refuse_foreign(triple: Triple, name: str) -> None:
    if not (isinstance(triple.subject, NamedNode) and triple.subject.value.startswith(GPG)):
        what = f"the rule would speak about {triple.subject}, which is not ours."
        raise SourceError(name, what, f"Filter the subject by STRSTARTS(STR(?s), '{GPG}').")
