"""The orders application: each order exactly once, and a list that loses none."""

import random
import threading
from collections import Counter

import pytest

from apps.orders import DONE, PENDING, Orders
from aws_clients import aws_error

WORKERS = 8


@pytest.fixture
def orders(client, table_name):
    app = Orders(client, table_name)
    app.create_table()
    yield app
    client.delete_table(TableName=table_name)


def test_an_order_id_is_taken_once(orders):
    first = orders.checkout("ann", "o-1", "2026-01-01T10:00:00Z", note="first")
    with aws_error("ConditionalCheckFailedException"):
        orders.checkout("ann", "o-1", "2026-01-01T10:00:01Z", note="second")
    orders.checkout("bob", "o-1", "2026-01-01T10:00:02Z")
    assert orders.all()[("ann", "o-1")] == first and len(orders.all()) == 2


def test_a_started_order_cannot_be_cancelled(orders):
    orders.checkout("ann", "o-1", "2026-01-01T10:00:00Z")
    orders.checkout("ann", "o-2", "2026-01-01T10:00:01Z")
    assert orders.claim("ann", "o-1", "w")
    assert not orders.cancel("ann", "o-1")
    assert orders.cancel("ann", "o-2")
    assert not orders.cancel("ann", "o-2")
    assert set(orders.all()) == {("ann", "o-1")}


def test_eight_workers_handle_a_thousand_orders_once_each(orders, rng):
    count = 1000
    orders.import_orders(
        orders.new_order(f"customer-{n % 50}", f"order-{n:04}", f"2026-01-01T{n // 60:02}:{n % 60:02}:00Z") for n in range(count))
    handled = [[] for _ in range(WORKERS)]
    failures = []

    def work(worker, seed):
        choose = random.Random(seed)
        try:
            while pending := orders.pending(limit=40):
                choose.shuffle(pending)
                for customer, order in pending[:10]:
                    if orders.claim(customer, order, f"worker-{worker}"):
                        handled[worker].append((customer, order))
                        if not orders.finish(customer, order, f"worker-{worker}"):
                            failures.append(f"{order} was not {worker}'s to finish")
        except Exception as error:  # a thread's exception would otherwise vanish
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n, rng.random())) for n in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    times = Counter(order for worker in handled for order in worker)
    assert len(times) == count and set(times.values()) == {1}
    assert all(worker for worker in handled), "every worker found work"
    for key, order in orders.all().items():
        assert order["order_status"]["S"] == DONE and order["moves"]["N"] == "2"
        assert key in handled[int(order["worker"]["S"].removeprefix("worker-"))]
    assert orders.pending(limit=1) == []


def test_the_administrators_list_pages_through_ten_thousand_orders(orders):
    count = 10_000
    placed = [f"2026-{n // 2800 + 1:02}-{n // 100 % 28 + 1:02}T{n % 100 // 4:02}:{n % 4 * 15:02}:00Z" for n in range(count)]
    assert placed == sorted(placed)
    mixed = sorted(range(count), key=lambda n: n * 7919 % count)
    orders.import_orders(orders.new_order(f"customer-{n % 100}", f"order-{n:05}", placed[n]) for n in mixed)

    pages = list(orders.list_by_status(PENDING, page_size=700))
    assert len(pages) >= 15 and all(page["Count"] <= 700 for page in pages)
    listed = [one["order_id"]["S"] for page in pages for one in page["Items"]]
    assert listed == [f"order-{n:05}" for n in range(count)]

    newest = next(iter(orders.list_by_status(PENDING, page_size=10, newest_first=True)))
    assert [one["order_id"]["S"] for one in newest["Items"]] == [f"order-{n:05}" for n in range(count - 1, count - 11, -1)]
