"""The command line."""

import click

from policing_goals.cli import build, doctor, export, serve, snapshots
from policing_goals.cli.common import Commands

EXAMPLES = """\b
Examples:
  policing-goals serve                                 serve the site and the endpoint
  policing-goals query                                 list the saved queries
  policing-goals query goals -p lang=fr --format csv   run one
  policing-goals import FILE --graph IRI               add other data

\b
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.
For completion in bash: eval "$(_POLICING_GOALS_COMPLETE=bash_source policing-goals)"; zsh and fish likewise."""


@click.group(cls=Commands, context_settings={"auto_envvar_prefix": "POLICING_GOALS"}, epilog=EXAMPLES)
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
    doctor.doctor,
):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="policing-goals")
