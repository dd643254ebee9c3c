"""The SPARQL 1.1 Protocol, query side, read-only: changes when the protocol does.

GET with `query`, POST of a form with `query`, POST of application/sparql-query.
"""

from flask import Blueprint, Request, Response, request

from server.engine.store import Dataset, kind_of
from server.errors import BadRequest, ForbiddenQuery, UnsupportedMediaType
from server.web.negotiation import choose

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"


def blueprint(dataset: Dataset) -> Blueprint:
    """The route /sparql over a dataset."""
    routes = Blueprint("sparql", __name__)

    @routes.route("/sparql", methods=["GET", "POST"])
    def sparql() -> Response:
        """Answer one query in the best format that the client accepts."""
        result = dataset.ask(query_text(request))
        form = choose(request.headers.get("Accept", ""), kind_of(result))
        charset = "; charset=utf-8" if form.media_type.startswith("text/") else ""
        response = Response(dataset.write(result, form), content_type=form.media_type + charset)
        response.vary.add("Accept")
        return response

    return routes


def query_text(asked: Request) -> str:
    """The text of the one query that a request carries.

    Raises BadRequest if there is none or more than one, ForbiddenQuery for an
    update, UnsupportedMediaType for a body of another kind.
    """
    fields = asked.args
    texts = fields.getlist("query")
    if asked.method == "POST":
        if asked.mimetype == UPDATE:
            raise ForbiddenQuery("Updates are refused: this endpoint is read-only.")
        if asked.mimetype == QUERY:
            texts = [*texts, _utf8(asked.get_data())]
        elif asked.mimetype == FORM:
            texts = [*texts, *asked.form.getlist("query")]
        else:
            raise UnsupportedMediaType(f"Send the query as {FORM} or {QUERY}, not as {asked.mimetype or 'nothing'}.")
    if "update" in {*fields, *asked.form}:
        raise ForbiddenQuery("Updates are refused: this endpoint is read-only.")
    graphs = {"default-graph-uri", "named-graph-uri"} & {*fields, *asked.form}
    if graphs:
        raise BadRequest(f"{min(graphs)} is not supported. Write FROM or FROM NAMED in the query instead.")
    if len(texts) != 1:
        raise BadRequest(f"Send exactly one query: /sparql?query=…; this request has {len(texts)}.")
    return texts[0]


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The query is not UTF-8: byte {error.start} cannot be read.") from error
