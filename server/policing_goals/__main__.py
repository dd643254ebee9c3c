"""The command line."""

import click

from policing_goals.cli import build, export, serve, snapshots
from policing_goals.cli.common import Commands


@click.group(cls=Commands, context_settings={"auto_envvar_prefix": "POLICING_GOALS"})
@click.version_option(package_name="policing-goals")
def main() -> None:
    """INTERPOL's Global Policing Goals as a knowledge graph with a SPARQL endpoint."""


for command in (
    build.build,
    build.validate,
    serve.serve,
    export.query,
    serve.bundle,
    serve.mcp,
    build.import_,
    export.export,
    export.publish,
    export.release,
    serve.htaccess,
    snapshots.snapshots,
):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="policing-goals")
