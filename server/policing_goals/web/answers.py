"""The answers of saved queries for pages that show them: changes when pages need them otherwise."""

from pyoxigraph import QuerySolutions

from policing_goals.engine.store import Dataset
from policing_goals.rdf.serialization import to_python

Row = dict[str, str | int | float]


def rows_of(dataset: Dataset, name: str, **given: str) -> list[Row]:
    """The rows of a saved query's answer, each cell as a text or a number; what is unbound is an empty text."""
    saved = dataset.saved_query(name)
    result = dataset.ask(saved.text, saved.bindings(given, dataset.prefixes))
    if not isinstance(result, QuerySolutions):
        raise TypeError(f"{name} answers with no table.")
    names = [variable.value for variable in result.variables]
    return [{each: to_python(row[each]) for each in names} for row in result]
