"""Thread-safe lazy initialisation."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Lazy(Generic[Value]):
    """Calls a function the first time, in one thread while the others wait, and returns its value each time."""

    def __init__(self, compute: Callable[[], Value]) -> None:
        self._compute = compute
        self._lock = threading.Lock()
        self._values: list[Value] = []

    def __call__(self) -> Value:
        """The value of the function."""
        with self._lock:
            if not self._values:
                self._values.append(self._compute())
        return self._values[0]
