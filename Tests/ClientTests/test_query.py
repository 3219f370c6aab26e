"""Query on a table: key conditions, order, pages, filters, and what it refuses."""

import re

import pytest

from aws_clients import aws_error
from tables import table_request, wait_until_active
from values import av, item, item_size

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def numbers(client):
    """Twenty items under pk "a" with sk 0, 10, … 190 (put in another order), and one under pk "b"."""
    name = "query-numbers"
    client.create_table(**table_request(name, "pk:S", "sk:N"))
    wait_until_active(client, name)
    for n in sorted(range(20), key=lambda n: n * 7 % 20):
        client.put_item(TableName=name, Item=item(pk="a", sk=n * 10, n=n, half="even" if n % 2 == 0 else "odd"))
    client.put_item(TableName=name, Item=item(pk="b", sk=0))
    yield name
    client.delete_table(TableName=name)


def query(client, table, condition="pk = :pk", values=None, **more):
    values = {":pk": "a", **(values or {})}
    return client.query(
        TableName=table, KeyConditionExpression=condition,
        ExpressionAttributeValues={k: av(v) for k, v in values.items()}, **more)


def sort_keys(answer):
    return [int(one["sk"]["N"]) for one in answer["Items"]]


ALL = list(range(0, 200, 10))


@pytest.mark.parametrize("condition, values, expected", [
    ("pk = :pk", {}, ALL),
    ("pk = :pk AND sk = :v", {":v": 50}, [50]),
    ("pk = :pk AND sk = :v", {":v": 55}, []),
    ("pk = :pk AND sk < :v", {":v": 30}, [0, 10, 20]),
    ("pk = :pk AND sk <= :v", {":v": 30}, [0, 10, 20, 30]),
    ("pk = :pk AND sk > :v", {":v": 160}, [170, 180, 190]),
    ("pk = :pk AND sk >= :v", {":v": 165}, [170, 180, 190]),
    ("pk = :pk AND sk BETWEEN :v AND :w", {":v": 15, ":w": 40}, [20, 30, 40]),
    ("sk = :v AND pk = :pk", {":v": 50}, [50]),
    ("(pk = :pk) and (sk = :v)", {":v": 50}, [50]),
    (":pk = pk", {}, ALL),
    ("pk = :pk AND :v < sk", {":v": 175}, [180, 190]),
])
def test_key_conditions(client, numbers, condition, values, expected):
    answer = query(client, numbers, condition, values)
    assert sort_keys(answer) == expected
    assert answer["Count"] == answer["ScannedCount"] == len(expected)
    assert "LastEvaluatedKey" not in answer
    assert sort_keys(query(client, numbers, condition, values, ScanIndexForward=False)) == expected[::-1]


def test_numbers_sort_as_numbers(client, sorted_table):
    from decimal import Decimal
    values = [Decimal(v) for v in ("-1E125", "-100", "-99.5", "-1E-130", "0", "1E-130", "0.5", "9", "10", "1E125")]
    for value in reversed(values):
        client.put_item(TableName=sorted_table, Item=item(pk="a", sk=value))
    found = query(client, sorted_table)["Items"]
    assert [Decimal(one["sk"]["N"]) for one in found] == values


def test_strings_sort_by_their_bytes(client, make_table):
    name = make_table("pk:S", "sk:S")
    # U+FF5E sorts before U+1F600 in UTF-8 and after it in UTF-16.
    values = ["", "A", "Z", "a", "a\u0000", "aa", "z", "é", "～", "😀"][1:]
    for value in reversed(values):
        client.put_item(TableName=name, Item=item(pk="a", sk=value))
    assert [one["sk"]["S"] for one in query(client, name)["Items"]] == values


