"""The downloads at /data/, with a page that lists them and their checksums."""

from flask import Blueprint, Response

from policing_goals.errors import NotFound, message
from policing_goals.model.snapshot_format import Manifest
from policing_goals.near_matches import did_you_mean
from policing_goals.web.context import current_dataset
from policing_goals.web.http.caching import success
from policing_goals.web.http.i18n import render_standalone
from policing_goals.web.http.responses import cacheable_response, conditional, html_response, to_response

CHECKSUMS = "SHA256SUMS"

blueprint = Blueprint("downloads", __name__)


@blueprint.get("/data/")
def listing() -> Response:
    """The list of the files."""
    manifest = current_dataset().manifest
    return html_response("data.html", manifest=manifest, data=manifest.data)


@blueprint.get(f"/data/{CHECKSUMS}")
def checksums() -> Response:
    """The checksums of the files, as sha256sum reads them."""
    data = current_dataset().manifest.data
    lines = "".join(f"{fields['sha256']}  {name}\n" for name, fields in sorted(data.items()))
    return cacheable_response(lines.encode(), "text/plain", "")


@blueprint.get("/data/<name>")
def file(name: str) -> Response:
    """A file, or a range of it."""
    dataset = current_dataset()
    data = dataset.manifest.data
    if dataset.files is None or name not in data:
        raise NotFound(
            message(
                "There is no file {name}. {advice}",
                name=name[:80],
                advice=did_you_mean(name, sorted(data), "The list is at /data/."),
            )
        )
    reply = success(dataset.files.read(name), data[name]["media_type"], data[name]["sha256"])
    return conditional(to_response(reply), accept_ranges=True)


def index_page(manifest: Manifest) -> str:
    """The page that lists the files, to be saved beside them."""
    return render_standalone("data.html", manifest=manifest, data=manifest.data)
