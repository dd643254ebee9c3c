"""Where pages link an IRI to. An IRI from an import may be anything that a stranger chose."""

from policing_goals.vocabulary import GPG

# Others, such as javascript: and data:, can run a script on the page.
SCHEMES = ("http://", "https://", "mailto:", "urn:")


def link_target(iri: str, root: str = "") -> str:
    """The address for a link: of our page for an IRI of ours, else the IRI; empty if it may not be a link.

    root: the relative address of the site's root.
    """
    name = iri.removeprefix(GPG)
    if iri.startswith(GPG) and "#" not in name:
        # Without the dot, the part before a colon would be a scheme.
        return f"{root}./{name}" if ":" in name and not root else f"{root}{name}"
    return iri if iri.startswith(SCHEMES) else ""
