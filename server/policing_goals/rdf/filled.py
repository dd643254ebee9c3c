"""A saved query with its parameters filled in, for other endpoints: changes when queries are written otherwise.

Where a query is answered here, values are bound by substitution, which keeps a variable in the answer. Elsewhere
there is only text: the variable becomes the value, and the outermost SELECT names it as before.
"""

import re

from policing_goals.rdf.query_text import code_with_iris
from policing_goals.saved_query import Bindings

STEP = re.compile(
    r"(?P<select>\bSELECT\b)|(?P<group>\bGROUP\s+BY\b)|(?P<open>\bWHERE\b|\{)|(?P<order>\bORDER\s+BY\b)|(?P<close>\}|\b(?:HAVING|LIMIT)\b)"
    r"|(?P<paren>[()])|(?<![\w?$])[?$](?P<name>\w+)",
    re.IGNORECASE,
)
NO_GROUPS = re.compile(r"\bGROUP\s+BY(?=\s*(?:\}|\b(?:HAVING|ORDER|LIMIT)\b|$))", re.IGNORECASE)


def filled(text: str, bindings: Bindings) -> str:
    """The text of a saved query with each bound variable replaced by its value (an RDF term, written by Oxigraph)."""
    values = {variable.value: str(value) for variable, value in bindings.items()}
    pieces: list[str] = []
    end, clause, selects, depth = 0, "", 0, 0
    for step in STEP.finditer(code_with_iris(text)):
        kind, name = step.lastgroup, step["name"]
        if kind == "select":
            clause, selects, depth = "select", selects + 1, 0
        elif kind in ("group", "order"):
            clause = kind
        elif kind in ("open", "close"):
            clause = ""
        elif kind == "paren":
            depth += 1 if step[0] == "(" else -1
        elif name in values:
            pieces += [text[end : step.start()], _written(name, values[name], clause if depth == 0 else "", selects)]
            end = step.end()
    # Grouped by nothing but values that are now written out, an aggregate stands alone.
    return NO_GROUPS.sub("", "".join([*pieces, text[end:]]))


def _written(name: str, value: str, clause: str, selects: int) -> str:
    if clause == "select":
        return f"({value} AS ?{name})" if selects == 1 else ""
    # A constant has no order; the variable stands for what the outermost SELECT names.
    return {"group": "", "order": f"?{name}"}.get(clause, value)
