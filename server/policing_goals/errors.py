"""Exceptions. Messages say what is wrong, where, and how to fix it; a QueryError has an HTTP status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """A sentence with values in it, which a page can say in another language.

    template: in English, with {name} for a value; values: by name; a value may be a message too.
    """

    template: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        """The sentence in English."""
        return self.template.format_map(self.values)


def message(template: str, **values: object) -> Message:
    """A sentence with values: see Message."""
    return Message(template, values)


class PolicingGoalsError(Exception):
    """The root of our exceptions; its text says what is wrong, where, and how to fix it."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the text and the attributes, whatever arguments the constructor takes."""
        return _restore, (type(self), self.args), self.__dict__


def _restore(kind: type[PolicingGoalsError], arguments: tuple[object, ...]) -> PolicingGoalsError:
    return kind.__new__(kind, *arguments)


class SourceError(PolicingGoalsError):
    """A source file cannot be used.

    where: the file below the root, with `:line` if the line is known; problem: what is wrong; fix: what to do.
    """

    def __init__(self, where: str, problem: str, fix: str) -> None:
        super().__init__(f"{where}: {problem} {fix}")


# Characters of a line that an error quotes.
MAX_QUOTED = 200


@dataclass(frozen=True)
class Finding:
    """One result of a SHACL validation, in the editor's terms.

    severity: Violation, Warning or Info; where: file and line of the focus node, empty if it is generated; node and
    value: CURIEs, IRIs or literals; shape: the CURIE of the source shape; message: the shape's, in English.
    """

    severity: str
    where: str
    node: str
    shape: str
    message: str
    value: str

    def __str__(self) -> str:
        """One line: where, severity, node, message, shape."""
        redundant = not self.value or self.value == self.node or self.value.strip('"') in self.message
        value = "" if redundant else f" (found {self.value})"
        return f"{self.where or 'generated'}: {self.severity}: {self.node}: {self.message}{value} [{self.shape}]"


