"""kill -9 in the middle of each application's load: every acknowledged write is there after the restart, none is half there.

Twenty rounds for each, on folders that live through all the rounds of their application, so that each recovery starts from what the
last one left. In some rounds the recovering process is killed too. Memtables are as small as kvd allows, so that the kill
also meets tables being written and compacted.
"""

import hashlib
import random
import subprocess
import threading
import time

import pytest

from apps.connections import Connections
from apps.orders import DONE, PENDING, PROCESSING, Orders
from apps.parks import Parks
from aws_clients import client_for
from kvd_process import KvdProcess, free_port
from ledger import Ledger, ServerGone
from tables import table_request, wait_until_active
from values import av, item, plain

pytestmark = pytest.mark.process

THREADS = 8
SMALL_MEMTABLES = ("--memtable-size", "1MiB")


class OrdersLoad:
    """Each thread checks orders out, claims, finishes and cancels them."""

    def __init__(self):
        self.ledger = Ledger()

    def connect(self, client, first):
        self.app = Orders(client)
        if first:
            self.app.create_table()

    def step(self, thread, rng):
        customer = f"customer-{thread}"
        mine = [key for key in list(self.ledger.possible) if key[0] == customer]
        key = rng.choice(mine) if mine and rng.random() < 0.7 else (customer, f"order-{rng.randrange(10**9):09}")
        row = self.ledger.row(key)
        worker = f"worker-{thread}"
        if row is None:
            placed_at = f"2026-01-01T00:00:{rng.randrange(10**6):06}"
            note = rng.randbytes(rng.randrange(4000)).hex()
            self.ledger.write(
                {key: Orders.new_order(*key, placed_at, note)}, lambda: self.app.checkout(*key, placed_at, note))
            return
        status = row["order_status"]["S"]
        moved = {**row, "worker": av(worker), "moves": av(int(row.get("moves", av(0))["N"]) + 1)}
        if status == PENDING and rng.random() < 0.3:
            self.ledger.write({key: None}, lambda: self.must(self.app.cancel(*key)))
        elif status == PENDING:
            self.ledger.write(
                {key: {**moved, "order_status": av(PROCESSING)}}, lambda: self.must(self.app.claim(*key, worker)))
        elif status == PROCESSING:
            self.ledger.write(
                {key: {**moved, "order_status": av(DONE)}}, lambda: self.must(self.app.finish(*key, worker)))

    @staticmethod
    def must(succeeded):
        assert succeeded, "the condition of an order that only this thread writes cannot fail"

    def check(self):
        found = self.app.all()
        self.ledger.check(found)
        for status in (PENDING, PROCESSING, DONE):
            listed = [one for page in self.app.list_by_status(status, page_size=100) for one in page["Items"]]
            assert {(one["customer_id"]["S"], one["order_id"]["S"]): one for one in listed} == {
                key: row for key, row in found.items() if row["order_status"]["S"] == status}
            times = [one["placed_at"]["S"] for one in listed]
            assert times == sorted(times)


class ConnectionsLoad:
    """Each thread connects, singly and in batches, renames and disconnects."""

    def __init__(self):
        self.ledger = Ledger()

    def connect(self, client, first):
        self.app = Connections(client)
        if first:
            self.app.create_table()

    def step(self, thread, rng):
        names = [f"c-{thread}-{n}" for n in range(60)]
        nickname = f"nick-{rng.randrange(10**6)}"
        if rng.random() < 0.1:
            rows = {name: Connections.row(name, nickname) for name in rng.sample(names, 10)}
            self.ledger.write(rows, lambda: self.app.connect_many(rows.values()))
            return
        name = rng.choice(names)
        if self.ledger.row(name) is not None and rng.random() < 0.6:
            self.ledger.write({name: None}, lambda: self.app.disconnect(name))
        else:
            self.ledger.write({name: Connections.row(name, nickname)}, lambda: self.app.connect(name, nickname))

    def check(self):
        found = self.app.all()
        self.ledger.check(found)
        assert sorted(self.app.broadcast(page_size=37)) == sorted(found)


