"""Which format and coding a client gets: the one place that reads Accept headers (RFC 9110, section 12)."""

import re
from collections.abc import Sequence
from functools import lru_cache

from werkzeug.datastructures import Accept, MIMEAccept
from werkzeug.http import parse_accept_header

from policing_goals.engine.compression import CODINGS
from policing_goals.errors import BadRequest, NotAcceptable
from policing_goals.rdf.formats import BY_NAME, JSON_LD_PROFILE, Format, Kind, formats_of

# What clients call a format besides its registered media type.
ALIASES = {"application/json": "json", "application/xml": "xml"}
# The same in ?format=, as SPARQLWrapper and others send it, by the kind of the answer.
NAMES: dict[Kind, dict[str, str]] = {
    Kind.SOLUTIONS: {},
    Kind.GRAPH: {
        "turtle": "ttl", "n3": "ttl", "xml": "rdf", "rdf+xml": "rdf", "rdfxml": "rdf", "json": "jsonld",
        "json-ld": "jsonld", "ntriples": "nt", "n-triples": "nt", "nquads": "nq", "n-quads": "nq",
    },
}  # fmt: skip

# Clients of one kind send one header, and it takes longer to read than a query to answer.
CACHED_HEADERS = 256
# A longer header is disregarded (RFC 9110, 12.4.1): it takes seconds to read, and no client means it.
MAX_HEADER = 2000
# Of a media type's parameters none but q tells our formats apart.
PROFILE = re.compile(r"""application/ld\+json\s*(?:;[^,;"]*)*;\s*profile\s*=\s*"?([^",;]*)""", re.IGNORECASE)
PARAMETER = re.compile(r""";\s*(?!q\s*=)[^;,=]*=\s*(?:"[^"]*"|[^;,"]*)""", re.IGNORECASE)


@lru_cache(CACHED_HEADERS)
def acceptable(accept: str, kind: Kind, name: str | None = None) -> Format | None:
    """The format for an answer of that kind, or None if the client takes none.

    accept: the Accept header; if it is empty, the default is taken. name: the short name or
    media type that the client gave instead of it (?format=). Raises BadRequest for a name that no format has.
    """
    if name is not None:
        return _named(name, kind)
    offered = formats_of(kind)
    by_type = {form.media_type: form for form in offered}
    by_alias = {alias: form for alias, short in ALIASES.items() for form in offered if form.name == short}
    best = best_type(accept, [*by_type, *by_alias])
    return _in_profile(accept, {**by_type, **by_alias}[best]) if best else None


def _in_profile(accept: str, form: Format) -> Format:
    # Of the profiles of JSON-LD a client may list several, and others beside them.
    if form.name != "jsonld" or len(accept) > MAX_HEADER:
        return form
    asked = [iri.partition(JSON_LD_PROFILE)[2] for match in PROFILE.findall(accept) for iri in match.split()]
    return next((BY_NAME[f"jsonld-{each}"] for each in asked if f"jsonld-{each}" in BY_NAME), form)


def choose(accept: str, kind: Kind, name: str | None = None) -> Format:
    """The same, but raises NotAcceptable, naming what there is, if the client takes none."""
    form = acceptable(accept, kind, name)
    if form is not None:
        return form
    offered = formats_of(kind)
    if name is not None:
        names = ", ".join(each.name for each in offered)
        raise NotAcceptable(f"This answer is a {kind.value}; format={name} cannot carry it. Choose from {names}.")
    types = ", ".join(each.media_type for each in offered)
    raise NotAcceptable(f"This {kind.value} can be had as {types}; none of them is in Accept: {accept}.")


def best_type(accept: str, types: Sequence[str]) -> str | None:
    """The media type of those offered that suits an Accept header best, or None; the first if the header is empty."""
    if not accept.strip() or len(accept) > MAX_HEADER:
        return types[0]
    return parse_accept_header(PARAMETER.sub("", accept), MIMEAccept).best_match(types)


@lru_cache(CACHED_HEADERS)
def choose_coding(accept_encoding: str) -> str:
    """The content coding that suits an Accept-Encoding header best, empty for none."""
    if not accept_encoding or len(accept_encoding) > MAX_HEADER:
        return ""
    accepted = parse_accept_header(accept_encoding, Accept)
    best = max(CODINGS, key=accepted.quality)
    plain = dict(accepted).get("identity", 0)
    return best if accepted.quality(best) > 0 and accepted.quality(best) >= plain else ""


def _named(name: str, kind: Kind) -> Format | None:
    short = _find(name.lower(), kind)
    if short is None and not any(_find(name.lower(), other) for other in Kind):
        names = ", ".join(form.name for form in formats_of(kind))
        raise BadRequest(f"format={name} is unknown. For a {kind.value}, choose from {names}.")
    return short


def _find(name: str, kind: Kind) -> Format | None:
    wanted = NAMES[kind].get(name, name)
    return next((form for form in formats_of(kind) if wanted in (form.name, form.media_type)), None)
