"""Every refusal, with the words that teach: changes when there is a new way to be wrong.

PolicingGoalsError
    SourceError            a file of the graph cannot be read or does not hold together
    ShapeViolations        the graph breaks a shape
    SnapshotError          there is no snapshot that can be served
    BundleError            the JavaScript of others cannot be got
    AddressError           the server cannot listen where it should
    QueryError             a query is refused, with the HTTP status that says how
        QuerySyntaxError
        ForbiddenQuery
        NotFound
        MethodNotAllowed
        NotAcceptable
        QueryFailed
        QueryTooDeep
        QueryTooSlow
        QueryTooHungry
        ResultTooLarge
        SpoolFull
        Busy
        TooManyRequests
        BodyTooLarge
        BodyTooSlow
        LengthRequired
        PreconditionFailed
        UnsupportedMediaType
        BadRequest
    SavedQueryError        a saved query is asked for in a way it does not offer
        UnknownSavedQuery
        ParameterError
"""

from collections.abc import Sequence
from dataclasses import dataclass


class PolicingGoalsError(Exception):
    """The root of all refusals; its text says what was wrong, where, and what to do."""


class SourceError(PolicingGoalsError):
    """A file among the sources cannot be used.

    where: the file as the editor knows it, with `:line` when the line is known.
    what: the fault. mend: what the editor should do.
    """

    def __init__(self, where: str, what: str, mend: str) -> None:
        super().__init__(f"{where}: {what} {mend}")


@dataclass(frozen=True)
class Finding:
    """One result of a SHACL validation, in the editor's terms.

    where: file and line of the focus node, empty if it stands in no file; node and
    value: CURIEs, IRIs or literals; shape: the CURIE of the source shape; severity:
    Violation, Warning or Info; message: the shape's own words, in English.
    """

    severity: str
    where: str
    node: str
    shape: str
    message: str
    value: str

    def __str__(self) -> str:
        """One line: where, severity, node, message, shape."""
        told = not self.value or self.value == self.node or self.value.strip('"') in self.message
        value = "" if told else f" (found {self.value})"
        return f"{self.where or 'generated'}: {self.severity}: {self.node}: {self.message}{value} [{self.shape}]"


class ShapeViolations(PolicingGoalsError):
    """The graph breaks at least one shape with the severity Violation; one line for each."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        count = len(findings)
        advice = f"{count} violation{'s' * (count != 1)}: mend the files named and build again."
        super().__init__("\n".join([*map(str, findings), advice]))


class SnapshotError(PolicingGoalsError):
    """No snapshot can be read where one was expected."""


class BundleError(PolicingGoalsError):
    """The JavaScript of others cannot be got."""


class ExportError(PolicingGoalsError):
    """The files cannot be put where they were asked for."""


class AddressError(PolicingGoalsError):
    """The address or port to listen on cannot be had."""


class QueryError(PolicingGoalsError):
    """A query that gets no answer; status, title and headers are the HTTP ones (RFC 9110)."""

    status = 400
    title = "Bad request"
    headers: tuple[tuple[str, str], ...] = ()


class BadRequest(QueryError):
    """A request that does not follow the SPARQL 1.1 Protocol."""


@dataclass(frozen=True)
class Position:
    """A place in a query: line and column, counted from one, and the line itself."""

    line: int
    column: int
    text: str


class QuerySyntaxError(QueryError):
    """A query that does not parse; `position` is None when the parser names no place."""

    title = "The query does not parse"

    def __init__(self, detail: str, position: Position | None = None) -> None:
        super().__init__(detail)
        self.position = position


class ForbiddenQuery(QueryError):
    """Something this read-only endpoint does not do: updates, LOAD, SERVICE."""

    status = 403
    title = "Not allowed here"


class NotFound(QueryError):
    """A graph or a thing that is not there."""

    status = 404
    title = "Not found"


class Gone(QueryError):
    """A thing that has been retired; `successor` is the IRI of what replaces it, empty if nothing does."""

    status = 410
    title = "Retired"

    def __init__(self, detail: str, successor: str) -> None:
        super().__init__(detail)
        self.headers = (("Link", f'<{successor}>; rel="successor-version"'),) if successor else ()


class MethodNotAllowed(QueryError):
    """A method that the resource does not have; `methods` are those that it has."""

    status = 405
    title = "Method not allowed"

    def __init__(self, detail: str, methods: Sequence[str]) -> None:
        super().__init__(f"{detail} Use {', '.join(methods)}.")
        self.headers = (("Allow", ", ".join(methods)),)


class QueryFailed(QueryError):
    """A query that parses and cannot be evaluated, such as one with a function that there is not."""

    title = "The query cannot be evaluated"


class QueryTooDeep(QueryError):
    """A query nested so deeply that evaluating it overflows the stack."""

    title = "The query is nested too deeply"


class QueryTooSlow(QueryError):
    """A query that was still running, or waiting, at the end of its time."""

    status = 504
    title = "The query took too long"


class QueryOutOfMemory(QueryError):
    """A query that wanted more memory than one may have."""

    status = 503
    title = "The query needs too much memory"


class ResultTooLarge(QueryError):
    """An answer larger than one may be."""

    status = 413
    title = "The answer is too large"


class SpoolFull(QueryError):
    """No room on disk for a large answer."""

    status = 503
    title = "No room for the answer"
    headers = (("Retry-After", "60"),)


class TooManyRequests(QueryError):
    """More queries of one client at once than it may have."""

    status = 429
    title = "Too many queries at once"
    headers = (("Retry-After", "1"),)


class BodyTooLarge(QueryError):
    """A request body larger than one may be."""

    status = 413
    title = "The request is too large"
    headers = (("Connection", "close"),)


class BodyTooSlow(QueryError):
    """A request body that had not arrived at the end of its time."""

    status = 408
    title = "The request took too long to arrive"
    headers = (("Connection", "close"),)


class LengthRequired(QueryError):
    """A request body whose length is not said, so that nobody could tell whether it came whole."""

    status = 411
    title = "Length required"
    headers = (("Connection", "close"),)


class PreconditionFailed(QueryError):
    """A condition of the client (If-Match, If-None-Match) that does not hold."""

    status = 412
    title = "Precondition failed"


class Busy(QueryError):
    """More queries than can wait, or a worker lost through no fault of the query."""

    status = 503
    title = "Too busy"
    headers = (("Retry-After", "1"),)


class NotAcceptable(QueryError):
    """None of the media types asked for can carry the answer."""

    status = 406
    title = "No such format"


class UnsupportedMediaType(QueryError):
    """A request body in a form the SPARQL 1.1 Protocol does not know."""

    status = 415
    title = "Unknown kind of body"


class SavedQueryError(PolicingGoalsError):
    """A saved query cannot be run as asked."""


class UnknownSavedQuery(SavedQueryError):
    """No saved query has that name."""


class ParameterError(SavedQueryError):
    """A parameter is unknown, missing, or of the wrong type."""
