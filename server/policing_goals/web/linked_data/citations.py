"""Citations of a page of this graph and of INTERPOL's document: BibTeX and RIS, for reference managers."""

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Flask
from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.vocabulary import GPG
from policing_goals.web.context import current_site, dataset_date

DOCUMENT = NamedNode(f"{GPG}source-2023-fr")
PROJECT, INTERPOL = "Policing Goals project", "INTERPOL"
# Characters that have a meaning in BibTeX.
SPECIAL = re.compile(r"[{}\\#$%&_~^]")
ESCAPES = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


class Origin(NamedTuple):
    """Of the dataset its version and date (YYYY-MM-DD); of INTERPOL's document its title and month (YYYY-MM)."""

    version: str
    date: str
    document: str
    document_date: str


@dataclass(frozen=True)
class Citation:
    """The same citation for two kinds of reference managers."""

    bibtex: str
    ris: str


def install_citations(app: Flask) -> None:
    """Give the templates of an application the citations."""
    app.jinja_env.globals.update(origin=origin, cite_page=cite_page, cite_document=cite_document)


def origin() -> Origin:
    """The origin of what the current site shows."""
    return current_site().once(_origin)


def cite_page(title: str, address: str) -> Citation:
    """The citation of a page of this graph. address: an IRI or URL, empty if it is not known."""
    version, date, _, _ = origin()
    place = address.removeprefix(GPG) if address.startswith(GPG) else urlsplit(address).path or title
    key = re.sub(r"[^A-Za-z0-9.-]+", "-", place).strip("-") or "home"
    fields = {"author": f"{{{PROJECT}}}", "title": f"{{{_escaped(title)}}}", "version": version, "date": date}
    fields |= {"year": date[:4], "publisher": PROJECT, "url": address}
    lines = {"TY": "DATA", "AU": PROJECT, "TI": title, "PY": date[:4], "DA": date.replace("-", "/"), "ET": version}
    lines |= {"PB": PROJECT, "UR": address}
    return Citation(_bibtex("misc", f"policing-goals-{key}", fields), _ris(lines))


def cite_document() -> Citation:
    """The citation of INTERPOL's document."""
    _, _, title, date = origin()
    fields = {"author": f"{{{INTERPOL}}}", "title": f"{{{_escaped(title)}}}", "date": date, "year": date[:4]}
    fields |= {"institution": INTERPOL, "type": "Brochure", "language": "french"}
    lines = {"TY": "RPRT", "AU": INTERPOL, "TI": title, "PY": date[:4], "DA": date.replace("-", "/"), "PB": INTERPOL}
    lines |= {"LA": "fr"}
    return Citation(_bibtex("techreport", f"interpol-{date[:4]}", fields), _ris(lines))


def _origin(dataset: Dataset) -> Origin:
    view = GraphView(dataset)
    title, date = (view.value(DOCUMENT, name) for name in ("dcterms:title", "dcterms:issued"))
    return Origin(dataset.manifest.version, dataset_date(dataset), title, date)


def _escaped(text: str) -> str:
    return SPECIAL.sub(lambda found: ESCAPES.get(found[0], f"\\{found[0]}"), text)


def _bibtex(kind: str, key: str, fields: dict[str, str]) -> str:
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{key},\n{lines}}}\n"


def _ris(lines: dict[str, str]) -> str:
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines.items() if value) + "ER  - \r\n"