class ParksLoad:
    """All threads update one park, each a ride of its own, and open parks of their own now and then."""

    def __init__(self):
        self.ledger = Ledger()

    def connect(self, client, first):
        self.app = Parks(client)
        if first:
            self.app.create_table()
            self.add("shared")

    def add(self, park):
        document = Parks.document(park, "fr", rides=THREADS)
        rows = self.split({name: av(value) for name, value in document.items()})
        self.ledger.write(rows, lambda: self.app.add(document))

    @staticmethod
    def split(row):
        """One row for the park's fixed part and one for each ride: each is written by one thread."""
        park = row["park_id"]["S"]
        fixed = {name: value for name, value in row.items() if name not in ("rides", "changes")}
        return {(park, None): fixed, **{(park, name): ride["M"] for name, ride in row["rides"]["M"].items()}}

    def step(self, thread, rng):
        own = [park for park, ride in list(self.ledger.possible) if ride is None and park.startswith(f"{thread}-")]
        if rng.random() < 0.05:
            self.add(f"{thread}-{rng.randrange(10**9)}")
            return
        park, ride = rng.choice([*own, "shared", "shared", "shared"]), f"ride-{thread}"
        before, minutes = self.ledger.row((park, ride)), rng.randrange(200)
        after = {**before, "wait_minutes": av(minutes), "changes": av(int(before["changes"]["N"]) + 1)}
        self.ledger.write({(park, ride): after}, lambda: self.app.set_wait(park, ride, minutes))

    def check(self):
        found = {}
        for row in self.app.all().values():
            found.update(self.split(row))
            park = plain(row)
            assert park["changes"] == sum(ride["changes"] for ride in park["rides"].values()), "an update is whole or absent"
        self.ledger.check(found)


ROUNDS = {"orders": (OrdersLoad, 20), "connections": (ConnectionsLoad, 20), "parks": (ParksLoad, 20)}


@pytest.fixture(scope="module")
def lives(tmp_path_factory):
    """For each application its folder's process and its load, kept from round to round."""
    made = {}

    def of(application):
        if application not in made:
            process = KvdProcess(tmp_path_factory.mktemp(f"kill-{application}") / "data", *SMALL_MEMTABLES)
            load = ROUNDS[application][0]()
            load.connect(client_for(process.start().url), first=True)
            made[application] = (process, load)
        return made[application]

    yield of
    for process, _ in made.values():
        process.stop()


def run_until_killed(process, load, rng, step, acknowledged):
    """Eight threads of load; kill -9 once so many more writes are acknowledged. Fails on any error answer."""
    failures = []
    enough = load.ledger.acknowledged + acknowledged

    def work(thread, seed):
        own = random.Random(seed)
        try:
            while True:
                step(thread, own)
        except ServerGone:
            pass
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n, rng.random())) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    while load.ledger.acknowledged < enough and not failures and time.monotonic() < deadline:
        time.sleep(0.001)
    process.kill()
    for thread in threads:
        thread.join()
    assert failures == [], process.log()
    assert load.ledger.acknowledged >= enough, "the load stood still"


def kill_while_it_recovers(process, rng):
    """Starts kvd on the folder and kills it a moment later, before or after it is ready."""
    process.port = free_port()
    recovering = subprocess.Popen(
        process.command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(rng.uniform(0, 0.05))
    recovering.kill()
    recovering.wait()


@pytest.mark.parametrize("application, number", [
    (application, number) for application, (_, rounds) in ROUNDS.items() for number in range(1, rounds + 1)])
def test_acknowledged_writes_survive_kill_9(lives, application, number, rng):
    process, load = lives(application)
    run_until_killed(process, load, rng, load.step, acknowledged=rng.randrange(30, 400))
    if rng.random() < 0.3:
        kill_while_it_recovers(process, rng)
    load.connect(client_for(process.start().url), first=False)
    load.check()


class LargeItems:
    """Each thread writes items of 350,000 random bytes: enough to fill memtables, so that the kill meets their flush."""

    def __init__(self):
        self.ledger = Ledger()

    @staticmethod
    def body(key):
        return random.Random(key).randbytes(350_000)

    def connect(self, client, first):
        self.client = client
        if first:
            client.create_table(**table_request("large", "pk:S"))
            wait_until_active(client, "large")

    def step(self, thread, rng):
        key = f"{thread}-{rng.randrange(10**9)}"
        body = self.body(key)
        self.ledger.write(
            {key: hashlib.sha256(body).hexdigest()},
            lambda: self.client.put_item(TableName="large", Item=item(pk=key, body=body)))

    def check(self):
        found = {}
        for page in self.client.get_paginator("scan").paginate(TableName="large"):
            for one in page["Items"]:
                found[one["pk"]["S"]] = hashlib.sha256(one["body"]["B"]).hexdigest()
        self.ledger.check(found)


@pytest.mark.parametrize("options", [(), SMALL_MEMTABLES], ids=["one flush", "many flushes"])
def test_kill_9_while_tables_are_written(tmp_path, rng, options):
    process, load = KvdProcess(tmp_path / "data", *options), LargeItems()
    try:
        load.connect(client_for(process.start().url), first=True)
        run_until_killed(process, load, rng, load.step, acknowledged=rng.randrange(195, 290))
        load.connect(client_for(process.start().url), first=False)
        load.check()
    finally:
        process.stop()
