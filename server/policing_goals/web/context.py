"""What the views of one site share: the dataset, the query runner, and values computed once from the dataset."""

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from flask import Flask, current_app
from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.engine.query_job import QueryRunner
from policing_goals.vocabulary import GPG

DATASET = NamedNode(f"{GPG}dataset")
EXTENSION = "policing_goals"
Value = TypeVar("Value")


class SiteContext:
    """The dataset and the query runner of a site. The runner may be called from any thread."""

    def __init__(self, dataset: Dataset, runner: QueryRunner) -> None:
        self.dataset = dataset
        self.runner = runner
        # A value may need another one.
        self._lock = threading.RLock()
        self._values: dict[Hashable, Any] = {}

    def once(self, compute: Callable[[Dataset], Value]) -> Value:
        """The value that a function gives for the dataset, computed once, when it is first needed."""
        if compute not in self._values:
            with self._lock:
                if compute not in self._values:
                    self._values[compute] = compute(self.dataset)
        return cast(Value, self._values[compute])


def install_context(app: Flask, dataset: Dataset, runner: QueryRunner) -> None:
    """Let the views of an application use a dataset and a query runner."""
    app.extensions[EXTENSION] = SiteContext(dataset, runner)


def current_site() -> SiteContext:
    """The context of the application that handles the request."""
    return cast(SiteContext, current_app.extensions[EXTENSION])


def current_dataset() -> Dataset:
    """The dataset of the application that handles the request."""
    return current_site().dataset


def dataset_date(dataset: Dataset) -> str:
    """The day of the last change of a dataset, as YYYY-MM-DD."""
    return GraphView(dataset).value(DATASET, "dcterms:modified")
