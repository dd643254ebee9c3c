"""Compacted JSON-LD 1.1, with the terms of ontology/context.jsonld.

A document includes the part of the context that it uses, so that it can be read without the network. PyLD can do
this too, but takes 9 to 14 times as long.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from policing_goals.errors import NotAcceptable, message
from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import RDF_TYPE, XSD

Node = NamedNode | BlankNode
Json = dict[str, Any]


@dataclass(frozen=True)
class Term:
    """A term for a property: its values are in a language map, coerced to a datatype ("@id" for IRIs), or plain.

    array: whether a single value is in an array too.
    """

    name: str
    coercion: str = ""
    languages: bool = False
    array: bool = False


@dataclass(frozen=True)
class Terms:
    """The definitions of a context: class names by IRI, terms by property IRI, names of reverse properties by IRI."""

    classes: dict[str, str]
    properties: dict[str, tuple[Term, ...]]
    reverse: dict[str, str]

    @classmethod
    def of(cls, prefixes: Prefixes) -> "Terms":
        """The terms of the context that belongs to the prefixes."""
        classes: dict[str, str] = {}
        properties: dict[str, tuple[Term, ...]] = {}
        reverse: dict[str, str] = {}
        for name, definition in prefixes.definitions.items():
            fields = {"@id": definition} if isinstance(definition, str) else definition
            if "@reverse" in fields:
                reverse[prefixes.expand(fields["@reverse"]).value] = name
                continue
            iri = prefixes.expand(fields["@id"]).value
            if name[0].isupper():
                classes[iri] = name
                continue
            container = fields.get("@container", ())
            coercion = fields.get("@type", "")
            term = Term(
                name,
                coercion if coercion in ("", "@id") else prefixes.expand(coercion).value,
                "@language" in container,
                "@set" in container,
            )
            properties[iri] = (*properties.get(iri, ()), term)
        return cls(classes, properties, reverse)


def write_json_ld(triples: Iterable[Triple], prefixes: Prefixes, root: NamedNode | None = None) -> bytes:
    """The triples as compacted JSON-LD, the same bytes for the same triples.

    With a root, the document is a tree: nodes that the root leads to are nested in it, the rest are in @included.
    Without one, it is a flat list of nodes (@graph). Raises NotAcceptable for an IRI that the context would change.
    """
    writer = _Writer(set(triples), prefixes)
    return _document(writer.tree(root) if root is not None else {"@graph": [*writer.flat()]}, writer.context())


def write_json_ld_dataset(quads: Iterable[Quad], prefixes: Prefixes) -> bytes:
    """Quads of named graphs as compacted JSON-LD: a list of graphs, each a flat list of nodes.

    The same bytes for the same quads. Raises NotAcceptable for an IRI that the context would change.
    """
    graphs: dict[str, set[Triple]] = {}
    for quad in quads:
        graphs.setdefault(_key(quad.graph_name), set()).add(quad.triple)
    writers = {graph: _Writer(graphs[graph], prefixes) for graph in sorted(graphs)}
    parts = [{"id": writer.iri(graph), "@graph": [*writer.flat()]} for graph, writer in writers.items()]
    contexts = [writer.context() for writer in writers.values()]
    merged = {name: value for context in contexts for name, value in context.items()}
    first = {name: merged.pop(name) for name in ("id", "type")}
    named = {name: merged[name] for name in sorted(merged)}
    return _document({"@graph": parts}, {**first, **named})


def _document(content: Json, context: Json) -> bytes:
    body = json.dumps(content, indent=1, ensure_ascii=False)
    # One term per line, so that the context takes little room above the data.
    terms = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in context.items())
    return f'{{\n "@context": {{\n{terms}\n }},{body[1:]}\n'.encode()


@dataclass
class _Writer:
    unordered: set[Triple]
    prefixes: Prefixes
    subjects: dict[str, list[Triple]] = field(init=False)
    inside: dict[Triple, str] = field(default_factory=dict)
    left_out: dict[str, Triple] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    short: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.terms = Terms.of(self.prefixes)
        # The context lists the properties in the order that readers want.
        ranks = {iri: rank for rank, iri in enumerate((RDF_TYPE, *self.terms.properties))}
        self.triples = sorted(
            self.unordered, key=lambda triple: (ranks.get(triple.predicate.value, len(ranks)), str(triple))
        )
        self.subjects = {}
        for triple in self.triples:
            self.subjects.setdefault(_key(triple.subject), []).append(triple)

    def flat(self) -> Iterator[Json]:
        """Every node, none nested in another."""
        return (self._node(subject) for subject in self.subjects)

    def tree(self, root: NamedNode) -> Json:
        """The root with the nodes that it leads to nested in it, and the rest in @included."""
        reversed_ = self._plan(_key(root))
        node = self._node(_key(root))
        for name, subjects in reversed_.items():
            self.used.add(name)
            node[name] = [self._node(subject) for subject in subjects]
        rest = [self._node(subject) for subject in self.subjects if subject not in self.seen]
        return {**node, "@included": rest} if rest else node

    def context(self) -> Json:
        """The definitions that were used."""
        definitions = self.prefixes.definitions
        names = {name for name in self.used if name in definitions}
        for name in names:
            definition = definitions[name]
            fields = {"@id": definition} if isinstance(definition, str) else definition
            for part in ("@id", "@reverse", "@type"):
                prefix = str(fields.get(part, "")).partition(":")[0]
                self.used |= {prefix} & self.prefixes.table.keys()
        known = {name: self.prefixes.table[name] for name in sorted(self.used & self.prefixes.table.keys())}
        return {"id": "@id", "type": "@type", **known, **{name: definitions[name] for name in sorted(names)}}

    def _plan(self, root: str) -> dict[str, list[str]]:
        # Breadth first, so that a node is nested as near to the root as possible.
        self.seen, queue = {root}, [root]
        reversed_: dict[str, list[str]] = {}
        for triple in self.triples:
            name = self.terms.reverse.get(triple.predicate.value)
            subject = _key(triple.subject)
            if name and _key(triple.object) == root and subject not in self.seen:
                self.seen.add(subject)
                self.left_out[subject] = triple
                reversed_.setdefault(name, []).append(subject)
                queue.append(subject)
        while queue:
            for triple in self.subjects.get(queue.pop(0), ()):
                target = _key(triple.object)
                is_type = triple.predicate.value == RDF_TYPE
                if target in self.subjects and target not in self.seen and not is_type:
                    self.seen.add(target)
                    self.inside[triple] = target
                    queue.append(target)
        return reversed_

    def _node(self, subject: str) -> Json:
        node: Json = {"id": self.iri(subject)}
        left_out = self.left_out.get(subject)
        for triple in self.subjects.get(subject, ()):
            if triple.predicate.value == RDF_TYPE and isinstance(triple.object, NamedNode):
                _add(node, "type", self._class(triple.object.value))
            elif triple != left_out:
                self._add_value(node, triple)
        return node

    def _add_value(self, node: Json, triple: Triple) -> None:
        terms = self.terms.properties.get(triple.predicate.value, ())
        value = triple.object
        if isinstance(value, Literal) and value.language:
            term = next((term for term in terms if term.languages), None)
            if term is None:
                _add(node, self.iri(triple.predicate.value), {"@language": value.language, "@value": value.value})
                return
            self.used.add(term.name)
            _add(node.setdefault(term.name, {}), value.language, value.value, term.array)
            return
        kind = "@id" if isinstance(value, Node) else value.datatype.value if isinstance(value, Literal) else ""
        coerced = next((term for term in terms if term.coercion == kind), None)
        plain = next((term for term in terms if not term.coercion and not term.languages), None)
        term = coerced or (plain if kind != "@id" else None)
        if term is None:
            _add(node, self.iri(triple.predicate.value), self._value(triple, False))
            return
        self.used.add(term.name)
        _add(node, term.name, self._value(triple, coerced is not None), term.array)

    def _value(self, triple: Triple, coerced: bool) -> object:
        value = triple.object
        if isinstance(value, Node):
            if triple in self.inside:
                return self._node(self.inside[triple])
            iri = self.iri(_key(value))
            return iri if coerced else {"id": iri}
        if not isinstance(value, Literal):
            raise NotAcceptable("JSON-LD 1.1 has no triple terms (RDF 1.2). Choose another format.")
        return value.value if coerced else self._literal(value)

    def _literal(self, literal: Literal) -> object:
        datatype, text = literal.datatype.value, literal.value
        if datatype == XSD + "string":
            return text
        if datatype == XSD + "boolean" and text in ("true", "false"):
            return text == "true"
        # A number only if it is read back as the same characters.
        if datatype == XSD + "integer" and text.lstrip("-").isdecimal() and len(text) < 16 and str(int(text)) == text:
            return int(text)
        return {"@type": self.iri(datatype), "@value": text}

    def _class(self, iri: str) -> str:
        name = self.terms.classes.get(iri)
        if name:
            self.used.add(name)
        return name or self.iri(iri)

    def iri(self, iri: str) -> str:
        """An IRI as the document has it."""
        if iri not in self.short:
            self.short[iri] = self._shortened(iri)
        return self.short[iri]

    def _shortened(self, iri: str) -> str:
        if iri.startswith("_:"):
            return iri
        short = self.prefixes.shorten(iri)
        prefix, _, local = short.partition(":")
        if not short.startswith("<") and not local.startswith("//"):
            self.used.add(prefix)
            return short
        scheme = iri.partition(":")[0]
        if scheme in self.prefixes.table:
            raise NotAcceptable(
                message("JSON-LD with these prefixes cannot contain the IRI <{iri}>. Choose another format.", iri=iri)
            )
        return iri


def _key(term: object) -> str:
    if isinstance(term, BlankNode):
        return f"_:{term.value}"
    return term.value if isinstance(term, NamedNode) else ""


def _add(node: Json, name: str, value: object, array: bool = False) -> None:
    if name not in node:
        node[name] = [value] if array else value
    elif isinstance(node[name], list):
        node[name].append(value)
    else:
        node[name] = [node[name], value]
