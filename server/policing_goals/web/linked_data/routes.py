"""Dereference our IRIs: 303 to a document in the negotiated format (Cool URIs for the Semantic Web).

/goal-3 leads to /goal-3.html, .ttl, .jsonld, .rdf or .nt. In a name with a suffix, the suffix decides and Accept does
not. All addresses are relative, so they hold under any host and path.
"""

import json
import re
from collections.abc import Mapping
from urllib.parse import quote

from flask import Blueprint, Request, Response, current_app, render_template, request
from pyoxigraph import NamedNode, RdfFormat, Triple, parse
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.descriptions import Descriptions, Profile
from policing_goals.engine.graph_view import GraphView
from policing_goals.errors import BadRequest, Gone, NotFound, message
from policing_goals.near_matches import did_you_mean
from policing_goals.rdf.formats import BY_NAME, Format, Kind
from policing_goals.rdf.json_ld import write_json_ld
from policing_goals.rdf.serialization import write_graph
from policing_goals.vocabulary import GPG, LICENCE
from policing_goals.web.context import current_site
from policing_goals.web.http.caching import cacheable
from policing_goals.web.http.i18n import DEFAULT, language
from policing_goals.web.http.messages import Headers, Reply
from policing_goals.web.http.negotiation import ALIASES, MAX_HEADER, acceptable, best_type, unacceptable
from policing_goals.web.http.responses import conditional, to_response
from policing_goals.web.http.static_export import is_static, offered
from policing_goals.web.linked_data.entity_page import load_entity_page, records
from policing_goals.web.linked_data.link_filter import LinkFilter, read_filter
from policing_goals.web.linked_data.links import read_tree
from policing_goals.web.linked_data.ontology_page import diagram, load_terms
from policing_goals.web.linked_data.served_description import as_served
from policing_goals.web.linked_data.triple_tables import TripleTables

HTML = "text/html"
# Suffix and media type of each document.
SUFFIXES = {"html": HTML, **{name: BY_NAME[name].media_type for name in ("ttl", "jsonld", "rdf", "nt", "trig", "nq")}}
ONTOLOGY, SHAPES, CONTEXT = "ontology", "shapes", "context.jsonld"
# By our own IRIs, and by the public one of what a profile follows.
PROFILES = {
    **{f"{GPG}profile-{profile.value}": profile for profile in Profile},
    "http://www.w3.org/2004/02/skos/core": Profile.SKOS,
    "http://www.w3.org/2004/02/skos/core#": Profile.SKOS,
}
# ?_profile=alt asks which profiles and media types there are.
ALTERNATES = "alt"
PROFILE_IRI = re.compile(r"<([^<>]*)>")

blueprint = Blueprint("linked_data", __name__)


@blueprint.get("/<name>")
def entity(name: str) -> Response:
    """A redirect to a document about an entity, or the document."""
    return conditional(to_response(current_site().once(_ResourceResponder).reply(name, request)))


