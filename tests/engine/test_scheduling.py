"""The scheduler: clients take turns, short queries always find a place, and nobody waits for a client with many."""

import pytest

from policing_goals.engine.scheduling import (
    MIDDLE_SECONDS,
    SHORT_SECONDS,
    WAITING_BYTES,
    FairQueue,
    Places,
    Scheduler,
    Stage,
    Ticket,
)
from policing_goals.errors import Busy, TooManyRequests

TICK = 0.025


class Machine:
    """Runs tickets of a scheduler in simulated time; each place is a core."""

    def __init__(self, running: int = 4, paused: int = 4, waiting: int = 1000, per_client: int = 0) -> None:
        self.scheduler: Scheduler[Ticket] = Scheduler(Places(running, paused, waiting, per_client))
        self.now = 0.0
        self.needs: dict[Ticket, float] = {}
        self.ends: dict[Ticket, float] = {}
        self.active: set[Ticket] = set()
        self.stopped = 0

    def ask(self, client: str, seconds: float) -> Ticket:
        """A new query of a client that needs so many CPU seconds."""
        ticket = Ticket(client)
        self.needs[ticket] = seconds
        self.scheduler.add(ticket)
        self.step()
        return ticket

    def step(self) -> None:
        step = self.scheduler.step()
        self.stopped += len(step.stop)
        self.active = self.active - {*step.pause, *step.stop} | {*step.run}

    def work(self, seconds: float = TICK) -> None:
        """Let the time pass."""
        for _ in range(round(seconds / TICK)):
            self.now += TICK
            for ticket in list(self.active):
                self.scheduler.use(ticket, ticket.used + TICK)
                if ticket.used >= self.needs[ticket]:
                    self.active.discard(ticket)
                    self.ends[ticket] = self.now
                    self.scheduler.remove(ticket)
            self.step()

    def clients(self, stage: Stage) -> list[str]:
        """The clients whose queries of a stage run."""
        return sorted(ticket.client for ticket in self.active if ticket.stage is stage)


def test_clients_take_turns_whatever_each_has_waiting() -> None:
    queue: FairQueue[Ticket] = FairQueue()
    for client in "aaaabbc":
        queue.push(Ticket(client))

    assert "".join(queue.pop().client for _ in range(7)) == "abcabaa"


def test_a_client_that_has_used_much_waits_for_others() -> None:
    queue: FairQueue[Ticket] = FairQueue()
    for client in "ababab":
        queue.push(Ticket(client))
    queue.charge("a", 0.35)

    assert "".join(queue.pop().client for _ in range(6)) == "bbbaaa"


def test_a_ticket_that_is_removed_does_not_come() -> None:
    queue: FairQueue[Ticket] = FairQueue()
    tickets = [Ticket("a"), Ticket("a"), Ticket("b")]
    for ticket in tickets:
        queue.push(ticket)

    assert queue.remove(tickets[0])
    assert not queue.remove(tickets[0])
    assert queue.pop() is tickets[1]
    assert queue.others("a")
    assert not queue.others("b")
    assert queue.pop() is tickets[2]
    assert len(queue) == 0


def test_a_new_query_runs_at_once_beside_runaways() -> None:
    machine = Machine()
    for _ in range(12):
        machine.ask("a", 1000)
    machine.work(30)
    new = machine.ask("a", 0.05)

    assert new in machine.active


def test_runaways_of_one_client_leave_a_place_to_each_class() -> None:
    machine = Machine()
    for _ in range(12):
        machine.ask("a", 1000)
    machine.work(60)
    middle = [machine.ask(client, 1.0) for client in "bc"]
    machine.work(0.3)

    assert machine.clients(Stage.MIDDLE) == ["b", "c"]
    assert machine.clients(Stage.LONG) == ["a"]
    machine.work(3)
    assert all(ticket in machine.ends for ticket in middle)


@pytest.mark.parametrize("clients", [1, 5])
def test_middle_queries_of_others_are_not_held_up_by_runaways(clients: int) -> None:
    machine = Machine()
    for _ in range(12):
        machine.ask("bully", 1000)
    machine.work(1)
    times = []
    for _ in range(10):
        asked = [machine.ask(f"client {number}", 0.3) for number in range(clients)]
        begun = machine.now
        machine.work(2)
        times += [machine.ends[ticket] - begun for ticket in asked]

    assert max(times) <= 4 * 0.3


def test_long_places_are_shared_between_clients() -> None:
    machine = Machine(running=5)
    for _ in range(8):
        machine.ask("a", 1000)
    machine.work(60)
    assert machine.clients(Stage.LONG) == ["a"] * 4
    for client in "bbc":
        machine.ask(client, 1000)
    machine.work(30)

    assert machine.clients(Stage.LONG).count("a") <= 2
    assert {"b", "c"} & set(machine.clients(Stage.LONG))


def test_all_long_queries_finish_when_they_can() -> None:
    machine = Machine(paused=3)
    tickets = [machine.ask(client, 4) for client in "aaaaabbcde"]
    machine.work(120)

    assert machine.ends.keys() == set(tickets)
    assert machine.scheduler.paused == machine.scheduler.waiting == 0


def test_no_more_are_paused_than_may_keep_a_process() -> None:
    machine = Machine(paused=2)
    for number in range(10):
        machine.ask(f"client {number}", 5)
    for _ in range(4000):
        machine.work()
        assert machine.scheduler.paused <= 2

    assert machine.stopped > 0
    assert len(machine.ends) == 10


def test_a_query_becomes_middle_and_long_by_its_cpu_time() -> None:
    scheduler: Scheduler[Ticket] = Scheduler(Places(4, 4, 10))
    ticket = Ticket("a")
    scheduler.add(ticket)
    scheduler.step()
    seen = []
    for seconds in (SHORT_SECONDS, SHORT_SECONDS + TICK, MIDDLE_SECONDS, MIDDLE_SECONDS + TICK):
        scheduler.use(ticket, seconds)
        seen.append(ticket.stage)

    assert seen == [Stage.SHORT, Stage.MIDDLE, Stage.MIDDLE, Stage.LONG]


@pytest.mark.parametrize("running", [1, 2])
def test_few_places_serve_everyone_in_the_end(running: int) -> None:
    machine = Machine(running=running, paused=1)
    tickets = [machine.ask(client, seconds) for client, seconds in zip("aabbc", (3, 0.05, 0.5, 3, 0.05), strict=True)]
    machine.work(60)

    assert machine.ends.keys() == set(tickets)


def test_a_client_with_too_many_waiting_is_told_when_to_come_again() -> None:
    machine = Machine(running=2, per_client=10)
    for _ in range(12):
        machine.ask("a", 20)
    with pytest.raises(TooManyRequests, match="10 of your queries are waiting") as refused:
        machine.ask("a", 20)
    machine.ask("b", 1)

    assert int(dict(refused.value.headers)["Retry-After"]) >= 1


def test_too_many_or_too_large_waiting_queries_are_refused() -> None:
    many = Machine(running=1, waiting=2)
    for client in "abc":
        many.ask(client, 1)
    with pytest.raises(Busy):
        many.ask("d", 1)

    large: Scheduler[Ticket] = Scheduler(Places(1, 1, 100))
    large.add(Ticket("a"))
    large.step()
    waiting = Ticket("b", WAITING_BYTES)
    large.add(waiting)
    with pytest.raises(Busy):
        large.add(Ticket("c", 1))
    large.remove(waiting)
    large.add(Ticket("c", 1))
