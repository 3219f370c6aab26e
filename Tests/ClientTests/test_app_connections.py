"""The connections application: a broadcast reaches whoever is there throughout, while others come and go."""

import threading
import time

import pytest

from apps.connections import Connections

THREADS = 8


@pytest.fixture
def connections(client, table_name):
    app = Connections(client, table_name)
    app.create_table()
    yield app
    client.delete_table(TableName=table_name)


def test_connect_and_disconnect(connections):
    connections.connect("c-1", "ann")
    connections.connect("c-2", "bob")
    assert sorted(connections.broadcast()) == ["c-1", "c-2"]
    connections.disconnect("c-1")
    connections.disconnect("c-1")
    assert connections.broadcast() == ["c-2"]


def test_broadcasts_while_five_hundred_come_and_go(connections, rng):
    """A connection that is there from before a scan to after it is in the scan once; one that is not there is in none."""
    stayers = [f"stayer-{n}" for n in range(200)]
    for start in range(0, 200, 25):
        connections.connect_many([connections.row(one, "stays") for one in stayers[start:start + 25]])

    guests = [f"guest-{n}" for n in range(500)]
    rng.shuffle(guests)
    there = {}  # guest -> when its connect began and ended, and its disconnect began and ended
    failures = []

    def come_and_go(share):
        try:
            for guest in share:
                began = time.monotonic()
                connections.connect(guest, "guest")
                connected = time.monotonic()
                leaving = time.monotonic()
                if int(guest.split("-")[1]) % 4:
                    connections.disconnect(guest)
                    there[guest] = (began, connected, leaving, time.monotonic())
                else:
                    there[guest] = (began, connected, float("inf"), float("inf"))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=come_and_go, args=(guests[n::THREADS],)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    scans = []
    while any(thread.is_alive() for thread in threads) or len(scans) < 3:
        started = time.monotonic()
        reached = connections.broadcast(page_size=60)
        scans.append((started, time.monotonic(), reached))
    for thread in threads:
        thread.join()
    assert failures == []

    for started, ended, reached in scans:
        assert len(reached) == len(set(reached)), "nobody hears a message twice"
        reached = set(reached)
        assert reached.issuperset(stayers)
        for guest, (began, connected, leaving, gone) in there.items():
            if connected < started and leaving > ended:
                assert guest in reached, f"{guest} was there throughout"
            if gone < started or began > ended:
                assert guest not in reached, f"{guest} was not there"
    final = {guest for guest, times in there.items() if times[3] == float("inf")}
    assert set(connections.broadcast()) == final | set(stayers)
