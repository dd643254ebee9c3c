"""The tree itself: formatted, typed, and with its arrows pointing one way."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PACKAGE, ROOT

BIN = Path(sys.executable).parent
# What each part of the package may import of the others. The leaves stand at the top level.
LEAVES = {"errors", "model", "rdf", "search", "vocabulary"}
ARROWS = {
    "builder": LEAVES,
    "engine": LEAVES,
    "web": LEAVES | {"engine"},
    "search": {"model", "vocabulary"},
    "settings": set(),
    "errors": set(),
    "vocabulary": set(),
    "rdf": {"errors", "model", "vocabulary"},
    "model": {"errors", "vocabulary"},
    "mcp_server": LEAVES | {"engine"},
    "__init__": {"web", "engine", "settings"},
    "granian_server": {"__init__", "errors", "settings"},
    "cli": LEAVES | {"builder", "engine", "web", "settings", "granian_server", "mcp_server"},
    "__main__": {"cli"},
}
# Large libraries, and the only modules that may import them.
CONFINED = {
    "rdflib": {"builder/saved_queries.py", "builder/shapes.py", "builder/shacl.py"},
    "babel": {"web/language.py"},
    "PIL": {"web/cards.py"},
    "mcp": {"mcp_server.py"},
    "pyshacl": {"builder/shacl.py"},
    "flask": {"web", "__init__.py"},
    "werkzeug": {"web"},
    "granian": {"granian_server.py"},
    "click": {"__main__.py", "cli"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module that a file imports, by its full name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def part_of(path: Path) -> str:
    """The part of the package that a file belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def test_every_part_has_its_arrows() -> None:
    assert {part_of(path) for path in MODULES} == set(ARROWS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_where_its_arrows_point(path: Path) -> None:
    part = part_of(path)
    for name in imports(path):
        if name.split(".")[0] == "policing_goals":
            pieces = name.split(".")
            target = pieces[1] if pieces[1] in ARROWS else "__init__"
            assert target == part or target in ARROWS[part], f"{part} may not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_large_libraries_stay_in_their_rooms(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    for name in imports(path):
        rooms = CONFINED.get(name.split(".")[0])
        assert rooms is None or place in rooms or part_of(path) in rooms, f"{place} may not import {name}"


def test_a_serving_process_never_loads_rdflib_or_pyshacl(snapshot: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from policing_goals import create_app; "
        "from policing_goals.settings import Settings; "
        f"import policing_goals.__main__; create_app(Settings(Path({str(snapshot)!r}))); "
        "print(sorted({'rdflib', 'pyshacl'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert result.stdout == "[]\n"


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
def test_each_mend_of_pyshacl_is_still_needed(slow: str, printed: str) -> None:
    code = (
        "from pyoxigraph import Store; from pyshacl.graph_abstraction import OxigraphDataGraph as G; "
        "from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS; "
        "from pyshacl.helper.sparql_query_helper import SPARQLQueryHelper as H; "
    )
    result = subprocess.run([sys.executable, "-c", code + slow], capture_output=True, text=True, check=True)

    assert result.stdout == printed


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["mypy"],
        ["turtlefmt", "--check", "ontology", "data", "shapes"],
    ],
    ids=" ".join,
)
def test_the_tree_is_clean(command: list[str]) -> None:
    result = subprocess.run([BIN / command[0], *command[1:]], capture_output=True, text=True, check=False, cwd=ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


def test_turtlefmt_reads_every_turtle_file(tmp_path: Path) -> None:
    for path in ROOT.glob("[ods]*/**/*.ttl"):
        copy = tmp_path / path.name
        copy.write_text(path.read_text("utf-8").replace(" ;\n", ";\n", 1), "utf-8")
        result = subprocess.run([BIN / "turtlefmt", "--check", copy], capture_output=True, check=False)

        assert result.returncode != 0, f"{path} could be unformatted unseen"
        copy.unlink()
