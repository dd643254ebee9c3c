"""What pySHACL 0.40.1 does slowly, mended from outside: goes when pySHACL does it itself.

The findings are the same with and without; a test says of each mend whether it is still needed.
"""

from collections.abc import Callable, Iterable
from functools import wraps

import pyshacl.shape
from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS, CONSTRAINT_PARAMETERS_MAP
from pyshacl.graph_abstraction import OxigraphDataGraph
from pyshacl.helper.sparql_query_helper import SPARQLQueryHelper

Extra = Iterable[str] | None
Check = Callable[..., bool]


def mend() -> None:
    """Mend pySHACL in this process; a second time changes nothing."""
    OxigraphDataGraph.__bool__ = _always  # type: ignore[attr-defined]  # it has none of its own
    # It looks in a list for each property of a shape, each time that the shape is used.
    parameters = frozenset(ALL_CONSTRAINT_PARAMETERS), CONSTRAINT_PARAMETERS_MAP
    pyshacl.shape.CONSTRAINT_PARAMS = parameters  # type: ignore[attr-defined]  # where it keeps them itself
    if not hasattr(SPARQLQueryHelper.check_invalid_sparql, "__wrapped__"):
        SPARQLQueryHelper.check_invalid_sparql = _once(SPARQLQueryHelper.check_invalid_sparql)  # type: ignore[method-assign]


def _always(_graph: object) -> bool:
    # It asks for the truth of the data graph on each internal result, which counts every triple of the store:
    # 29.5 s instead of 0.8 s on 7,656 triples.
    return True


def _once(check: Check) -> Check:
    # It looks through the text of a query for what SHACL forbids, for each focus node anew.
    checked: set[tuple[str, bool, tuple[str, ...]]] = set()

    @wraps(check)
    def checks(helper: SPARQLQueryHelper, text: str, valuenode: object = None, extravars: Extra = None) -> bool:
        key = (text, valuenode is None, tuple(extravars or ()))
        if key not in checked:
            # Raises for what is forbidden.
            check(helper, text, valuenode, extravars)
            checked.add(key)
        return True

    return checks
