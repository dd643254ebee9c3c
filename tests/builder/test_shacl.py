"""Each patch of pySHACL is still needed for the version in use."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("slow", "printed"),
    [
        ("G.__len__ = lambda self: print('counted') or 1; bool(G(Store()))", "counted\n"),
        ("print(type(ALL_CONSTRAINT_PARAMETERS).__name__)", "list\n"),
        (
            "H.has_minus_regex = type('R', (), {'search': lambda self, text: print('searched')})(); "
            "helper = object.__new__(H); [helper.check_invalid_sparql('SELECT $this {}') for _ in range(2)]",
            "searched\nsearched\n",
        ),
    ],
)
def test_each_patch_of_pyshacl_is_still_needed(slow: str, printed: str) -> None:
    code = (
        "from pyoxigraph import Store; from pyshacl.graph_abstraction import OxigraphDataGraph as G; "
        "from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS; "
        "from pyshacl.helper.sparql_query_helper import SPARQLQueryHelper as H; "
    )
    result = subprocess.run([sys.executable, "-c", code + slow], capture_output=True, text=True, check=True)

    assert result.stdout == printed