def test_binaries_sort_as_unsigned_bytes(client, make_table):
    name = make_table("pk:S", "sk:B")
    values = [b"\x00", b"\x00\x00", b"\x00\xff", b"\x7f", b"\x80", b"\xff", b"\xff\x00"]
    for value in reversed(values):
        client.put_item(TableName=name, Item=item(pk="a", sk=value))
    assert [one["sk"]["B"] for one in query(client, name)["Items"]] == values


def test_begins_with(client, make_table):
    name = make_table("pk:S", "sk:S")
    for value in ("2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01", "2026-01"):
        client.put_item(TableName=name, Item=item(pk="a", sk=value))
    answer = query(client, name, "pk = :pk AND begins_with(sk, :v)", {":v": "2026-01"})
    assert [one["sk"]["S"] for one in answer["Items"]] == ["2026-01", "2026-01-01", "2026-01-31"]

    name = make_table("pk:S", "sk:B")
    for value in (b"\xff", b"\xff\xff", b"\xff\xff\x01", b"\xfe"):
        client.put_item(TableName=name, Item=item(pk="a", sk=value))
    answer = query(client, name, "pk = :pk AND begins_with(sk, :v)", {":v": b"\xff\xff"})
    assert [one["sk"]["B"] for one in answer["Items"]] == [b"\xff\xff", b"\xff\xff\x01"]


def test_partitions_do_not_leak_into_each_other(client, make_table):
    """Partition keys of which one is a prefix of another, with sort keys that would complete it."""
    name = make_table("pk:S", "sk:S")
    keys = [("a", "bc"), ("ab", "c"), ("a\u0000", "bc"), ("abc", "x"), ("a", "b")]
    for pk, sk in keys:
        client.put_item(TableName=name, Item=item(pk=pk, sk=sk))
    for wanted in {pk for pk, _ in keys}:
        found = query(client, name, values={":pk": wanted})["Items"]
        assert [(one["pk"]["S"], one["sk"]["S"]) for one in found] == sorted(k for k in keys if k[0] == wanted)


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 7, 20, 50])
def test_pages_by_limit(client, numbers, limit, forward):
    pages = list(client.get_paginator("query").paginate(
        TableName=numbers, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": av("a")},
        ScanIndexForward=forward, PaginationConfig={"PageSize": limit}))
    assert all(page["Count"] <= limit for page in pages)
    assert all(page["LastEvaluatedKey"] == {k: page["Items"][-1][k] for k in ("pk", "sk")} for page in pages[:-1])
    assert [n for page in pages for n in sort_keys(page)] == (ALL if forward else ALL[::-1])


def test_a_start_key_need_not_exist(client, numbers):
    answer = query(client, numbers, ExclusiveStartKey=item(pk="a", sk=165))
    assert sort_keys(answer) == [170, 180, 190]
    answer = query(client, numbers, ExclusiveStartKey=item(pk="a", sk=25), ScanIndexForward=False)
    assert sort_keys(answer) == [20, 10, 0]


def test_a_filter_works_after_the_limit(client, numbers):
    answer = query(
        client, numbers, values={":h": "odd"}, FilterExpression="half = :h", Limit=5)
    assert sort_keys(answer) == [10, 30]
    assert (answer["Count"], answer["ScannedCount"]) == (2, 5)
    assert answer["LastEvaluatedKey"] == item(pk="a", sk=40)


def test_a_page_can_be_empty_and_not_the_last(client, numbers):
    answer = query(client, numbers, values={":n": 19}, FilterExpression="n = :n", Limit=10)
    assert (answer["Items"], answer["Count"], answer["ScannedCount"]) == ([], 0, 10)
    assert answer["LastEvaluatedKey"] == item(pk="a", sk=90)


def test_select_count(client, numbers):
    answer = query(client, numbers, values={":h": "odd"}, FilterExpression="half = :h", Select="COUNT")
    assert "Items" not in answer
    assert (answer["Count"], answer["ScannedCount"]) == (10, 20)


