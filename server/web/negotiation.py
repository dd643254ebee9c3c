"""Which format a client gets: the one place that reads Accept (RFC 9110, section 12)."""

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from server.engine.formats import Format, Kind, formats_of
from server.errors import NotAcceptable

# What clients call a format besides its registered media type.
ALIASES = {"application/json": "json", "application/xml": "xml"}


def choose(accept: str, kind: Kind) -> Format:
    """The format for an answer of that kind under an Accept header; an empty header takes the default.

    Raises NotAcceptable, naming what there is.
    """
    offered = formats_of(kind)
    if not accept.strip():
        return offered[0]
    wanted = parse_accept_header(accept, MIMEAccept)
    by_type = {form.media_type: form for form in offered}
    best = wanted.best_match(by_type)
    if best:
        return by_type[best]
    for alias, name in ALIASES.items():
        if wanted[alias] > 0:
            for form in offered:
                if form.name == name:
                    return form
    raise NotAcceptable(f"This {kind.value} can be had as {', '.join(by_type)}; none of them is in Accept: {accept}.")
