"""The parks application: documents that are listed by projection and filter and updated deep inside."""

import threading

import pytest

from apps.parks import Parks
from aws_clients import aws_error
from values import av, plain


@pytest.fixture
def parks(client, table_name):
    app = Parks(client, table_name)
    app.create_table()
    yield app
    client.delete_table(TableName=table_name)


def test_a_park_comes_back_as_it_was(parks):
    row = parks.add(Parks.document("alpha", "fr", rides=5))
    assert parks.get("alpha") == row
    with aws_error("ConditionalCheckFailedException"):
        parks.add(Parks.document("alpha", "de", rides=1))
    assert parks.get("alpha") == row


def test_the_list_projects_and_filters(parks):
    for number in range(60):
        parks.add(Parks.document(f"park-{number:02}", ("fr", "de", "jp")[number % 3], rides=number % 4))
    for number in range(0, 60, 2):
        if number % 4:
            parks.set_wait(f"park-{number:02}", "ride-0", number)
    found = {one["park_id"]["S"]: one for one in parks.list("fr", most_minutes=20)}
    # A park without a ride-0 has no waiting time to compare, so the filter drops it.
    expected = {
        f"park-{n:02}": {
            "park_id": f"park-{n:02}", "park_name": f"Park park-{n:02}",
            "opening_hours": {"friday": {"from": "09:00", "until": "18:00"}},
            "rides": {"ride-0": {"wait_minutes": n if n % 2 == 0 else 0}},
            "attractions": [{"title": "show 0"}],
        }
        for n in range(0, 60, 3) if n % 4 and (n % 2 or n <= 20)}
    assert {park: plain(one) for park, one in found.items()} == expected


def test_waiting_times_of_many_rides_at_once(parks):
    """Eight writers, each with a ride of its own in one document: none overwrites another's."""
    rides, changes = 8, 40
    parks.add(Parks.document("alpha", "fr", rides))
    failures = []

    def write(ride):
        try:
            for minutes in range(1, changes + 1):
                parks.set_wait("alpha", f"ride-{ride}", minutes)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(rides)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    park = plain(parks.get("alpha"))
    assert park["changes"] == rides * changes
    assert all(ride["wait_minutes"] == ride["changes"] == changes for ride in park["rides"].values())


def test_a_ride_that_is_not_there_is_not_made(parks):
    parks.add(Parks.document("alpha", "fr", rides=1))
    with aws_error("ConditionalCheckFailedException"):
        parks.set_wait("alpha", "ride-9", 5)
    assert list(parks.get("alpha")["rides"]["M"]) == ["ride-0"]


def test_lists_inside_a_park(parks, client):
    parks.add(Parks.document("alpha", "fr", rides=1))
    key = {"park_id": av("alpha")}
    client.update_item(
        TableName=parks.table, Key=key, UpdateExpression="SET attractions[1].seats = :none REMOVE opening_hours.monday, attractions[0]",
        ExpressionAttributeValues={":none": av(0)})
    client.update_item(
        TableName=parks.table, Key=key, UpdateExpression="SET attractions = list_append(attractions, :new)",
        ExpressionAttributeValues={":new": av([{"title": "parade"}])})
    park = plain(parks.get("alpha"))
    assert [one["title"] for one in park["attractions"]] == ["show 1", "show 2", "parade"]
    assert park["attractions"][0]["seats"] == 0
    assert set(park["opening_hours"]) == {"friday", "sunday"}