def test_projection(client, numbers):
    answer = query(
        client, numbers, "pk = :pk AND sk < :v", {":v": 20}, ProjectionExpression="n, absent",
        Select="SPECIFIC_ATTRIBUTES")
    assert answer["Items"] == [item(n=0), item(n=1)]


def test_a_filter_sees_what_the_projection_drops(client, numbers):
    answer = query(client, numbers, values={":n": 17}, FilterExpression="n > :n", ProjectionExpression="sk")
    assert answer["Items"] == [item(sk=180), item(sk=190)]


def test_pages_end_at_one_megabyte(client, sorted_table):
    body = "x" * 50_000
    stored = [item(pk="a", sk=n, body=body) for n in range(50)]
    for start in range(0, 50, 10):
        client.batch_write_item(RequestItems={
            sorted_table: [{"PutRequest": {"Item": one}} for one in stored[start:start + 10]]})
    for more in ({}, {"ScanIndexForward": False}):
        pages = list(client.get_paginator("query").paginate(
            TableName=sorted_table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": av("a")}, **more))
        assert len(pages) == 3
        for page in pages:
            size = sum(map(item_size, page["Items"][:-1])) if page["Items"] else 0
            assert size <= MEGABYTE
        for page in pages[:-1]:
            assert sum(map(item_size, page["Items"])) > MEGABYTE - 2 * 51_000
        found = [one for page in pages for one in page["Items"]]
        assert found == (stored if not more else stored[::-1])


def test_a_filter_does_not_stretch_the_megabyte(client, sorted_table):
    """1 MB is what a Query reads, not what it returns."""
    for n in range(30):
        client.put_item(TableName=sorted_table, Item=item(pk="a", sk=n, body="x" * 50_000, last=n == 29))
    answer = query(client, sorted_table, values={":t": True}, FilterExpression="#l = :t", Select="COUNT",
                   ExpressionAttributeNames={"#l": "last"})
    assert answer["Count"] == 0
    assert 19 <= answer["ScannedCount"] <= 22
    assert "LastEvaluatedKey" in answer


def test_consistent_read_sees_the_last_write(client, sorted_table):
    for n in range(20):
        client.put_item(TableName=sorted_table, Item=item(pk="a", sk=n))
        assert query(client, sorted_table, ConsistentRead=True)["Count"] == n + 1


MISSED = "Query condition missed key schema element: "
REFUSED_QUERIES = {
    "no condition": (dict(KeyConditionExpression=None), re.compile(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")),
    "no partition key": (dict(KeyConditionExpression="sk = :pk"), re.compile(MISSED + "pk")),
    "a range of partitions": (dict(KeyConditionExpression="pk > :pk"), "Query key condition not supported"),
    "another attribute": (
        dict(KeyConditionExpression="pk = :pk AND n = :v", ExpressionAttributeValues={":pk": av("a"), ":v": av(1)}),
        MISSED + "sk"),
    "OR": (
        dict(KeyConditionExpression="pk = :pk OR sk = :v", ExpressionAttributeValues={":pk": av("a"), ":v": av(1)}),
        re.compile("^(Invalid KeyConditionExpression: )?Invalid operator used in KeyConditionExpression: OR$")),
    "NOT": (
        dict(KeyConditionExpression="pk = :pk AND NOT sk = :v", ExpressionAttributeValues={":pk": av("a"), ":v": av(1)}),
        re.compile("^(Invalid KeyConditionExpression: )?Invalid operator used in KeyConditionExpression: NOT$")),
    "<>": (
        dict(KeyConditionExpression="pk = :pk AND sk <> :v", ExpressionAttributeValues={":pk": av("a"), ":v": av(1)}),
        re.compile("(Unsupported operator on KeyCondition: NE|Invalid operator used in KeyConditionExpression: <>)")),
    "IN": (
        dict(KeyConditionExpression="pk = :pk AND sk IN (:v)", ExpressionAttributeValues={":pk": av("a"), ":v": av(1)}),
        re.compile("^(Invalid KeyConditionExpression: )?Invalid operator used in KeyConditionExpression: IN$")),
    "a key value of the wrong type": (
        dict(ExpressionAttributeValues={":pk": av(1)}),
        "One or more parameter values were invalid: Condition parameter type does not match schema type"),
    "begins_with on a number": (
        dict(KeyConditionExpression="pk = :pk AND begins_with(sk, :v)", ExpressionAttributeValues={":pk": av("a"), ":v": av(1)}),
        re.compile("Incorrect operand type for operator or function; operator or function: begins_with, operand type: N")),
    "two conditions on the sort key": (
        dict(KeyConditionExpression="pk = :pk AND sk > :v AND sk < :w",
             ExpressionAttributeValues={":pk": av("a"), ":v": av(1), ":w": av(2)}),
        "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"),
    "a nested path": (
        dict(KeyConditionExpression="pk = :pk AND sk.x = :v", ExpressionAttributeValues={":pk": av("a"), ":v": av(1)}),
        re.compile("KeyConditionExpressions cannot have conditions on nested attributes")),
    "a string in a number's range": (
        dict(KeyConditionExpression="pk = :pk AND begins_with(sk, :v)", ExpressionAttributeValues={":pk": av("a"), ":v": av("1")}),
        "One or more parameter values were invalid: Condition parameter type does not match schema type"),
    "an order of truth values": (
        dict(KeyConditionExpression="pk = :pk AND sk < :v", ExpressionAttributeValues={":pk": av("a"), ":v": av(True)}),
        "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
        "operator or function: <, operand type: BOOL"),
    "a filter on the key": (
        dict(FilterExpression="sk > :v", ExpressionAttributeValues={":pk": av("a"), ":v": av(1)}),
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"),
    "COUNT with a projection": (dict(Select="COUNT", ProjectionExpression="n"), re.compile(
        "Cannot specify the ProjectionExpression when choosing to get only the Count|"
        "ProjectionExpression.*COUNT")),
    "ALL_ATTRIBUTES with a projection": (dict(Select="ALL_ATTRIBUTES", ProjectionExpression="n"), re.compile(
        "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES")),
    "SPECIFIC_ATTRIBUTES without a projection": (dict(Select="SPECIFIC_ATTRIBUTES"), re.compile(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")),
    "ALL_PROJECTED_ATTRIBUTES of a table": (dict(Select="ALL_PROJECTED_ATTRIBUTES"), re.compile(
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")),
    "an index that is not there": (dict(IndexName="absent"), "The table does not have the specified index: absent"),
    "a start key of another partition": (dict(ExclusiveStartKey=item(pk="b", sk=1)), re.compile(
        "The provided starting key is (outside query boundaries based on provided conditions|invalid)")),
    "a start key without sort key": (dict(ExclusiveStartKey=item(pk="a")), re.compile("The provided starting key is invalid")),
    "a start key of the wrong type": (dict(ExclusiveStartKey=item(pk="a", sk="1")), re.compile("The provided starting key is invalid")),
}


@pytest.mark.parametrize("name", REFUSED_QUERIES)
def test_query_refused(client, numbers, name):
    changes, message = REFUSED_QUERIES[name]
    request = {
        "TableName": numbers, "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": av("a")}, **changes}
    if request["KeyConditionExpression"] is None:
        del request["KeyConditionExpression"], request["ExpressionAttributeValues"]
    with aws_error("ValidationException", message):
        client.query(**request)


def test_the_object_interface_builds_conditions(resource, numbers):
    from boto3.dynamodb.conditions import Attr, Key
    answer = resource.Table(numbers).query(
        KeyConditionExpression=Key("pk").eq("a") & Key("sk").between(20, 60),
        FilterExpression=Attr("half").eq("even") & ~Attr("n").is_in([4]) & Attr("absent").not_exists())
    assert [int(one["sk"]) for one in answer["Items"]] == [20, 60]
