"""Documents about things, under their names: changes when a thing is answered otherwise.

/goal-3 leads (303) to the document that suits the Accept header: /goal-3.html, .ttl, .jsonld, .rdf or .nt. In a name
with a suffix, the suffix decides and Accept does not. All addresses are relative, so they hold under any host and path.
"""

import difflib
import hashlib
import re
from collections.abc import Mapping

from flask import Blueprint, Request, Response, render_template, request
from pyoxigraph import NamedNode, RdfFormat, Triple, parse
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.descriptions import Descriptions, Profile
from policing_goals.engine.graph_view import GraphView
from policing_goals.errors import BadRequest, Gone, NotAcceptable, NotFound, QueryError
from policing_goals.rdf.formats import BY_NAME, Format, Kind
from policing_goals.rdf.json_ld import write_json_ld
from policing_goals.rdf.serialization import write_graph
from policing_goals.vocabulary import GPG, LICENCE
from policing_goals.web.http.i18n import language
from policing_goals.web.http.messages import Reply
from policing_goals.web.http.negotiation import MAX_HEADER, acceptable, best_type
from policing_goals.web.http.problems import problem
from policing_goals.web.http.responses import FRESHNESS, to_response
from policing_goals.web.linked_data.entity_page import load_entity_page
from policing_goals.web.linked_data.links import read_tree
from policing_goals.web.linked_data.ontology_page import diagram, load_terms
from policing_goals.web.linked_data.triple_tables import TripleTables

HTML = "text/html"
# Suffix and media type of each document, the one for a client that does not care last but for browsers first.
SUFFIXES = {"html": HTML, **{name: BY_NAME[name].media_type for name in ("ttl", "jsonld", "rdf", "nt")}}
ONTOLOGY, SHAPES, CONTEXT = "ontology", "shapes", "context.jsonld"
PROFILES = {f"{GPG}profile-{profile.value}": profile for profile in Profile}
PROFILE_IRI = re.compile(r"<([^<>]*)>")


def blueprint(dataset: Dataset) -> Blueprint:
    """The documents about the things of a dataset."""
    routes = Blueprint("things", __name__)
    library = _ResourceResponder(dataset)

    @routes.get("/<name>")
    def thing(name: str) -> Response:
        try:
            response = to_response(library.reply(name, request))
        except QueryError as error:
            return to_response(problem(error, request.headers.get("Accept", "")))
        response.make_conditional(request)
        return response

    return routes


class _ResourceResponder:
    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._documents = Descriptions(dataset.store, dataset.prefixes)
        version = dataset.manifest.version
        self._versions = {f"{ONTOLOGY}-{version}": ONTOLOGY, f"context-{version}.jsonld": CONTEXT}

    def reply(self, name: str, asked: Request) -> Reply:
        """The way to a document, or the document; raises NotFound, Gone, NotAcceptable or BadRequest."""
        stable = self._versions.get(name, name)
        if stable == CONTEXT:
            return _document(self._dataset.context, "application/ld+json", ())
        stem, _, suffix = stable.rpartition(".")
        stem = self._versions.get(stem, stem)
        if stable in (ONTOLOGY, SHAPES):
            return self._written(stable, _negotiated_suffix(asked), asked, negotiated=True)
        if self._is_thing(stable):
            return self._see_other(name, asked)
        if suffix in SUFFIXES and (self._is_thing(stem) or stem in (ONTOLOGY, SHAPES)):
            return self._written(stem, suffix, asked)
        raise self._unknown(name, stem)

    def _is_thing(self, name: str) -> bool:
        node = _node(name)
        if node is None:
            return False
        successor = self._documents.successor(node)
        if successor is not None:
            raise _gone(name, successor)
        return self._documents.has(node)

    def _see_other(self, name: str, asked: Request) -> Reply:
        suffix = _negotiated_suffix(asked)
        query = asked.query_string.decode("latin-1")
        headers = (
            ("Location", f"{name}.{suffix}{'?' if query else ''}{query}"),
            ("Link", ", ".join(_alternates(name, "describedby"))),
            ("Vary", "Accept"),
        )
        return Reply(303, "", b"", headers)

    def _written(self, name: str, suffix: str, asked: Request, negotiated: bool = False) -> Reply:
        profile = _profile(asked)
        triples = self._triples(name, profile)
        thing = NamedNode(GPG + name)
        form = _rdf_format(suffix, asked)
        if form is None:
            body = self._page(name, thing, triples)
        elif form.name in ("jsonld", "jsonld-framed"):
            body = write_json_ld(triples, self._dataset.prefixes, thing)
        else:
            body = write_graph(triples, form, self._dataset.prefixes)
        links = (
            *_alternates(name, "alternate"),
            f'<{name}.html>; rel="canonical"',
            f'<{LICENCE}>; rel="license"',
            f'<{GPG}{name}>; rel="about"',
            f'<{GPG}profile-{profile.value}>; rel="profile"',
        )
        vary = "Accept, Accept-Profile" if negotiated or suffix == "jsonld" else "Accept-Profile"
        return _document(body, form.media_type if form else HTML, (("Link", ", ".join(links)), ("Vary", vary)))

    def _triples(self, name: str, profile: Profile) -> list[Triple]:
        thing = NamedNode(GPG + name)
        if name == SHAPES:
            return [quad.triple for quad in parse(self._dataset.shapes, format=RdfFormat.N_TRIPLES)]
        found = self._documents.triples(thing, profile)
        if name == ONTOLOGY:
            found += [quad.triple for quad in self._dataset.graph(f"{GPG}graph-ontology")]
        return sorted(set(found), key=lambda triple: (triple.subject != thing, str(triple)))

    def _page(self, name: str, thing: NamedNode, triples: list[Triple]) -> bytes:
        # Read by machines, and by nobody as script: whatever could end the element is escaped.
        json_ld = write_json_ld(triples, self._dataset.prefixes, thing).decode().replace("<", "\\u003c")
        shared = {"name": name, "types": SUFFIXES, "json_ld": json_ld}
        if name == ONTOLOGY:
            return self._ontology_page(shared).encode()
        if name == SHAPES:
            return render_template("shapes.html", report=self._dataset.report, **shared).encode()
        shown = TripleTables(triples, self._dataset, language())
        reader = GraphView(self._dataset, language())
        tree, index = read_tree(reader, thing)
        page = render_template(
            "thing.html",
            **shared,
            sheet=load_entity_page(reader, thing),
            tree=tree,
            index=index,
            version=self._dataset.manifest.version,
            own=shown.properties(thing),
            incoming=shown.incoming(thing),
            statements=shown.statements(thing),
            graphs=[shown.link(graph) for graph in self._documents.graphs(thing)],
            suffixes=[suffix for suffix in SUFFIXES if suffix != "html"],
        )
        return page.encode()

    def _ontology_page(self, shared: Mapping[str, object]) -> str:
        classes, properties = load_terms(self._dataset)
        return render_template(
            "ontology.html",
            classes=classes,
            properties=properties,
            drawn=diagram(properties),
            version=self._dataset.manifest.version,
            **shared,
        )

    def _unknown(self, name: str, stem: str) -> NotFound:
        node = _node(stem)
        if stem and node is not None and self._documents.has(node):
            return NotFound(f"/{stem} has no such form. Its suffixes are {', '.join(SUFFIXES)}.")
        near = difflib.get_close_matches(name[:80], self._dataset.names, 3)
        advice = (
            f"Did you mean {', '.join(f'/{each}' for each in near)}?" if near else "All things are at /graph?default."
        )
        return NotFound(f"There is no /{name[:80]}. {advice}")