class _ResourceResponder:
    """Answers requests for entities and documents of a dataset."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._descriptions = Descriptions(dataset.store, dataset.prefixes)
        version = dataset.manifest.version
        self._unversioned = {f"{ONTOLOGY}-{version}": ONTOLOGY, f"context-{version}.jsonld": CONTEXT}

    def reply(self, name: str, request: Request) -> Reply:
        """The reply to a request for a name; raises NotFound, Gone, NotAcceptable or BadRequest."""
        stable = self._unversioned.get(name, name)
        if stable == CONTEXT:
            return cacheable(self._dataset.context, "application/ld+json", "")
        document, hash_sign, term = stable.partition("#")
        if hash_sign and document in (ONTOLOGY, SHAPES):
            # Some clients escape the number sign of a term, which then reaches us.
            return Reply(308, "", b"", (("Location", f"{document}#{quote(term, safe='')}"),))
        stem, _, suffix = stable.rpartition(".")
        stem = self._unversioned.get(stem, stem)
        if stable in (ONTOLOGY, SHAPES):
            media_type = request.args.get("_mediatype")
            suffix = _suffix_of(media_type) if media_type else _negotiated_suffix(request)
            return self._document(stable, suffix, request, negotiated=True)
        if self._is_entity(stable):
            return self._see_other(name, request)
        if suffix in SUFFIXES and (self._is_entity(stem) or stem in (ONTOLOGY, SHAPES)):
            return self._document(stem, suffix, request)
        raise self._not_found(name, stem)

    def _is_entity(self, name: str) -> bool:
        node = _node(name)
        if node is None:
            return False
        successor = self._descriptions.successor(node)
        if successor is not None:
            raise _gone(name, successor)
        return self._descriptions.has(node)

    def _see_other(self, name: str, request: Request) -> Reply:
        media_type = request.args.get("_mediatype")
        suffix = _suffix_of(media_type) if media_type else _negotiated_suffix(request)
        query = request.query_string.decode("latin-1")
        headers = (
            ("Location", f"{name}.{suffix}{'?' if query else ''}{query}"),
            ("Link", ", ".join(_alternates(name, "describedby"))),
            ("Vary", "Accept"),
        )
        return Reply(303, "", b"", headers)

    def _document(self, name: str, suffix: str, request: Request, negotiated: bool = False) -> Reply:
        if request.args.get("_profile") == ALTERNATES:
            return self._alternates(name, suffix)
        profile = _profile(request)
        triples = self._triples(name, profile)
        form = _rdf_format(suffix, request)
        if form is None:
            body = self._page(name, triples, read_filter(request.args))
        elif form.name in ("jsonld", "jsonld-framed"):
            body = write_json_ld(triples, self._dataset.prefixes, NamedNode(GPG + name))
        else:
            body = write_graph(triples, form, self._dataset.prefixes)
        vary = "Accept, Accept-Profile" if negotiated or suffix == "jsonld" else "Accept-Profile"
        return cacheable(
            body, form.media_type if form else HTML, vary, _link_header(name, profile, is_page=form is None)
        )

    def _alternates(self, name: str, suffix: str) -> Reply:
        """The profiles of a document with their media types (W3C, Content Negotiation by Profile, alternate view)."""
        listed = [
            {"profile": f"{GPG}profile-{profile.value}", "token": profile.value, "mediaTypes": list(SUFFIXES.values())}
            for profile in Profile
        ]
        links = ", ".join(
            f'<{name}.{suffix}?_profile={profile.value}>; rel="alternate"; format="{GPG}profile-{profile.value}"'
            for profile in Profile
        )
        body = json.dumps({"resource": GPG + name, "default": "full", "profiles": listed}, indent=1).encode()
        return cacheable(body, "application/json", "Accept", (("Link", links),))

    def _triples(self, name: str, profile: Profile) -> list[Triple]:
        node = NamedNode(GPG + name)
        if name == SHAPES:
            return [quad.triple for quad in parse(self._dataset.shapes, format=RdfFormat.N_TRIPLES)]
        found = self._descriptions.triples(node, profile)
        if name == ONTOLOGY:
            found += [quad.triple for quad in self._dataset.graph(f"{GPG}graph-ontology")]
        base_url, contact = (current_app.config.get(name, "") for name in ("BASE_URL", "CONTACT"))
        served = as_served(node, found, self._dataset.prefixes, base_url, contact)
        return sorted(set(served), key=lambda triple: (triple.subject != node, str(triple)))

    def _page(self, name: str, triples: list[Triple], wanted: LinkFilter) -> bytes:
        node = NamedNode(GPG + name)
        # Escaped, so that nothing in it can end the script element.
        json_ld = ""
        one_language = is_static() and name in current_site().once(records)
        if _is_whole() and not one_language:
            json_ld = write_json_ld(triples, self._dataset.prefixes, node).decode().replace("<", "\\u003c")
        types = {suffix: SUFFIXES[suffix] for suffix in offered(SUFFIXES)}
        shared = {"name": name, "types": types, "json_ld": json_ld, "one_language": one_language}
        if name == ONTOLOGY:
            return self._ontology_page(shared).encode()
        if name == SHAPES:
            return render_template("shapes.html", report=self._dataset.report, **shared).encode()
        return self._entity_page(node, triples, shared, wanted).encode()

    def _entity_page(
        self, node: NamedNode, triples: list[Triple], shared: Mapping[str, object], wanted: LinkFilter
    ) -> str:
        view = GraphView(self._dataset, language())
        tree, index = read_tree(view, node)
        return render_template(
            "entity.html",
            **shared,
            page=load_entity_page(view, node, wanted),
            tree=tree,
            index=index,
            version=self._dataset.manifest.version,
            **(self._statements(node, triples) if _is_whole() else {}),
        )

    def _statements(self, node: NamedNode, triples: list[Triple]) -> dict[str, object]:
        tables = TripleTables(triples, self._dataset, language())
        return {
            "properties": tables.properties(node),
            "incoming": tables.incoming(node),
            "statements": tables.statements(node),
            "graphs": [tables.cell(graph) for graph in self._descriptions.graphs(node)],
        }

    def _ontology_page(self, shared: Mapping[str, object]) -> str:
        classes, properties = load_terms(self._dataset)
        return render_template(
            "ontology.html",
            classes=classes,
            properties=properties,
            boxes=diagram(properties),
            version=self._dataset.manifest.version,
            **shared,
        )

    def _not_found(self, name: str, stem: str) -> NotFound:
        node = _node(stem)
        if stem and node is not None and self._descriptions.has(node):
            return NotFound(
                message(
                    "/{stem} has no such format. Its suffixes are {choices}.", stem=stem, choices=", ".join(SUFFIXES)
                )
            )
        advice = did_you_mean(
            name, self._dataset.names, "Try the search at /search, or the list of goals at /scheme-goals.", "/"
        )
        return NotFound(message("There is no /{name}. {advice}", name=name[:80], advice=advice))


def _is_whole() -> bool:
    # Statements are the same in every language: among static files, the pages of one language have them.
    return not is_static() or language() == DEFAULT


def _node(name: str) -> NamedNode | None:
    try:
        return NamedNode(GPG + name)
    except ValueError:
        # Not an IRI, so not a name of ours.
        return None


def _negotiated_suffix(request: Request) -> str:
    accept = request.headers.get("Accept", "")
    if not accept.strip() or len(accept) > MAX_HEADER:
        return "ttl"
    # A client that accepts anything is a program, and gets Turtle; a browser names HTML.
    by_suffix = {media_type: suffix for suffix, media_type in SUFFIXES.items()}
    by_type = {BY_NAME["ttl"].media_type: "ttl", **by_suffix, **ALIASES[Kind.GRAPH]}
    best = best_type(accept, list(by_type))
    if best is None:
        raise unacceptable(by_type, accept)
    return by_type[best]


def _suffix_of(media_type: str) -> str:
    # A plus that is not escaped arrives as a space.
    wanted = media_type.strip().lower().replace(" ", "+")
    found = [suffix for suffix, offered in SUFFIXES.items() if offered == wanted]
    if not found:
        raise BadRequest(
            message(
                "_mediatype={media_type} is unknown. Choose from {choices}.",
                media_type=media_type[:80],
                choices=", ".join(SUFFIXES.values()),
            )
        )
    return found[0]


def _rdf_format(suffix: str, request: Request) -> Format | None:
    if suffix == "html":
        return None
    if suffix == "jsonld":
        # The suffix has decided the format; Accept may still choose one of its profiles.
        wanted = acceptable(request.headers.get("Accept", ""), Kind.GRAPH)
        return wanted if wanted and wanted.name.startswith("jsonld-") else BY_NAME["jsonld"]
    return BY_NAME[suffix]


def _profile(request: Request) -> Profile:
    name = request.args.get("_profile")
    if name is not None:
        known = {**{profile.value: profile for profile in Profile}, **PROFILES}
        if name not in known:
            raise BadRequest(
                message(
                    "_profile={name} is unknown. Choose from {choices}.",
                    name=name,
                    choices=", ".join(p.value for p in Profile),
                )
            )
        return known[name]
    accept = request.headers.get("Accept-Profile", "")
    if not accept or len(accept) > MAX_HEADER:
        return Profile.FULL
    # Angle brackets are not token characters, so the list is parsed without them.
    best = parse_accept_header(PROFILE_IRI.sub(r"\1", accept), Accept).best_match([*PROFILES], f"{GPG}profile-full")
    return PROFILES[best]


def _link_header(name: str, profile: Profile, is_page: bool) -> Headers:
    links = (
        *_alternates(name, "alternate"),
        # A page has its own in its head, with its language.
        *(() if is_page else (f'<{name}.html>; rel="canonical"',)),
        f'<{LICENCE}>; rel="license"',
        f'<{GPG}{name}>; rel="about"',
        f'<{GPG}profile-{profile.value}>; rel="profile"',
    )
    return (("Link", ", ".join(links)),)


def _alternates(name: str, relation: str) -> list[str]:
    return [f'<{name}.{suffix}>; rel="{relation}"; type="{media_type}"' for suffix, media_type in SUFFIXES.items()]


def _gone(name: str, successor: NamedNode) -> Gone:
    if successor.value == GPG + name:
        return Gone(message("/{name} has been retired, and nothing replaces it.", name=name), "")
    return Gone(
        message("/{name} has been retired. {successor} replaces it.", name=name, successor=successor.value),
        successor.value,
    )
