"""The command line: changes when there is another command."""

import click

from policing_goals.commands import making, serving, taking
from policing_goals.commands.shared import Commands


@click.group(cls=Commands, context_settings={"auto_envvar_prefix": "POLICING_GOALS"})
@click.version_option(package_name="policing-goals")
def main() -> None:
    """INTERPOL's Global Policing Goals as a knowledge graph with a SPARQL endpoint."""


for command in (
    making.build,
    making.validate,
    serving.serve,
    taking.query,
    serving.bundle,
    serving.mcp,
    making.import_,
    taking.export,
    taking.release,
    serving.htaccess,
):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="policing-goals")