def _node(name: str) -> NamedNode | None:
    try:
        return NamedNode(GPG + name)
    except ValueError:
        # No IRI, so no name of ours.
        return None


def _negotiated_suffix(asked: Request) -> str:
    accept = asked.headers.get("Accept", "")
    if not accept.strip() or len(accept) > MAX_HEADER:
        return "ttl"
    # A client that takes anything is a program; a browser names HTML.
    by_type = {BY_NAME["ttl"].media_type: "ttl", **{media_type: suffix for suffix, media_type in SUFFIXES.items()}}
    best = best_type(accept, list(by_type))
    if best is None:
        raise NotAcceptable(f"This can be had as {', '.join(by_type)}; none of them is in Accept: {accept}.")
    return by_type[best]


def _rdf_format(suffix: str, asked: Request) -> Format | None:
    if suffix == "html":
        return None
    if suffix == "jsonld":
        # The suffix has decided the format; Accept may still choose one of its profiles.
        wanted = acceptable(asked.headers.get("Accept", ""), Kind.GRAPH)
        return wanted if wanted and wanted.name.startswith("jsonld-") else BY_NAME["jsonld"]
    return BY_NAME[suffix]


def _profile(asked: Request) -> Profile:
    name = asked.args.get("_profile")
    if name is not None:
        known = {**{profile.value: profile for profile in Profile}, **PROFILES}
        if name not in known:
            raise BadRequest(f"_profile={name} is unknown. Choose from {', '.join(p.value for p in Profile)}.")
        return known[name]
    accept = asked.headers.get("Accept-Profile", "")
    if not accept or len(accept) > MAX_HEADER:
        return Profile.FULL
    # Angle brackets are no token characters, so the list is read without them.
    best = parse_accept_header(PROFILE_IRI.sub(r"\1", accept), Accept).best_match([*PROFILES], f"{GPG}profile-full")
    return PROFILES[best]


def _alternates(name: str, relation: str) -> list[str]:
    return [f'<{name}.{suffix}>; rel="{relation}"; type="{media_type}"' for suffix, media_type in SUFFIXES.items()]


def _document(body: bytes, media_type: str, headers: tuple[tuple[str, str], ...]) -> Reply:
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Reply(200, media_type + charset, body, (*headers, ("ETag", tag), ("Cache-Control", FRESHNESS)))


def _gone(name: str, successor: NamedNode) -> Gone:
    if successor.value == GPG + name:
        return Gone(f"/{name} has been retired, and nothing replaces it.", "")
    return Gone(f"/{name} has been retired. {successor.value} replaces it.", successor.value)
