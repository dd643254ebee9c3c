"""What only a server knows of what it serves: the address of its endpoint, and whom to write to (DCAT 3)."""

from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import GPG

ENDPOINT = NamedNode(f"{GPG}sparql")
DESCRIBED = (NamedNode(f"{GPG}dataset"), ENDPOINT)
CONTACT = NamedNode(f"{GPG}contact")
ADDRESSES = ("void:sparqlEndpoint", "dcat:endpointURL")


def as_served(
    node: NamedNode, triples: Iterable[Triple], prefixes: Prefixes, base_url: str, contact: str
) -> list[Triple]:
    """The triples of a document about a node, as this server says them.

    base_url: the public URL of the site, without a slash at its end; the graph names the endpoint by an IRI of ours,
    which clients cannot reach. contact: a mail address or URL, for the dataset and the endpoint. Both may be empty.
    """
    addresses = {prefixes.expand(name) for name in ADDRESSES}
    endpoint = NamedNode(f"{base_url}/sparql") if base_url else ENDPOINT
    served = [
        Triple(triple.subject, triple.predicate, endpoint)
        if triple.object == ENDPOINT and triple.predicate in addresses
        else triple
        for triple in triples
    ]
    if contact and node in DESCRIBED:
        served += _contact_point(node, contact, prefixes)
    return served


def _contact_point(node: NamedNode, contact: str, prefixes: Prefixes) -> list[Triple]:
    is_url = contact.startswith(("http://", "https://"))
    name, address = ("vcard:hasURL", contact) if is_url else ("vcard:hasEmail", f"mailto:{contact}")
    return [
        Triple(node, prefixes.expand("dcat:contactPoint"), CONTACT),
        Triple(CONTACT, prefixes.expand("rdf:type"), prefixes.expand("vcard:Kind")),
        Triple(CONTACT, prefixes.expand("vcard:fn"), Literal(contact)),
        Triple(CONTACT, prefixes.expand(name), NamedNode(address)),
    ]