class ShapeViolations(PolicingGoalsError):
    """The graph has Violations; one line for each."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        count = len(findings)
        advice = f"{count} violation{'s' * (count != 1)}: fix the files named and build again."
        super().__init__("\n".join([*map(str, findings), advice]))


class SnapshotError(PolicingGoalsError):
    """A snapshot cannot be read or written."""


class BundleError(PolicingGoalsError):
    """Third-party JavaScript cannot be fetched, or an image not be drawn."""


class ExportError(PolicingGoalsError):
    """Files cannot be written to a directory."""


class HostError(PolicingGoalsError):
    """The machine lacks what a server needs."""


class AddressError(PolicingGoalsError):
    """The address or port to listen on is not available."""


class QueryError(PolicingGoalsError):
    """A request that fails; status, title and headers are those of the response (RFC 9110)."""

    status = 400
    title = "Bad request"
    headers: tuple[tuple[str, str], ...] = ()


class BadRequest(QueryError):
    """A request that does not follow the SPARQL 1.1 Protocol."""


@dataclass(frozen=True)
class Position:
    """A place in a query.

    line and column: counted from one; text: of the line, of a long one MAX_QUOTED characters around the place; first:
    the column of the first character of the text.
    """

    line: int
    column: int
    text: str
    first: int = 1

    @classmethod
    def in_line(cls, line: int, column: int, text: str) -> "Position":
        """A place in a line of any length."""
        before = max(0, min(column - 1 - MAX_QUOTED // 2, len(text) - MAX_QUOTED))
        return cls(line, column, text[before : before + MAX_QUOTED], before + 1)


class QuerySyntaxError(QueryError):
    """A query that does not parse; `position` is None if the place is unknown."""

    title = "The query does not parse"

    def __init__(self, detail: Message | str, position: Position | None = None) -> None:
        super().__init__(detail)
        self.position = position


class ForbiddenQuery(QueryError):
    """A query that this read-only endpoint refuses: an update, LOAD, SERVICE."""

    status = 403
    title = "Not allowed here"


class NotFound(QueryError):
    """A graph, entity or file that does not exist."""

    status = 404
    title = "Not found"


class Gone(QueryError):
    """An entity that has been retired; `successor` is the IRI of its replacement, empty if there is none."""

    status = 410
    title = "Retired"

    def __init__(self, detail: Message | str, successor: str) -> None:
        super().__init__(detail)
        self.headers = (("Link", f'<{successor}>; rel="successor-version"'),) if successor else ()


class MethodNotAllowed(QueryError):
    """A method that the resource does not support; `methods` are those that it supports."""

    status = 405
    title = "Method not allowed"

    def __init__(self, detail: Message | str, methods: Sequence[str]) -> None:
        super().__init__(f"{detail} Use {', '.join(methods)}.")
        self.headers = (("Allow", ", ".join(methods)),)


class QueryFailed(QueryError):
    """A query that parses but cannot be evaluated, such as one with an unknown function."""

    title = "The query cannot be evaluated"


class ServiceFailed(QueryError):
    """A query whose SERVICE clause asks an endpoint that fails."""

    status = 502
    title = "Another endpoint failed"


class BackendFailed(QueryError):
    """The back end that evaluates the queries fails, or has another snapshot."""

    status = 502
    title = "The back end failed"


class QueryTooDeep(QueryError):
    """A query nested so deeply that evaluating it overflows the stack."""

    title = "The query is nested too deeply"


class QueryCrashed(QueryError):
    """A query that makes the engine crash."""

    status = 500
    title = "The query makes the engine crash"


class QueryTooSlow(QueryError):
    """A query that was still running, or waiting, at the end of its time limit."""

    status = 504
    title = "The query took too long"


class QueryOutOfMemory(QueryError):
    """A query that needs more memory than its limit."""

    status = 503
    title = "The query needs too much memory"


class ResultTooLarge(QueryError):
    """A result larger than its limit."""

    status = 413
    title = "The result is too large"


class SpoolFull(QueryError):
    """No space on disk for a large result."""

    status = 503
    title = "No space for the result"
    headers = (("Retry-After", "60"),)


class TooManyRequests(QueryError):
    """More waiting requests of one client than its limit; `seconds` is when some of them will have finished."""

    status = 429
    title = "Too many requests at once"

    def __init__(self, detail: Message | str, seconds: int) -> None:
        super().__init__(detail)
        self.headers = (("Retry-After", str(seconds)),)


class ClientLeft(QueryError):
    """Nobody waits for the response of a request; nobody reads this either."""

    status = 408
    title = "The client has left"


class BodyTooLarge(QueryError):
    """A request body larger than its limit."""

    status = 413
    title = "The request is too large"
    headers = (("Connection", "close"),)


class UriTooLong(QueryError):
    """A request target longer than its limit."""

    status = 414
    title = "The address is too long"


class HeadTooLarge(QueryError):
    """Header lines that are too many or too long."""

    status = 431
    title = "The header is too large"


class VersionNotSupported(QueryError):
    """A version of HTTP that the server does not speak."""

    status = 505
    title = "HTTP version not supported"


class MethodNotImplemented(QueryError):
    """A method that HTTP does not have."""

    status = 501
    title = "No such method"


class DamagedFile(QueryError):
    """A file of the snapshot that is not what the build wrote."""

    status = 500
    title = "A file is damaged"


class ExpectationFailed(QueryError):
    """An Expect header that the server does not understand."""

    status = 417
    title = "Expectation failed"


class RequestTooSlow(QueryError):
    """A request whose head or body did not arrive within its time limit."""

    status = 408
    title = "The request took too long to arrive"
    headers = (("Connection", "close"),)


class ServerFault(QueryError):
    """A fault of this server."""

    status = 500
    title = "The server failed"


class PreconditionFailed(QueryError):
    """A condition of the request (If-Match, If-None-Match) that does not hold."""

    status = 412
    title = "Precondition failed"


class Busy(QueryError):
    """More queries than may wait, or a worker that crashed through no fault of the query."""

    status = 503
    title = "Too busy"
    headers = (("Retry-After", "1"),)


class NotAcceptable(QueryError):
    """None of the accepted media types can carry the result."""

    status = 406
    title = "No such format"


class UnsupportedMediaType(QueryError):
    """A request body of a type that the SPARQL 1.1 Protocol does not have."""

    status = 415
    title = "Unsupported media type"


class UnsupportedCoding(UnsupportedMediaType):
    """A request body that is compressed; the header names what is accepted (RFC 9110, section 15.5.16)."""

    headers = (("Accept-Encoding", "identity"),)


class SavedQueryError(PolicingGoalsError):
    """A saved query cannot be run as requested."""


class UnknownSavedQuery(SavedQueryError):
    """No saved query has that name."""


class ParameterError(SavedQueryError):
    """A parameter is unknown, missing, or of the wrong type."""
