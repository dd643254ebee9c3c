"""The parameters of saved queries in JSON Schema: changes when a type of parameter is told otherwise."""

from collections.abc import Mapping
from typing import Any

from policing_goals.saved_query import LANGUAGE_TAG, LONGEST, Parameter

Json = dict[str, Any]
PRINTED = r"^[^\u0000-\u001f\u007f-\u009f]*$"
WHOLE = 10**18 - 1
UNTEXTUAL = frozenset(("integer", "decimal", "date"))
CONVERT: Mapping[str, type[int] | type[float]] = {"integer": int, "decimal": float}


def schema(parameter: Parameter, may_be_empty: bool = False) -> Json:
    """What a parameter may be, with its default (JSON Schema 2020-12).

    may_be_empty: whether an empty text is the same as none, as where forms are sent.
    """
    found = _type(parameter, may_be_empty)
    return found if parameter.default is None else {**found, "default": typed(parameter, parameter.default)}


def typed(parameter: Parameter, text: str) -> str | int | float:
    """A value as JSON has it."""
    return CONVERT[parameter.type](text) if parameter.type in CONVERT else text


def _type(parameter: Parameter, may_be_empty: bool) -> Json:
    if parameter.options:
        options = [option.value for option in parameter.options]
        return {"type": "string", "enum": [*options, ""] if may_be_empty else options}
    optional = "?" if may_be_empty else ""
    schemas: dict[str, Json] = {
        "integer": {"type": "integer", "minimum": -WHOLE, "maximum": WHOLE},
        "decimal": {"type": "number"},
        "date": {"type": "string", "format": "date"},
        "language": {"type": "string", "pattern": f"^({LANGUAGE_TAG.pattern}){optional}$"},
        "iri": {"type": "string", "pattern": f"^({parameter.of}[A-Za-z0-9]+){optional}$"},
    }
    found = schemas.get(parameter.type, {"type": "string", "maxLength": LONGEST, "pattern": PRINTED})
    return {"anyOf": [found, {"const": ""}]} if may_be_empty and parameter.type in UNTEXTUAL else found
