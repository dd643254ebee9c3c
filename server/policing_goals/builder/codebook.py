"""The codebooks by which links and facets are decided: read as rules for the link table, and rendered for people.

data/links/README.md has a table of figures (confidence and strength) and a table of targets, with the words that earn
each figure. The links that INTERPOL has published are not decided by it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from policing_goals.builder.sources import Sources
from policing_goals.builder.tables import Row
from policing_goals.errors import SourceError

LINKS = "data/links/README.md"
FACETS = "data/facets.codebook.md"
FIGURES, TARGETS = "Confidence", "Target"
# A codebook is shown below headings of the first and second level.
LEVEL_BELOW = 2


@dataclass(frozen=True)
class Codebook:
    """The rules that a link can be checked by.

    strengths: by confidence; earned: by target (such as 16.4, or 13 for the SDG as a whole), the confidences that some
    words earn.
    """

    strengths: dict[str, str]
    earned: dict[str, frozenset[str]]

    def check(self, row: Row) -> None:
        """Raise SourceError for a link of the project whose strength or confidence the codebook does not have."""
        figure, strength = row.required("confidence"), row.required("ext_strength").removeprefix("gpg:strength-")
        if self.strengths.get(figure) != strength:
            figures = ", ".join(f"{known} {name}" for name, known in self.strengths.items())
            problem = f"the link is {strength} with a confidence of {figure}, which {LINKS} does not have."
            raise row.fault(problem, f"Choose from {figures}.")
        target = row.required("object_id").partition(":")[2]
        if target not in self.earned:
            problem = f"{LINKS} does not say which words make a link to {target}."
            raise row.fault(problem, "Add a row for it to the table of targets, and read every element against it.")
        if figure not in self.earned[target]:
            problem = f"no words make a link to {target} with {figure}, says {LINKS}."
            raise row.fault(problem, f"Choose from {', '.join(sorted(self.earned[target]))}, or add the words there.")


def read_codebook(sources: Sources) -> Codebook:
    """The codebook of the links; raises SourceError if one of its tables is missing or empty."""
    tables = list(_tables(sources.read(LINKS)))
    figures = next((table for table in tables if table[0][0] == FIGURES), [])
    targets = next((table for table in tables if table[0][0] == TARGETS), [])
    for table, name in ((figures, FIGURES), (targets, TARGETS)):
        if len(table) < 2:
            problem = f"there is no table whose first column is {name}."
            raise SourceError(LINKS, problem, "Restore it: the links are checked by it.")
    head = targets[0]
    earned = {
        row[0].split()[0]: frozenset(name.split()[-1] for name, cell in zip(head, row, strict=True) if cell)
        for row in targets[1:]
    }
    return Codebook({row[0]: row[1] for row in figures[1:]}, earned)


def rendered_codebooks(sources: Sources) -> str:
    """Both codebooks as HTML, in a JSON object: links, facets."""
    return json.dumps({"links": _render(sources.read(LINKS)), "facets": _render(sources.read(FACETS))})


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _tables(text: str) -> Iterator[list[list[str]]]:
    table: list[list[str]] = []
    for token in _parser().parse(text):
        if token.type == "table_open":
            table = []
        elif token.type == "tr_open":
            table.append([])
        elif token.type == "inline" and table and token.level > 1:
            table[-1].append(token.content)
        elif token.type == "table_close":
            yield table
            table = []


def _render(text: str) -> str:
    parser, heading = _parser(), ""
    tokens: list[Token] = []
    for token in parser.parse(text):
        if token.type == "inline" and tokens[-1].type == "heading_open":
            heading = token.content
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1]) + LEVEL_BELOW}"
        # A wide table scrolls by itself, and can be reached by the keyboard for that.
        if token.type == "table_open":
            label = f'<div class="wide" tabindex="0" role="region" aria-label="{escape(heading)}">'
            tokens.append(Token("html_block", "", 0, content=label))
        tokens.append(token)
        if token.type == "table_close":
            tokens.append(Token("html_block", "", 0, content="</div>"))
    return str(parser.renderer.render(tokens, parser.options, {}))
