"""Saved queries and their typed parameters, as stored in a snapshot.

A parameter is a variable of the query. A value is bound to it by substitution and never becomes part of the query text.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from policing_goals.errors import ParameterError, message
from policing_goals.languages import LANGUAGES, lookup
from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import XSD

Bindings = dict[Variable, NamedNode | BlankNode | Literal | Triple]
# Anything else with a colon is more likely a CURIE with a mistaken prefix than an IRI.
ABSOLUTE = re.compile(r"https?://|urn:")
INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
# No parameter needs a longer value.
MAX_CHARACTERS, MAX_DIGITS = 1000, 30
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class Option:
    """A possible value of a parameter, as a user would type it, with its labels by language."""

    value: str
    labels: dict[str, str]


@dataclass(frozen=True)
class Parameter:
    """A variable of a saved query that a user may bind.

    type: one of TERMS; default and example: as a user would type them; default is None for an optional parameter,
    which then stays unbound; of: for an IRI, its classes or concept schemes, or its namespace (sdg:); options: the
    possible values, empty if there is no list.
    """

    name: str
    type: str
    meaning: str
    default: str | None
    example: str
    of: str = ""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a saved query's result and its meaning."""

    name: str
    meaning: str


@dataclass(frozen=True)
class Group:
    """A group of saved queries: its name and its titles by language."""

    name: str
    titles: dict[str, str]


