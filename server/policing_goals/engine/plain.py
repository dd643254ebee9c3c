"""Solutions as a table in plain text, for a terminal: changes when the layout does."""

from pyoxigraph import Literal, NamedNode, QuerySolutions

from policing_goals.model.prefixes import Prefixes


def as_table(result: object, prefixes: Prefixes) -> str:
    """Rows of aligned columns under the names of the variables; IRIs as CURIEs, ASK as true or false."""
    if not isinstance(result, QuerySolutions):
        return str(bool(result)).lower()
    names = [variable.value for variable in result.variables]
    rows = [[_cell(row[name], prefixes) for name in names] for row in result]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [names, *rows]]
    return "\n".join(line.rstrip() for line in lines)


def _cell(term: object, prefixes: Prefixes) -> str:
    if isinstance(term, NamedNode):
        return prefixes.shorten(term.value)
    if isinstance(term, Literal):
        return f"{term.value}@{term.language}" if term.language else term.value
    return "" if term is None else str(term)
