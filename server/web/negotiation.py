"""Which format and coding a client gets: the one place that reads Accept headers (RFC 9110, section 12)."""

from collections.abc import Sequence

from werkzeug.datastructures import Accept, MIMEAccept
from werkzeug.http import parse_accept_header

from server.engine.coding import CODINGS
from server.engine.formats import FORMATS, Format, Kind, formats_of
from server.errors import BadRequest, NotAcceptable

# What clients call a format besides its registered media type.
ALIASES = {"application/json": "json", "application/xml": "xml"}


def choose(accept: str, kind: Kind, name: str | None = None) -> Format:
    """The format for an answer of that kind.

    accept: the Accept header; if it is empty, the default is taken. name: the short
    name that the client gave instead of it (?format=). Raises NotAcceptable, naming
    what there is, and BadRequest for a name that no format has.
    """
    offered = formats_of(kind)
    if name is not None:
        return _named(name, kind)
    by_type = {form.media_type: form for form in offered}
    by_alias = {alias: form for alias, short in ALIASES.items() for form in offered if form.name == short}
    best = best_type(accept, [*by_type, *by_alias])
    if best is None:
        raise NotAcceptable(
            f"This {kind.value} can be had as {', '.join(by_type)}; none of them is in Accept: {accept}."
        )
    return {**by_type, **by_alias}[best]


def best_type(accept: str, types: Sequence[str]) -> str | None:
    """The media type of those offered that suits an Accept header best, or None; the first if the header is empty."""
    if not accept.strip():
        return types[0]
    return parse_accept_header(accept, MIMEAccept).best_match(types)


def choose_coding(accept_encoding: str) -> str:
    """The content coding that suits an Accept-Encoding header best, empty for none."""
    if not accept_encoding:
        return ""
    accepted = parse_accept_header(accept_encoding, Accept)
    return max(CODINGS, key=accepted.quality) if any(map(accepted.quality, CODINGS)) else ""


def _named(name: str, kind: Kind) -> Format:
    for form in FORMATS:
        if form.name == name and form.kind is kind:
            return form
    names = ", ".join(form.name for form in formats_of(kind))
    if name in {form.name for form in FORMATS}:
        raise NotAcceptable(f"This answer is a {kind.value}; format={name} cannot carry it. Choose from {names}.")
    raise BadRequest(f"format={name} is unknown. For a {kind.value}, choose from {names}.")
