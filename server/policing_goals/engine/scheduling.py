"""Decide which queries run: fair queues between clients, and places for short, middle and long queries.

A query begins as short. Past SHORT_SECONDS of CPU time it is middle, past MIDDLE_SECONDS long. At most so many run at
once as there are places; one is free for short queries whenever they come, and middle and long ones have at least one
each where there are three. A query over its turn is paused, and resumed later; only if too many are paused, one is
stopped and begins again. Clients take turns by deficit round robin (Shreedhar and Varghese, 1995): each turn gives a
client an amount of CPU time, and what its queries used is taken from it.

This module does no input or output and reads no clock.
"""

import math
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, NamedTuple, TypeVar

from policing_goals.errors import Busy, TooManyRequests, message

SHORT_SECONDS, MIDDLE_SECONDS = 0.1, 2.0
# CPU seconds that a client gets in a turn, and the most that it can owe.
TURN_SECONDS, DEBT_SECONDS = 0.1, 2.0
WAITING_BYTES = 64 * 2**20
# Weight of the latest query in the average that Retry-After is estimated from.
LATEST = 0.05


class Stage(IntEnum):
    """How long a query has run."""

    SHORT = 0
    MIDDLE = 1
    LONG = 2


# CPU seconds that a query of a stage may run on while another client waits for its place.
SLICE_SECONDS = {Stage.SHORT: math.inf, Stage.MIDDLE: 0.25, Stage.LONG: 1.0}


@dataclass(eq=False)
class Ticket:
    """A query in the scheduler.

    size: bytes that it takes while it waits; begun: whether it has a process; used: its CPU seconds; resumed: how many
    of them it had used when it last began to run.
    """

    client: str
    size: int = 0
    stage: Stage = Stage.SHORT
    begun: bool = False
    used: float = 0.0
    resumed: float = 0.0


T = TypeVar("T", bound=Ticket)


class FairQueue(Generic[T]):
    """A queue for each client; clients take turns."""

    def __init__(self) -> None:
        self._queues: OrderedDict[str, deque[T]] = OrderedDict()
        self._balance: dict[str, float] = {}
        self._length = 0

    def __len__(self) -> int:
        """The number of tickets."""
        return self._length

    def waiting(self, client: str) -> int:
        """The number of tickets of a client."""
        return len(self._queues.get(client, ()))

    def others(self, client: str) -> bool:
        """Whether another client waits."""
        return len(self._queues) > (client in self._queues)

    def push(self, ticket: T, first: bool = False) -> None:
        """Add a ticket at the end of its client's queue, or at the beginning."""
        queue = self._queues.setdefault(ticket.client, deque())
        (queue.appendleft if first else queue.append)(ticket)
        self._length += 1

    def pop(self) -> T:
        """Remove and return the next ticket."""
        return self.pop_of(lambda _: True)

    def clients(self) -> Iterator[str]:
        """The clients that wait."""
        return iter(self._queues)

    def pop_of(self, may: Callable[[str], bool]) -> T:
        """Remove and return the next ticket of a client that may have its turn; there must be one."""
        while True:
            client, queue = next(iter(self._queues.items()))
            if not may(client):
                self._queues.move_to_end(client)
            elif self._balance.get(client, TURN_SECONDS) > 0:
                ticket = queue.popleft()
                self._length -= 1
                self._queues.move_to_end(client)
                self._drop_if_empty(client)
                return ticket
            else:
                self._balance[client] += TURN_SECONDS
                self._queues.move_to_end(client)

    def charge(self, client: str, seconds: float) -> None:
        """Take the CPU seconds that a query used from a client that waits."""
        if client in self._queues:
            left = self._balance.get(client, TURN_SECONDS) - seconds
            self._balance[client] = max(left, -DEBT_SECONDS)

    def remove(self, ticket: T) -> bool:
        """Remove a ticket; False if it is not in the queue."""
        queue = self._queues.get(ticket.client)
        if queue is None or ticket not in queue:
            return False
        queue.remove(ticket)
        self._length -= 1
        self._drop_if_empty(ticket.client)
        return True

    def __iter__(self) -> Iterator[T]:
        """All tickets, by client."""
        for queue in self._queues.values():
            yield from queue

    def _drop_if_empty(self, client: str) -> None:
        if not self._queues[client]:
            del self._queues[client]
            self._balance.pop(client, None)


