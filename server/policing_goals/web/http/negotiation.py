"""Content negotiation (RFC 9110, section 12): the one place that reads Accept headers."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from werkzeug.datastructures import Accept, MIMEAccept
from werkzeug.http import parse_accept_header

from policing_goals.engine.compression import CODINGS
from policing_goals.errors import BadRequest, NotAcceptable, message
from policing_goals.rdf.formats import BY_NAME, JSON_LD_PROFILE, Format, Kind, formats_of

# What clients call a format besides its registered media type, by the kind of the result.
ALIASES: dict[Kind, dict[str, str]] = {
    Kind.SOLUTIONS: {"application/json": "json", "application/xml": "xml", "text/xml": "xml"},
    Kind.GRAPH: {
        "application/json": "jsonld", "application/xml": "rdf", "text/xml": "rdf", "application/x-turtle": "ttl",
        "text/n3": "ttl", "text/rdf+n3": "ttl", "text/plain": "nt",
    },
}  # fmt: skip
# The same in ?format=, as SPARQLWrapper and others send it.
NAMES: dict[Kind, dict[str, str]] = {
    Kind.SOLUTIONS: {
        **ALIASES[Kind.SOLUTIONS], "srj": "json", "srx": "xml", "sparql-results+json": "json",
        "sparql-results+xml": "xml",
    },
    Kind.GRAPH: {
        **ALIASES[Kind.GRAPH], "turtle": "ttl", "n3": "ttl", "xml": "rdf", "rdf+xml": "rdf", "rdfxml": "rdf",
        "json": "jsonld", "json-ld": "jsonld", "ld+json": "jsonld", "ntriples": "nt", "n-triples": "nt",
        "nquads": "nq", "n-quads": "nq",
    },
}  # fmt: skip
# The parameter whose value 1 asks for CSV that Excel reads.
FOR_EXCEL = "bom"
# A name that leaves the choice to the Accept header.
AUTOMATIC = "auto"
MAX_NAMES = 10

# Clients of one kind send the same header, which takes longer to parse than a query to evaluate.
CACHED_HEADERS = 256
# A longer header is ignored (RFC 9110, 12.4.1): it takes seconds to parse, and no real client sends one.
MAX_HEADER = 2000
# Besides q, only the profile parameter of a media type distinguishes the formats.
PROFILE = re.compile(r"""application/ld\+json\s*(?:;[^,;"]*)*;\s*profile\s*=\s*"?([^",;]*)""", re.IGNORECASE)
PARAMETER = re.compile(r""";\s*+(?!q\s*=)[^;,=]*=\s*(?:"[^"]*"|[^;,"]*)""", re.IGNORECASE)


@lru_cache(CACHED_HEADERS)
def acceptable(accept: str, kind: Kind, name: str | None = None) -> Format | None:
    """The format for a result of a kind, or None if the client accepts none.

    accept: the Accept header; if it is empty, the default format is taken. name: the short name or media type that the
    client gave instead (?format=). Raises BadRequest for a name that no format has.
    """
    if name is not None:
        return _named(name, kind)
    offered = formats_of(kind)
    by_type = {form.media_type: form for form in offered}
    by_alias = {alias: form for alias, short in ALIASES[kind].items() for form in offered if form.name == short}
    best = best_type(accept, [*by_type, *by_alias])
    return _in_profile(accept, {**by_type, **by_alias}[best]) if best else None


def choose(accept: str, kind: Kind, name: str | None = None) -> Format:
    """The same, but raises NotAcceptable, with the formats offered, if the client accepts none."""
    form = acceptable(accept, kind, name)
    if form is not None:
        return form
    offered = formats_of(kind)
    if name is not None:
        names = ", ".join(each.name for each in offered)
        raise NotAcceptable(
            message(
                "The result is a {kind}; format={name} cannot carry it. Choose from {names}.",
                kind=kind.value,
                name=name,
                names=names,
            )
        )
    raise unacceptable([each.media_type for each in offered], accept)


def format_name(given: Iterable[str]) -> str | None:
    """The format that a client names in ?format=, None if it leaves the choice to Accept.

    Several names may mean the same, and one may be a list, as SPARQLWrapper sends them. Raises BadRequest if they
    differ, or are too many.
    """
    # A plus that is not escaped arrives as a space.
    names = [name.strip().lower().replace(" ", "+") for each in given for name in each.split(",")]
    if len(names) > MAX_NAMES:
        raise BadRequest(message("format has more than {most} names. Give one.", most=MAX_NAMES))
    meanings = {name: tuple(_find(name, kind) for kind in Kind) for name in names if name not in ("", AUTOMATIC)}
    known = {name: meaning for name, meaning in meanings.items() if any(meaning)} or meanings
    if len(set(known.values())) > 1:
        raise BadRequest(
            message("format is given as {choices}, which differ. Give it once.", choices=" and as ".join(known))
        )
    return next(iter(known), None)


def unacceptable(types: Iterable[str], accept: str) -> NotAcceptable:
    """The error for an Accept header that has none of the media types offered."""
    return NotAcceptable(
        message(
            "This is available as {choices}; none of them is in Accept: {accept}.",
            choices=", ".join(types),
            accept=accept,
        )
    )


def best_type(accept: str, types: Sequence[str]) -> str | None:
    """The offered media type that suits an Accept header best, or None; the first if the header is empty."""
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


def _in_profile(accept: str, form: Format) -> Format:
    # A client may list several profiles of JSON-LD, and other profiles too.
    if form.name != "jsonld" or len(accept) > MAX_HEADER:
        return form
    profiles = [iri.partition(JSON_LD_PROFILE)[2] for match in PROFILE.findall(accept) for iri in match.split()]
    return next((BY_NAME[f"jsonld-{each}"] for each in profiles if f"jsonld-{each}" in BY_NAME), form)


def _named(name: str, kind: Kind) -> Format | None:
    short = _find(name.lower(), kind)
    if short is None and not any(_find(name.lower(), other) for other in Kind):
        names = ", ".join(form.name for form in formats_of(kind))
        raise BadRequest(
            message(
                "format={name} is unknown. For a {kind}, choose from {names}.",
                name=name,
                kind=kind.value,
                names=names,
            )
        )
    return short


def _find(name: str, kind: Kind) -> Format | None:
    wanted = NAMES[kind].get(name, name)
    return next((form for form in formats_of(kind) if wanted in (form.name, form.media_type)), None)
