"""What is made when it is first asked for, and once: changes when that should happen otherwise."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Once(Generic[Value]):
    """Calls a function once, in one thread while the others wait, and keeps what it gave."""

    def __init__(self, make: Callable[[], Value]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: list[Value] = []

    def __call__(self) -> Value:
        """What was made."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
        return self._made[0]
