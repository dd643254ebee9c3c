"""The redirects for w3id.org, in Apache itself."""

import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from click.testing import CliRunner

from policing_goals.__main__ import main
from policing_goals.engine.dataset import Dataset
from tests.support.processes import free_port
from tests.support.programs import need

SERVICE = "https://goals.example.org/gpg/"
MODULES = ("mpm_event", "authz_core", "alias", "rewrite", "headers", "mime")
CONFIGURATION = """
ServerRoot {root}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {root}/pid
ErrorLog {root}/error.log
TypesConfig /dev/null
DocumentRoot {root}/www
{modules}
<Directory {root}/www>
  AllowOverride All
  Require all granted
</Directory>
"""
CASES = {
    "goal-3": 303,
    "link-objective-6.3-sdg-16.4": 303,
    "objective-1.6": 303,
    "goal-3.ttl": 302,
    "link-objective-6.3-sdg-16.4.jsonld": 302,
    "ontology": 302,
    "ontology-1.0.0": 302,
    "ontology.ttl": 302,
    "shapes": 302,
    "context.jsonld": 302,
    "context-1.0.0.jsonld": 302,
    "data/": 302,
    "data/goals.csv": 302,
    "queries/goals.csv?lang=fr": 302,
    "sparql?query=ASK%20%7B%7D": 302,
    "": 302,
}


def test_the_command_refuses_what_is_no_address() -> None:
    result = CliRunner().invoke(main, ["htaccess", "goals.example.org"])

    assert result.exit_code == 2
    assert "https://example.org/goals/" in result.output


@pytest.fixture(scope="module")
def apache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an Apache with the redirects below /global-policing-goals/, as at w3id.org."""
    program = need("apache")
    root = tmp_path_factory.mktemp("apache")
    site = root / "www/global-policing-goals"
    site.mkdir(parents=True)
    (site / ".htaccess").write_text(CliRunner().invoke(main, ["htaccess", SERVICE]).output, "utf-8")
    port = free_port()
    modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES)
    (root / "httpd.conf").write_text(CONFIGURATION.format(root=root, port=port, modules=modules), "utf-8")
    # Apache gives up root for a user who must be able to read the site.
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    for parent in root.parents[:3]:
        parent.chmod(parent.stat().st_mode | 0o055)
    process = subprocess.Popen([program, "-f", root / "httpd.conf", "-D", "FOREGROUND"])
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=60).close()
            break
        except OSError:
            time.sleep(0.05)
    yield port
    process.terminate()
    process.wait(10)


@pytest.mark.parametrize("name", CASES)
def test_a_permanent_address_leads_to_the_service(name: str, apache: int) -> None:
    connection = HTTPConnection("127.0.0.1", apache, timeout=60)
    connection.request("GET", f"/global-policing-goals/{name}", headers={"Accept": "text/turtle"})
    response = connection.getresponse()

    assert (response.status, response.headers["Location"]) == (CASES[name], SERVICE + name)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    connection.close()


def test_every_name_of_ours_is_led_on(apache: int, dataset: Dataset) -> None:
    connection = HTTPConnection("127.0.0.1", apache, timeout=60)
    for name in dataset.names:
        connection.request("HEAD", f"/global-policing-goals/{name}")
        response = connection.getresponse()
        response.read()
        assert response.headers["Location"] == SERVICE + name
        assert response.status in (302, 303)
    connection.close()
