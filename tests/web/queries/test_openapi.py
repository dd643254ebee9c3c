"""The OpenAPI 3.1 description: generated from the query headers, and true of the server."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from policing_goals.engine.dataset import Dataset
from tests.support.server import serving


def test_every_query_and_parameter_is_described(client: FlaskClient, dataset: Dataset) -> None:
    document = client.get("/openapi.json").get_json()

    assert document["openapi"] == "3.1.0"
    assert document["info"]["version"] == dataset.manifest.version
    for query in dataset.queries:
        operation = document["paths"][f"/queries/{query.name}.{{format}}"]["get"]
        told = {each["name"]: each for each in operation["parameters"]}
        assert set(told) == {"format", *(parameter.name for parameter in query.parameters)}
        for name in told["format"]["schema"]["enum"]:
            reply = client.get(f"/queries/{query.name}.{name}")
            assert reply.status_code == 200
            assert reply.content_type.partition(";")[0] in operation["responses"]["200"]["content"]
        for parameter in query.parameters:
            options = {option.value for option in parameter.options}
            assert set(told[parameter.name]["schema"].get("enum", [])) - {""} == options


def test_the_page_shows_every_operation(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    page = client.get("/api").get_data(as_text=True)

    for path, item in document["paths"].items():
        assert f"GET {path}</code>" in page
        assert f'id="{item["get"]["operationId"]}"' in page


@pytest.mark.parametrize(
    "phases", ["examples,fuzzing", pytest.param("examples,coverage,fuzzing,stateful", marks=pytest.mark.full)]
)
def test_requests_made_from_the_description_are_answered_as_it_says(
    phases: str, snapshot: Path, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        server = serving(stack, snapshot, tmp_path)
        address = f"http://127.0.0.1:{server.port}/openapi.json"
        options = ["--max-examples", "3", "--phases", phases, "--seed", "1", "--generation-database", "none"]
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", address, *options]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    assert done.returncode == 0, done.stdout[-5000:]
    assert "Selected: 58/58" in done.stdout


@pytest.mark.parametrize("path", ["/openapi.json", "/api"])
def test_both_hold_as_long_as_the_snapshot(path: str, client: FlaskClient) -> None:
    tag = client.get(path).headers["ETag"]

    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
