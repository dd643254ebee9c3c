"""Pages that stand alone, with their style inside: changes when they need more than that."""

from flask import Flask, render_template

from policing_goals.web.language import give_words


def render_alone(template: str, **values: object) -> str:
    """A page from a template of the site, without a server behind it."""
    app = Flask("policing_goals")
    give_words(app)
    with app.test_request_context(), app.open_resource("static/site.css", encoding="utf-8", mode="r") as style:
        return render_template(template, style=str(style.read()), **values)
