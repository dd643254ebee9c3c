"""What a read-only endpoint refuses to evaluate: changes when it learns to allow or refuse something.

Oxigraph follows SERVICE to any address, so it is refused before evaluation. The
text is searched for the bare word once comments, strings and IRIs are taken out;
a false alarm only refuses.
"""

import re
from collections.abc import Set

from server.engine.text import IRI, code_only, code_with_iris
from server.errors import ForbiddenQuery

UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
# Without any of these, the last of which could hide a word, there is nothing to look for.
SUSPICIOUS = (*UPDATES, "SERVICE", "\\U")
# A bare word is no variable, no part of a prefixed name, and no language tag.
WORD = r"(?<![?$:@\w.\-])SERVICE(?![\w:\-])"
SERVICE = re.compile(WORD, re.IGNORECASE)
SERVICE_AT = re.compile(rf"{WORD}(?:\s+SILENT\b)?\s*({IRI})?", re.IGNORECASE)
PROLOGUE = r"\s*(?:PREFIX\s+[^\s:]*:\s*|BASE\s*|VERSION\s*)*"
UPDATE = re.compile(PROLOGUE + rf"({'|'.join(UPDATES)})\b", re.IGNORECASE)


def refuse_unsafe(text: str, allowed: Set[str] = frozenset()) -> None:
    """Raise ForbiddenQuery if the text is an update, or has a SERVICE clause that is not allowed.

    allowed: the IRIs of endpoints that may be asked. A SERVICE clause must name
    one of them literally; a variable, a prefixed name or an escape is refused.
    """
    upper = text.upper()
    if not any(word in upper for word in SUSPICIOUS):
        return
    code = code_only(text)
    update = UPDATE.match(code)
    if update:
        word = update[1].upper()
        raise ForbiddenQuery(f"{word} is refused: this endpoint is read-only. Ask SELECT, ASK, CONSTRUCT or DESCRIBE.")
    words = SERVICE.findall(code)
    if not words:
        return
    named = [match[1] for match in SERVICE_AT.finditer(code_with_iris(text))]
    # Fewer names than words means that an escape hides one.
    if len(named) < len(words) or not all(iri and iri[1:-1] in allowed for iri in named):
        known = (
            f"only {', '.join(sorted(allowed))} may be asked, by its literal IRI" if allowed else "none may be asked"
        )
        raise ForbiddenQuery(f"SERVICE is refused: of other endpoints, {known}. Query the other endpoint yourself.")
