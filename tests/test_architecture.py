"""The architecture: what each package may import, of the project and of large libraries."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PACKAGE, ROOT

LEAVES = {"errors", "languages", "vocabulary"}
VALUES = LEAVES | {"model", "rdf"}
WEB = VALUES | {"engine", "near_matches", "search", "web.context", "web.http"}
# What each package (or module outside one) may import of the others. The longest path that fits a module holds.
RULES = {
    "errors": set(),
    "languages": set(),
    "vocabulary": set(),
    "process_limits": set(),
    "settings": set(),
    "near_matches": {"errors"},
    "npm_assets": {"errors", "settings"},
    "model": LEAVES,
    "rdf": LEAVES | {"model"},
    "search": {"languages", "model", "vocabulary"},
    "builder": VALUES | {"process_limits", "search"},
    "engine": VALUES | {"process_limits"},
    "web.http": LEAVES | {"engine.compression", "engine.spool", "rdf.formats", "settings"},
    "web.context": VALUES | {"engine", "search", "web.http"},
    "web.result_view": VALUES | {"engine", "web.http"},
    "web.sparql": WEB | {"npm_assets", "web.result_view"},
    "web.linked_data": WEB,
    "web.search": WEB | {"web.linked_data"},
    "web.charts": WEB | {"web.linked_data"},
    "web.queries": WEB | {"web.result_view", "web.search"},
    "web.pages": WEB | {"npm_assets", "web.charts", "web.linked_data"},
    "web.app": WEB | {"web.charts", "web.linked_data", "web.pages", "web.queries", "web.search", "web.sparql"},
    "web.gateway": LEAVES | {"engine", "web.app", "web.http", "web.queries.fast_path", "web.sparql"},
    "web.static_site": WEB | {"settings", "web.app", "web.linked_data"},
    "web": set(),
    "mcp_server": VALUES | {"engine", "search"},
    "host_limits": {"errors", "model", "settings"},
    "http_server": {"__init__", "errors", "host_limits", "settings", "web.gateway"},
    "cli": VALUES
    | {
        "builder",
        "engine",
        "host_limits",
        "http_server",
        "mcp_server",
        "near_matches",
        "npm_assets",
        "settings",
        "web",
    },
    "__init__": {"engine", "settings", "web.app", "web.gateway", "web.http"},
    "__main__": {"cli"},
}
# Large libraries, and the packages and modules that may import them.
LIBRARIES = {
    "rdflib": {"builder.code_checks", "builder.revalidation", "builder.shacl", "builder.shape_reads", "builder.shapes"},
    "pyshacl": {"builder.revalidation", "builder.shacl"},
    "flask": {"__init__", "web"},
    "werkzeug": {"web"},
    "babel": {"web.http.i18n"},
    "PIL": {"web.pages.social_cards"},
    "markdown_it": {"builder.markdown"},
    "httptools": {"web.gateway.request_head"},
    "aiohttp": {"engine.backend"},
    "uvloop": {"http_server"},
    "mcp": {"mcp_server"},
    "click": {"__main__", "cli"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """The name of a module below the package; a package's own file has the package's name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def lies_in(name: str, packages: set[str]) -> bool:
    """Whether a module is one of some packages or modules, or lies in one."""
    return any(name == each or name.startswith(f"{each}.") for each in packages)


def rule_of(name: str) -> str:
    """The path in RULES that holds for a module."""
    return max((each for each in RULES if lies_in(name, {each})), key=len)


def imports(code: str) -> Iterator[str]:
    """Every module that a text of Python imports, by its full name."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def violations(name: str, code: str) -> list[str]:
    """Each import of a module that a rule forbids, with the rule."""
    found = []
    own = rule_of(name)
    for imported in imports(code):
        top, _, inside = imported.partition(".")
        if top == PACKAGE.name:
            # What the package itself offers is in its __init__.
            target = inside if lies_in(inside, set(RULES)) else "__init__"
            if not lies_in(target, RULES[own] | {own}):
                found.append(f"{name} imports {imported}, but {own} may import only {', '.join(sorted(RULES[own]))}")
        elif top in LIBRARIES and not lies_in(name, LIBRARIES[top]):
            found.append(f"{name} imports {imported}, but only {', '.join(sorted(LIBRARIES[top]))} may import {top}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_what_the_rules_of_its_package_allow(path: Path) -> None:
    assert violations(name_of(path), path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("engine.pool", "import flask", "engine.pool imports flask, but only __init__, web may import flask"),
        (
            "web.http.problems",
            "from policing_goals.web.pages import home",
            "web.http may import only",
        ),
        ("web.pages.home", "from policing_goals.web.sparql import editor", "imports policing_goals.web.sparql.editor"),
        ("engine.dataset", "from policing_goals.builder.sources import Sources", "engine may import only"),
        ("web.app", "from policing_goals.web.gateway import turns", "web.app may import only"),
        ("model.prefixes", "from policing_goals import create_app", "imports policing_goals.create_app"),
        ("rdf.formats", "def load():\n    from rdflib import Graph", "may import rdflib"),
    ],
)
def test_a_forbidden_import_is_named_with_its_rule(name: str, code: str, said: str) -> None:
    [violation] = violations(name, code)

    assert said in violation


def test_every_rule_is_for_something_that_is_there() -> None:
    names = {name_of(path) for path in MODULES}
    targets = {target for allowed in (*RULES.values(), *LIBRARIES.values()) for target in allowed}

    assert [each for each in {*RULES, *targets} if not any(lies_in(name, {each}) for name in names)] == []


def test_web_has_at_most_twelve_entries() -> None:
    entries = {name.split(".")[1] for name in map(name_of, MODULES) if name.startswith("web.")}

    assert len(entries) <= 12, sorted(entries)


def test_a_serving_process_never_loads_rdflib_or_pyshacl(snapshot: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from policing_goals import create_app; "
        "from policing_goals.settings import Settings; "
        f"import policing_goals.__main__; create_app(Settings(Path({str(snapshot)!r}))); "
        "print(sorted({'rdflib', 'pyshacl'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert result.stdout == "[]\n"
