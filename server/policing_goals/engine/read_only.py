"""What a read-only endpoint refuses to evaluate: changes when it learns to allow or refuse something.

Oxigraph follows SERVICE to any address, so it is refused before evaluation. Its
parser needs no space around a word, so the word is looked for wherever it could be
one; a false alarm only refuses. Where no endpoint is allowed at all, the workers
cannot open a connection either (see confinement).
"""

import re
from collections.abc import Set

from policing_goals.errors import ForbiddenQuery
from policing_goals.rdf.sparql_text import IRI, code_only, code_with_iris, unescaped

UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
# Without the word, and without an escape that could hide it, there is nothing to look for.
SUSPICIOUS = ("SERVICE", "\\U")
PROLOGUE = r"\s*(?:PREFIX\s+[^\s:]*:\s*|BASE\s*|VERSION\s*)*"
UPDATE = re.compile(PROLOGUE + rf"({'|'.join(UPDATES)})\b", re.IGNORECASE)
# A variable or the local part of a name takes all letters that follow it; anything else may end before SERVICE.
WORD = re.compile(r"[?$:]\w*|(?P<service>SERVICE)(?=(?P<colon>:)?)", re.IGNORECASE)
EMPTY_PREFIX = re.compile(r"PREFIX\s*:", re.IGNORECASE)
CLAUSE = re.compile(rf"SERVICE\s*(?:SILENT\s*)?(?P<iri>{IRI})", re.IGNORECASE)
# With one of these inside, what looks like an IRI may be two comparisons: FILTER(1<2)SERVICE#>
AMBIGUOUS = re.compile(r"[()']")


def refuse_services(text: str, allowed: Set[str] = frozenset()) -> None:
    """Raise ForbiddenQuery if the text has a SERVICE clause that is not allowed.

    allowed: the IRIs of endpoints that may be asked. A SERVICE clause must name
    one of them literally; a variable, a prefixed name or an escape is refused.
    """
    upper = text.upper()
    if not any(word in upper for word in SUSPICIOUS):
        return
    # An escape could hide the word in one reading, or hide the end of a string in the other.
    for reading in {text, unescaped(text)}:
        _refuse_service(reading, allowed)


def refuse_update(text: str) -> None:
    """Raise ForbiddenQuery if the text, which is no query, is an update."""
    update = UPDATE.match(code_only(text))
    if update:
        word = update[1].upper()
        raise ForbiddenQuery(f"{word} is refused: this endpoint is read-only. Ask SELECT, ASK, CONSTRUCT or DESCRIBE.")


def _refuse_service(text: str, allowed: Set[str]) -> None:
    if "SERVICE" not in text.upper():
        return
    code = code_with_iris(text)
    names = list(re.finditer(IRI, code))
    ambiguous = next((name[0] for name in names if AMBIGUOUS.search(name[0])), None)
    if ambiguous is not None:
        raise ForbiddenQuery(f"{ambiguous} in a query with the word SERVICE is refused: put spaces around < and >.")
    without_names = re.sub(IRI, lambda name: " " * len(name[0]), code)
    # Before a colon it is a prefix, unless a name with the empty prefix may follow.
    prefix_possible = not EMPTY_PREFIX.search(without_names)
    for word in WORD.finditer(without_names):
        if not word["service"] or (word["colon"] and prefix_possible):
            continue
        clause = CLAUSE.match(code, word.start())
        if clause is None or clause["iri"][1:-1] not in allowed:
            known = _known(allowed)
            advice = "Query the other one yourself, or have whoever runs this server allow it (--allow-service)."
            raise ForbiddenQuery(f"SERVICE is refused: of other endpoints, {known}. {advice}")


def _known(allowed: Set[str]) -> str:
    return f"only {', '.join(sorted(allowed))} may be asked, by its literal IRI" if allowed else "none may be asked"
