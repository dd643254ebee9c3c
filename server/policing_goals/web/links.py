"""Things that pages lead to: changes when a link to one is written otherwise."""

from dataclasses import dataclass

from pyoxigraph import NamedNode

from policing_goals.engine.graph_view import Reader, Text
from policing_goals.vocabulary import GPG, SDG


@dataclass(frozen=True)
class Link:
    """A thing that a page leads to: its address, what it is called, and its code if it has one."""

    href: str
    label: Text
    code: str = ""


def link(reader: Reader, node: NamedNode) -> Link:
    """A link to a thing. An SDG has a page of ours; what is not ours leads to itself."""
    code = reader.value(node, "skos:notation")
    if node.value.startswith(SDG):
        name = node.value.removeprefix(SDG)
        return Link(f"sdg/{name}", reader.label(node), name)
    href = node.value.removeprefix(GPG)
    own = node.value.startswith(GPG) and "#" not in href
    return Link(f"{href}.html" if own else node.value, reader.label(node), code)


def title(reader: Reader, node: NamedNode) -> Text:
    """What a page calls a thing: its label, or those of both ends of a statement."""
    ends = [reader.node(node, name) for name in ("owl:annotatedSource", "owl:annotatedTarget")]
    named = [reader.label(each) for each in ends if each is not None]
    # A statement has no name of its own.
    return reader.label(node) if len(named) < 2 else Text(" → ".join(each.text for each in named), named[0].language)


def natural(code: str) -> tuple[tuple[int, str], ...]:
    """A code as it is ordered: 16.10 comes after 16.9, and 16.a after both."""
    parts = code.replace("-", ".").split(".")
    return tuple((int(part), "") if part.isdecimal() else (1000, part) for part in parts)
