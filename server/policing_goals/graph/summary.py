"""What the dataset holds, scheme by scheme and language by language: changes when another count is asked for."""

from pyoxigraph import QuerySolutions, Store

from policing_goals.vocabulary import LANGUAGES

TEXTS = {"label": "skos:prefLabel", "definition": "skos:definition"}


def summarize(store: Store) -> QuerySolutions:
    """For each concept scheme of the store: its concepts, and how many have a label and a definition per language."""
    kinds = [(f"{name}s_{language}", term, language) for name, term in TEXTS.items() for language in LANGUAGES]
    counts = " ".join(f"(COUNT(?one_{name}) AS ?{name})" for name, _, _ in kinds)
    texts = " ".join(
        f'OPTIONAL {{ ?concept {term} ?one_{name} FILTER (LANG(?one_{name}) = "{language}") }}'
        for name, term, language in kinds
    )
    found = store.query(
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
        f"SELECT ?scheme (COUNT(?concept) AS ?concepts) {counts} "
        f"WHERE {{ ?concept a skos:Concept ; skos:inScheme ?scheme . {texts} }} GROUP BY ?scheme ORDER BY ?scheme"
    )
    if not isinstance(found, QuerySolutions):
        raise TypeError(found)
    return found
