"""A saved question and the binding of its parameters: changes when a parameter gets a new type.

Written into the snapshot by the build and read from there by whoever answers. A
parameter is a variable of the query; a value is bound to it by substitution and
never becomes part of the query's text.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from server.errors import ParameterError
from server.prefixes import Prefixes

Bindings = dict[Variable, NamedNode | BlankNode | Literal | Triple]
XSD = "http://www.w3.org/2001/XMLSchema#"
# Anything else with a colon is more likely a CURIE with a mistaken prefix than an IRI.
ABSOLUTE = re.compile(r"https?://|urn:")
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class Parameter:
    """A variable of a saved query that the asker may bind.

    type: iri, language, decimal or string. default and example: in the form the
    asker would type them; default is None for an optional parameter, which then stays a variable.
    """

    name: str
    type: str
    meaning: str
    default: str | None
    example: str


@dataclass(frozen=True)
class Column:
    """A column of a saved query's answer and what it means."""

    name: str
    meaning: str


@dataclass(frozen=True)
class SavedQuery:
    """A saved question: its words by language, its parameters and columns, and the SPARQL text."""

    name: str
    summary: dict[str, str]
    description: dict[str, str]
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    text: str

    def bindings(self, given: Mapping[str, str], prefixes: Prefixes) -> Bindings:
        """The substitutions for the values given (by parameter name), with the defaults for those left out.

        prefixes: for CURIEs. Raises ParameterError for an
        unknown name or a value that is not of the parameter's type.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                offered = ", ".join(known) or "none"
                raise ParameterError(f"{self.name} has no parameter {name!r}; its parameters: {offered}.")
        texts = {name: given.get(name, parameter.default) for name, parameter in known.items()}
        return {
            Variable(name): TERMS[known[name].type](known[name], text, prefixes)
            for name, text in texts.items()
            if text is not None
        }


def dump_queries(queries: tuple[SavedQuery, ...]) -> str:
    """The saved queries as JSON."""
    return json.dumps([asdict(query) for query in queries], indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def load_queries(text: str) -> tuple[SavedQuery, ...]:
    """The saved queries from the JSON that dump_queries wrote; raises ValueError, TypeError or KeyError otherwise."""
    return tuple(_saved_query(fields) for fields in json.loads(text))


def _saved_query(fields: dict[str, Any]) -> SavedQuery:
    parameters = tuple(Parameter(**parameter) for parameter in fields["parameters"])
    columns = tuple(Column(**column) for column in fields["columns"])
    return SavedQuery(**{**fields, "tags": tuple(fields["tags"]), "parameters": parameters, "columns": columns})


def _refusal(parameter: Parameter, text: str, kind: str) -> ParameterError:
    return ParameterError(f"{parameter.name}={text!r} is not {kind}; an example: {parameter.name}={parameter.example}")


def _iri(parameter: Parameter, text: str, prefixes: Prefixes) -> NamedNode:
    try:
        return prefixes.expand(text)
    except (KeyError, ValueError):
        bare = text.removeprefix("<").removesuffix(">")
    if not ABSOLUTE.match(bare):
        raise _refusal(parameter, text, "an IRI or a CURIE with a known prefix")
    try:
        return NamedNode(bare)
    except ValueError as error:
        raise _refusal(parameter, text, "an IRI or a CURIE with a known prefix") from error


def _language(parameter: Parameter, text: str, _: Prefixes) -> Literal:
    if not LANGUAGE_TAG.fullmatch(text):
        raise _refusal(parameter, text, "a language tag")
    return Literal(text.lower())


def _decimal(parameter: Parameter, text: str, _: Prefixes) -> Literal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _refusal(parameter, text, "a number") from error
    if not number.is_finite():
        raise _refusal(parameter, text, "a number")
    return Literal(f"{number:f}", datatype=NamedNode(XSD + "decimal"))


def _string(_: Parameter, text: str, __: Prefixes) -> Literal:
    return Literal(text)


TERMS: dict[str, Callable[[Parameter, str, Prefixes], NamedNode | Literal]] = {
    "iri": _iri,
    "language": _language,
    "decimal": _decimal,
    "string": _string,
}