@dataclass(frozen=True)
class Places:
    """running: queries at once; paused: queries that may keep a process while they do not run.

    waiting: queries that may wait for their first place; per_client: the same for one client, 0 for no limit.
    """

    running: int
    paused: int
    waiting: int
    per_client: int = 0

    def slow(self) -> int:
        """Places that middle and long queries may take together: all but one, at least one."""
        return max(1, self.running - 1)


class Step(NamedTuple, Generic[T]):
    """What is to be done, in this order: tickets to pause, to stop, and to run (for the first time, or again)."""

    pause: list[T]
    stop: list[T]
    run: list[T]


class Scheduler(Generic[T]):
    """Decides which tickets run."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._queues: dict[Stage, FairQueue[T]] = {stage: FairQueue() for stage in Stage}
        self._running: dict[Stage, list[T]] = {stage: [] for stage in Stage}
        self._bytes = 0
        # CPU seconds of a query, on average over the latest.
        self._average = SHORT_SECONDS

    @property
    def waiting(self) -> int:
        """The number of tickets that wait for their first place."""
        return len(self._queues[Stage.SHORT])

    @property
    def paused(self) -> int:
        """The number of tickets that have a process and do not run."""
        return len(self._paused_tickets())

    def add(self, ticket: T, admitted: bool = False) -> None:
        """Let a new ticket wait; step() says when it runs. admitted: whether it may wait however many do.

        Raises TooManyRequests if too many of its client wait, and Busy if too many do in all.
        """
        queue, places = self._queues[Stage.SHORT], self._places
        if not admitted and self._is_full():
            own = queue.waiting(ticket.client)
            if places.per_client and own >= places.per_client:
                raise self._too_many(own)
            if len(queue) >= places.waiting or self._bytes + ticket.size > WAITING_BYTES:
                raise too_many_queries()
        queue.push(ticket)
        self._bytes += ticket.size

    def use(self, ticket: T, seconds: float) -> None:
        """Note that a running ticket has used so many CPU seconds by now."""
        for queue in self._queues.values():
            if queue:
                queue.charge(ticket.client, seconds - ticket.used)
        ticket.used = seconds
        if seconds <= SHORT_SECONDS:
            return
        stage = Stage((seconds > SHORT_SECONDS) + (seconds > MIDDLE_SECONDS))
        if stage > ticket.stage and ticket in self._running[ticket.stage]:
            self._running[ticket.stage].remove(ticket)
            ticket.stage = stage
            self._running[stage].append(ticket)

    def remove(self, ticket: T) -> None:
        """Forget a ticket that has finished or is not wanted any more."""
        if ticket in self._running[ticket.stage]:
            self._running[ticket.stage].remove(ticket)
            self._average += LATEST * (ticket.used - self._average)
        elif self._queues[ticket.stage].remove(ticket) and not ticket.begun and ticket.stage is Stage.SHORT:
            self._bytes -= ticket.size

    def step(self) -> Step[T]:
        """What is to be done now; the tickets count as paused, stopped and running from now on."""
        if not self._demand(Stage.MIDDLE) and not self._demand(Stage.LONG):
            return Step([], [], self._fill_with_short())
        pause = [ticket for stage in (Stage.MIDDLE, Stage.LONG) for ticket in self._pause(stage)]
        run = [ticket for stage in Stage for ticket in self._fill(stage)]
        unchanged = [ticket for ticket in pause if ticket in run]
        stop = self._stop()
        return Step(
            [ticket for ticket in pause if ticket not in unchanged],
            stop,
            [ticket for ticket in run if ticket not in unchanged],
        )

    def _is_full(self) -> bool:
        return bool(self._queues[Stage.SHORT]) or sum(map(len, self._running.values())) >= self._places.running

    def _too_many(self, own: int) -> TooManyRequests:
        seconds = max(1, math.ceil(own * self._average / self._places.slow()))
        return TooManyRequests(
            message("{number} of your queries are waiting. Let some of them finish, then try again.", number=own),
            seconds,
        )

    def _demand(self, stage: Stage) -> int:
        return len(self._running[stage]) + len(self._queues[stage])

    def _limit(self, stage: Stage) -> int:
        # Where there are three places, each stage that has tickets has one of its own; long ones give up all others.
        slow = self._places.slow()
        middle, long = (min(1, self._demand(each)) for each in (Stage.MIDDLE, Stage.LONG))
        if stage is Stage.SHORT:
            return max(1, self._places.running - min(slow, middle + long))
        if stage is Stage.MIDDLE:
            return max(1, slow - long)
        return max(min(1, slow - 1), slow - self._demand(Stage.MIDDLE))

    def _pause(self, stage: Stage) -> Iterator[T]:
        running, limit = self._running[stage], self._limit(stage)
        while len(running) > limit:
            yield self._put_back(self._youngest(running), first=True)
        for ticket in list(running):
            if (
                self._has_room()
                and ticket.used - ticket.resumed >= SLICE_SECONDS[stage]
                and self._is_wanted(ticket, limit)
            ):
                yield self._put_back(ticket, first=False)

    def _has_room(self) -> bool:
        """Whether another query can be paused without harm: at most to a client that has most of the paused ones."""
        paused = self._paused_tickets()
        if len(paused) < self._places.paused:
            return True
        return max(Counter(ticket.client for ticket in paused).values(), default=0) > self._places.paused / 2

    def _paused_tickets(self) -> list[T]:
        return [ticket for stage in (Stage.MIDDLE, Stage.LONG) for ticket in self._queues[stage] if ticket.begun]

    def _is_wanted(self, ticket: T, limit: int) -> bool:
        """Whether another client waits for the place of a running ticket; limit: of the tickets of its stage."""
        client = ticket.client
        own = sum(each.client == client for each in self._running[ticket.stage])
        short = self._queues[Stage.SHORT].others(client) and own > limit / 2
        return short or self._queues[ticket.stage].others(client)

    def _youngest(self, running: list[T]) -> T:
        counts = Counter(ticket.client for ticket in running)
        return max(reversed(running), key=lambda ticket: counts[ticket.client])

    def _put_back(self, ticket: T, first: bool) -> T:
        self._running[ticket.stage].remove(ticket)
        self._queues[ticket.stage].push(ticket, first)
        return ticket

    def _fill(self, stage: Stage) -> Iterator[T]:
        queue, running = self._queues[stage], self._running[stage]
        while queue and len(running) < self._limit(stage) and self._has_place(stage):
            yield self._begin(queue.pop())

    def _fill_with_short(self) -> list[T]:
        # The usual case, and much faster than the general one.
        queue, running, begun = self._queues[Stage.SHORT], self._running[Stage.SHORT], []
        while queue and len(running) < self._places.running:
            begun.append(self._begin(queue.pop()))
        return begun

    def _begin(self, ticket: T) -> T:
        if ticket.stage is Stage.SHORT:
            self._bytes -= ticket.size
        ticket.begun, ticket.resumed = True, ticket.used
        self._running[ticket.stage].append(ticket)
        return ticket

    def _has_place(self, stage: Stage) -> bool:
        if sum(map(len, self._running.values())) >= self._places.running:
            return False
        return stage is Stage.SHORT or self._slow_running() < self._places.slow()

    def _slow_running(self) -> int:
        return len(self._running[Stage.MIDDLE]) + len(self._running[Stage.LONG])

    def _stop(self) -> list[T]:
        # Of the client with most, the one that loses least.
        paused = self._paused_tickets()
        counts = Counter(ticket.client for ticket in paused)
        stopped: list[T] = []
        while len(stopped) < len(paused) - self._places.paused:
            begun = [ticket for ticket in paused if ticket.begun]
            ticket = max(begun, key=lambda each: (counts[each.client], -each.used))
            counts[ticket.client] -= 1
            # It keeps its stage, and so its queue.
            ticket.begun, ticket.used, ticket.resumed = False, 0.0, 0.0
            stopped.append(ticket)
        return stopped


def too_many_queries() -> Busy:
    """The error where too many queries of all clients wait."""
    return Busy("Too many queries are waiting. Try again in a second.")
