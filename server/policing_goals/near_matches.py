"""What to say of a name that there is not: the names most like it."""

import difflib
from collections.abc import Collection

from policing_goals.errors import Message, message

# Of a long name, so much is quoted and compared.
MAX_QUOTED = 80


def did_you_mean(wrong: str, known: Collection[str], otherwise: Message | str, before: str = "") -> Message | str:
    """A sentence with the names most like a wrong one, each after `before`; if there are none, the one given."""
    near = difflib.get_close_matches(wrong[:MAX_QUOTED], known, 3)
    return message("Did you mean {names}?", names=", ".join(before + name for name in near)) if near else otherwise
