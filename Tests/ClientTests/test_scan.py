"""Scan: pages, filters, projections, parallel segments, and what it refuses."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from aws_clients import aws_error
from tables import table_request, wait_until_active
from values import av, item, item_size

MEGABYTE = 1024 * 1024
PEOPLE = 300


@pytest.fixture(scope="module")
def people(client):
    """300 items person-0 … person-299 with n, a parity and a text."""
    name = "scan-people"
    client.create_table(**table_request(name, "pk:S"))
    wait_until_active(client, name)
    everyone = [item(pk=f"person-{n}", n=n, parity=n % 2, text="x" * 100) for n in range(PEOPLE)]
    for start in range(0, PEOPLE, 25):
        client.batch_write_item(RequestItems={
            name: [{"PutRequest": {"Item": one}} for one in everyone[start:start + 25]]})
    yield name
    client.delete_table(TableName=name)


def numbers(pages):
    return [int(one["n"]["N"]) for page in pages for one in page["Items"]]


def test_scan_finds_everything_once(client, people):
    answer = client.scan(TableName=people)
    assert sorted(numbers([answer])) == list(range(PEOPLE))
    assert answer["Count"] == answer["ScannedCount"] == PEOPLE
    assert "LastEvaluatedKey" not in answer


def test_scan_of_an_empty_table(client, table):
    answer = client.scan(TableName=table)
    assert (answer["Items"], answer["Count"], answer["ScannedCount"]) == ([], 0, 0)
    assert "LastEvaluatedKey" not in answer


@pytest.mark.parametrize("limit", [1, 7, 100, 299, 1000])
def test_pages_by_limit(client, people, limit):
    if limit == 1:
        first = client.scan(TableName=people, Limit=1)
        assert first["Count"] == 1
        assert first["LastEvaluatedKey"] == {"pk": first["Items"][0]["pk"]}
        return
    pages = list(client.get_paginator("scan").paginate(TableName=people, PaginationConfig={"PageSize": limit}))
    assert all(page["Count"] <= limit for page in pages)
    found = numbers(pages)
    assert sorted(found) == list(range(PEOPLE))
    assert found == numbers([client.scan(TableName=people)]), "a scan has one order"


def test_filter_and_projection(client, people):
    answer = client.scan(
        TableName=people, FilterExpression="parity = :one AND n BETWEEN :lo AND :hi", ProjectionExpression="n",
        ExpressionAttributeValues={":one": av(1), ":lo": av(100), ":hi": av(109)})
    assert sorted(numbers([answer])) == [101, 103, 105, 107, 109]
    assert all(set(one) == {"n"} for one in answer["Items"])
    assert (answer["Count"], answer["ScannedCount"]) == (5, PEOPLE)


def test_a_filter_may_use_the_key(client, people):
    answer = client.scan(
        TableName=people, FilterExpression="pk = :pk", ExpressionAttributeValues={":pk": av("person-42")})
    assert numbers([answer]) == [42]


def test_select_count(client, people):
    answer = client.scan(TableName=people, Select="COUNT")
    assert "Items" not in answer
    assert (answer["Count"], answer["ScannedCount"]) == (PEOPLE, PEOPLE)


@pytest.mark.parametrize("segments", [1, 2, 4, 7])
def test_parallel_segments_cover_the_table(client, people, segments):
    def scan_segment(segment):
        return numbers(client.get_paginator("scan").paginate(
            TableName=people, Segment=segment, TotalSegments=segments, PaginationConfig={"PageSize": 50}))

    with ThreadPoolExecutor(segments) as pool:
        parts = list(pool.map(scan_segment, range(segments)))
    assert sorted(n for part in parts for n in part) == list(range(PEOPLE))
    assert all(parts), "with 300 keys no segment stays empty"


def test_pages_end_at_one_megabyte(client, table):
    stored = {f"big-{n}": item(pk=f"big-{n}", body="x" * 100_000) for n in range(30)}
    for one in stored.values():
        client.put_item(TableName=table, Item=one)
    pages = list(client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True))
    assert len(pages) in (3, 4), "the last page may be empty"
    for page in pages:
        assert sum(map(item_size, page["Items"][:-1])) <= MEGABYTE
    found = [one for page in pages for one in page["Items"]]
    assert {one["pk"]["S"]: one for one in found} == stored and len(found) == 30


def test_a_scan_from_a_key_that_was_deleted(client, table):
    for n in range(20):
        client.put_item(TableName=table, Item=item(pk=f"k{n}", n=n))
    first = client.scan(TableName=table, Limit=10)
    client.delete_item(TableName=table, Key=first["LastEvaluatedKey"])
    rest = client.scan(TableName=table, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert sorted(numbers([first, rest])) == list(range(20))


REFUSED_SCANS = {
    "a segment without a total": (
        dict(Segment=0),
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"),
    "a total without a segment": (
        dict(TotalSegments=4),
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"),
    "a segment beyond the total": (
        dict(Segment=4, TotalSegments=4),
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        "Segment: 4 is not less than TotalSegments: 4"),
    "an index that is not there": (dict(IndexName="absent"), "The table does not have the specified index: absent"),
    "a start key of the wrong type": (
        dict(ExclusiveStartKey=item(pk=1)), re.compile("The provided starting key is invalid")),
    "ALL_PROJECTED_ATTRIBUTES of a table": (
        dict(Select="ALL_PROJECTED_ATTRIBUTES"),
        re.compile("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")),
    "ALL_ATTRIBUTES with a projection": (
        dict(Select="ALL_ATTRIBUTES", ProjectionExpression="n"),
        re.compile("Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES")),
    "an undefined name in a projection": (
        dict(ProjectionExpression="#x"),
        "Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; "
        "attribute name: #x"),
    "too many segments": (
        dict(Segment=0, TotalSegments=1_000_001),
        re.compile("1 validation error detected: Value '1000001' at 'totalSegments' failed to satisfy constraint: "
                   "Member must have value less than or equal to 1000000")),
}


@pytest.mark.parametrize("name", REFUSED_SCANS)
def test_scan_refused(client, people, name):
    changes, message = REFUSED_SCANS[name]
    with aws_error("ValidationException", message):
        client.scan(TableName=people, **changes)
