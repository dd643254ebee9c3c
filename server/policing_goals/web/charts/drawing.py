"""The SVG of a layout, with its title and description above it and its source below it."""

from flask import render_template

from policing_goals.web.charts.colours import SCALE, sdg_colour
from policing_goals.web.charts.text_fit import fit_lines, text_width
from policing_goals.web.context import current_dataset, dataset_date


def draw(template: str, layout: object, root: str, alone: bool, **values: str) -> str:
    """The SVG of a layout by a template of templates/charts/.

    root: of the addresses that it links to, empty for a drawing without links; alone: it is a file of its own, and not
    a part of a page; values: name and part of a chart of the catalogue, or else a heading.
    """
    dataset = current_dataset()
    return render_template(
        f"charts/{template}", layout=layout, root=root, alone=alone, sdg_colour=sdg_colour, scale=SCALE,
        fit_lines=fit_lines, text_width=text_width, version=dataset.manifest.version, modified=dataset_date(dataset),
        **values,
    )  # fmt: skip
