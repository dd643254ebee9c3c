"""The graph as files, at /data/: changes when they are given out otherwise."""

from flask import Blueprint, Response, render_template, request

from policing_goals.engine.dataset import Dataset
from policing_goals.errors import NotFound
from policing_goals.model.snapshot_format import Manifest
from policing_goals.web.http.i18n import render_standalone
from policing_goals.web.http.problems import problem
from policing_goals.web.http.responses import FRESHNESS, to_response

CHECKSUMS = "SHA256SUMS"


def blueprint(dataset: Dataset) -> Blueprint:
    """The files of a dataset, with a page that lists them and their checksums."""
    routes = Blueprint("files", __name__)
    data = dataset.manifest.data

    @routes.get("/data/")
    def listing() -> Response:
        return _kept(Response(render_template("data.html", manifest=dataset.manifest, data=data)), dataset)

    @routes.get(f"/data/{CHECKSUMS}")
    def checksums() -> Response:
        lines = "".join(f"{fields['sha256']}  {name}\n" for name, fields in sorted(data.items()))
        return _kept(Response(lines, content_type="text/plain; charset=utf-8"), dataset)

    @routes.get("/data/<name>")
    def file(name: str) -> Response:
        path = dataset.files / name if dataset.files and name in data else None
        if path is None or not path.is_file():
            known = ", ".join(sorted(data)) if path is None else "a newer snapshot has replaced it: ask again"
            refusal = NotFound(f"There is no file {name[:80]}. There are: {known}.")
            return to_response(problem(refusal, request.headers.get("Accept", "")))
        media_type = data[name]["media_type"]
        charset = "; charset=utf-8" if media_type.startswith("text/") else ""
        content = path.read_bytes()
        response = Response(content, content_type=media_type + charset)
        response.set_etag(data[name]["sha256"])
        response.headers["Cache-Control"] = FRESHNESS
        response.make_conditional(request, accept_ranges=True, complete_length=len(content))
        return response

    return routes


def index_page(manifest: Manifest) -> str:
    """The page that lists the files, standing alone beside them."""
    return render_standalone("data.html", manifest=manifest, data=manifest.data)


def _kept(response: Response, dataset: Dataset) -> Response:
    response.set_etag(dataset.manifest.sha256()[:32])
    response.headers["Cache-Control"] = FRESHNESS
    response.make_conditional(request)
    return response
