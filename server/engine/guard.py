"""What a read-only endpoint refuses to evaluate: changes when it learns to allow or refuse something.

Oxigraph follows SERVICE to any address, so it is refused before evaluation. The
text is searched for the bare word once comments, strings and IRIs are taken out;
a false alarm only refuses.
"""

import re

from server.engine.text import code_only
from server.errors import ForbiddenQuery

# A bare word is no variable, no part of a prefixed name, and no language tag.
SERVICE = re.compile(r"(?<![?$:@\w.\-])SERVICE(?![\w:\-])", re.IGNORECASE)
PROLOGUE = r"\s*(?:PREFIX\s+[^\s:]*:\s*|BASE\s*|VERSION\s*)*"
UPDATE = re.compile(PROLOGUE + r"(INSERT|DELETE|LOAD|CLEAR|DROP|CREATE|ADD|MOVE|COPY|WITH)\b", re.IGNORECASE)


def refuse_unsafe(text: str) -> None:
    """Raise ForbiddenQuery if the text is an update or has a SERVICE clause; otherwise do nothing."""
    code = code_only(text)
    if SERVICE.search(code):
        raise ForbiddenQuery("SERVICE is refused: this endpoint asks no other. Query the other endpoint yourself.")
    update = UPDATE.match(code)
    if update:
        word = update[1].upper()
        raise ForbiddenQuery(f"{word} is refused: this endpoint is read-only. Ask SELECT, ASK, CONSTRUCT or DESCRIBE.")
