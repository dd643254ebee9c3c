"""Results as plain rows, for tests to compare."""

from pyoxigraph import QuerySolutions

from policing_goals.engine.dataset import Dataset


def rows(dataset: Dataset, query: str) -> list[tuple[str, ...]]:
    """The solutions of a SELECT as tuples of lexical forms; unbound is the empty string."""
    result = dataset.query(query)
    assert isinstance(result, QuerySolutions)
    names = [variable.value for variable in result.variables]
    return [tuple(str(getattr(row[name], "value", "")) for name in names) for row in result]


def pairs(dataset: Dataset, query: str) -> dict[str, str]:
    """The solutions of a SELECT of two variables as a mapping from the first to the second."""
    return {row[0]: row[1] for row in rows(dataset, query)}