@dataclass(frozen=True)
class SavedQuery:
    """A saved query: its texts by language, its parameters and columns, and the SPARQL text.

    federates: IRIs of the endpoints in its SERVICE clauses; a query with any is published but never run here; form:
    SELECT, ASK, CONSTRUCT or DESCRIBE.
    """

    name: str
    summary: dict[str, str]
    description: dict[str, str]
    group: Group
    tags: tuple[str, ...]
    federates: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    text: str
    form: str

    def bindings(self, given: Mapping[str, str], prefixes: Prefixes) -> Bindings:
        """The substitutions for values by parameter name, with the defaults for those left out.

        prefixes: for CURIEs. Raises ParameterError for an unknown name or a value that is not of the parameter's type.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                offered = ", ".join(known) or "none"
                raise ParameterError(
                    message(
                        "{name} has no parameter {given}; its parameters: {offered}.",
                        name=self.name,
                        given=f"{name[:80]!r}",
                        offered=offered,
                    )
                )
        for name, text in given.items():
            if len(text) > MAX_CHARACTERS or CONTROL.search(text):
                what = f"{name} has {len(text)} characters, or one that is not printable"
                raise ParameterError(
                    message("{what}; an example: {name}={example}", what=what, name=name, example=known[name].example)
                )
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
    """The saved queries from the JSON of dump_queries(); raises ValueError, TypeError or KeyError for any other."""
    return tuple(_saved_query(fields) for fields in json.loads(text))


def _saved_query(fields: dict[str, Any]) -> SavedQuery:
    parameters = tuple(_load_parameter(parameter) for parameter in fields["parameters"])
    read = {
        "group": Group(**fields["group"]),
        "tags": tuple(fields["tags"]),
        "federates": tuple(fields["federates"]),
        "parameters": parameters,
        "columns": tuple(Column(**column) for column in fields["columns"]),
    }
    return SavedQuery(**{**fields, **read})


def _load_parameter(fields: dict[str, Any]) -> Parameter:
    return Parameter(**{**fields, "options": tuple(Option(**option) for option in fields["options"])})


def _refusal(parameter: Parameter, text: str, kind: str) -> ParameterError:
    return ParameterError(
        message(
            "{name}={text} is not {kind}; an example: {name}={example}",
            name=parameter.name,
            text=f"{text[:80]!r}",
            kind=kind,
            example=parameter.example,
        )
    )


def _iri(parameter: Parameter, text: str, prefixes: Prefixes) -> NamedNode:
    node = any_iri(parameter, text, prefixes)
    if parameter.of.endswith(":") and not node.value.startswith(prefixes.table[parameter.of[:-1]]):
        raise _refusal(parameter, text, f"an IRI in the namespace {parameter.of}")
    if parameter.options and prefixes.shorten(node.value) not in {option.value for option in parameter.options}:
        raise _refusal(parameter, text, f"the IRI of a {' or '.join(parameter.of.split())} in the data")
    return node


def any_iri(parameter: Parameter, text: str, prefixes: Prefixes) -> NamedNode:
    """The node of any CURIE or IRI; raises ParameterError for any other text."""
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
    language = lookup(text) if LANGUAGE_TAG.fullmatch(text) else None
    if language is None:
        raise _refusal(parameter, text, f"one of {', '.join(LANGUAGES)}")
    return Literal(language)


def _language_tag(parameter: Parameter, text: str, _: Prefixes) -> Literal:
    # Of any language, for other endpoints.
    if not LANGUAGE_TAG.fullmatch(text):
        raise _refusal(parameter, text, "a language tag")
    return Literal(text.lower())


def _decimal(parameter: Parameter, text: str, _: Prefixes) -> Literal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _refusal(parameter, text, "a number") from error
    # Written out, 1e9 has ten digits and 1e999999999 has a billion.
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS or len(number.as_tuple().digits) > MAX_DIGITS:
        raise _refusal(parameter, text, f"a number of at most {MAX_DIGITS} digits")
    return Literal(f"{number:f}", datatype=NamedNode(XSD + "decimal"))


def _integer(parameter: Parameter, text: str, _: Prefixes) -> Literal:
    if not INTEGER.fullmatch(text):
        raise _refusal(parameter, text, "a whole number")
    return Literal(int(text))


def _date(parameter: Parameter, text: str, _: Prefixes) -> Literal:
    try:
        return Literal(date.fromisoformat(text).isoformat(), datatype=NamedNode(XSD + "date"))
    except ValueError as error:
        raise _refusal(parameter, text, "a date such as 2026-11-23") from error


def _choice(parameter: Parameter, text: str, _: Prefixes) -> Literal:
    if text not in {option.value for option in parameter.options}:
        raise _refusal(parameter, text, f"one of {', '.join(option.value for option in parameter.options)}")
    return Literal(text)


def _string(_: Parameter, text: str, __: Prefixes) -> Literal:
    return Literal(text)


TERMS: dict[str, Callable[[Parameter, str, Prefixes], NamedNode | Literal]] = {
    "iri": _iri,
    "language": _language,
    "language-tag": _language_tag,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "choice": _choice,
    "string": _string,
}


Json = dict[str, Any]
PRINTABLE = r"^[^\u0000-\u001f\u007f-\u009f]*$"
MAX_INTEGER = 10**18 - 1
NOT_TEXT = frozenset(("integer", "decimal", "date"))
CONVERT: Mapping[str, type[int] | type[float]] = {"integer": int, "decimal": float}


def schema(parameter: Parameter, may_be_empty: bool = False) -> Json:
    """The JSON Schema (2020-12) of a parameter, with its default.

    may_be_empty: whether an empty text counts as no value, as in HTML forms.
    """
    found = _json_type(parameter, may_be_empty)
    return found if parameter.default is None else {**found, "default": typed(parameter, parameter.default)}


def typed(parameter: Parameter, text: str) -> str | int | float:
    """A value as JSON: a number for a numeric parameter, a text for any other."""
    return CONVERT[parameter.type](text) if parameter.type in CONVERT else text


def _json_type(parameter: Parameter, may_be_empty: bool) -> Json:
    if parameter.options:
        options = [option.value for option in parameter.options]
        return {"type": "string", "enum": [*options, ""] if may_be_empty else options}
    optional = "?" if may_be_empty else ""
    schemas: dict[str, Json] = {
        "integer": {"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
        "decimal": {"type": "number"},
        "date": {"type": "string", "format": "date"},
        "language": {"type": "string", "pattern": f"^(({'|'.join(LANGUAGES)})(-[A-Za-z0-9]{{1,8}})*){optional}$"},
        "language-tag": {"type": "string", "pattern": f"^({LANGUAGE_TAG.pattern}){optional}$"},
        "iri": {"type": "string", "pattern": f"^({parameter.of}[A-Za-z0-9]+){optional}$"},
    }
    found = schemas.get(parameter.type, {"type": "string", "maxLength": MAX_CHARACTERS, "pattern": PRINTABLE})
    return {"anyOf": [found, {"const": ""}]} if may_be_empty and parameter.type in NOT_TEXT else found
