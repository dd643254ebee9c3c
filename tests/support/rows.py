"""Results as plain rows, for tests to compare."""

import json

from pyoxigraph import QuerySolutions

from policing_goals.engine.dataset import Dataset, kind_of
from policing_goals.rdf.formats import BY_NAME, Kind

NUMBERS = ("decimal", "double", "float", "integer")


def rows(dataset: Dataset, query: str) -> list[tuple[str, ...]]:
    """The solutions of a SELECT as tuples of lexical forms; unbound is the empty string."""
    result = dataset.query(query)
    assert isinstance(result, QuerySolutions)
    names = [variable.value for variable in result.variables]
    return [tuple(str(getattr(row[name], "value", "")) for name in names) for row in result]


def pairs(dataset: Dataset, query: str) -> dict[str, str]:
    """The solutions of a SELECT of two variables as a mapping from the first to the second."""
    return {row[0]: row[1] for row in rows(dataset, query)}


def comparable(dataset: Dataset, query: str) -> object:
    """A result to compare with that of another engine: numbers by value, rows in their order if the query has one."""
    result = dataset.query(query)
    if kind_of(result) is Kind.GRAPH:
        return sorted(dataset.write(result, BY_NAME["nt"]).splitlines())
    fields = json.loads(dataset.write(result, BY_NAME["json"]))
    if "boolean" in fields:
        return fields["boolean"]
    names, bindings = fields["head"]["vars"], fields["results"]["bindings"]
    found = [tuple(_value(row.get(name)) for name in names) for row in bindings]
    return found if "ORDER BY" in query else sorted(found, key=str)


def _value(term: dict[str, str] | None) -> object:
    # Engines write the same number in different ways.
    if term is not None and term.get("datatype", "").rpartition("#")[2] in NUMBERS:
        return round(float(term["value"]), 9)
    return term and tuple(sorted(term.items()))
