"""The codebook by which links are decided, as rules that the link table is checked by.

data/links/README.md has a table of figures (confidence and strength) and a table of targets, with the words that earn
each figure. The links that INTERPOL has published are not decided by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from policing_goals.builder.markdown import markdown_parser
from policing_goals.builder.sources import Sources
from policing_goals.builder.tables import Row
from policing_goals.errors import SourceError

LINKS = "data/links/README.md"
FIGURES, TARGETS = "Confidence", "Target"


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


def _tables(text: str) -> Iterator[list[list[str]]]:
    table: list[list[str]] = []
    for token in markdown_parser().parse(text):
        if token.type == "table_open":
            table = []
        elif token.type == "tr_open":
            table.append([])
        elif token.type == "inline" and table and token.level > 1:
            table[-1].append(token.content)
        elif token.type == "table_close":
            yield table
            table = []
