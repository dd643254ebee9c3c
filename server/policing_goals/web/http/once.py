"""What is made when it is first asked for, and once: changes when that should happen otherwise."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Once(Generic[Thing]):
    """Calls a function once, in one thread while the others wait, and keeps what it gave."""

    def __init__(self, make: Callable[[], Thing]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: list[Thing] = []

    def __call__(self) -> Thing:
        """What was made."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
        return self._made[0]
