"""BatchGetItem and BatchWriteItem: what they do, leave over, and refuse."""

import re

import pytest

from aws_clients import aws_error
from values import av, item

MEGABYTE = 1024 * 1024


def put(one):
    return {"PutRequest": {"Item": one}}


def delete(key):
    return {"DeleteRequest": {"Key": key}}


def by_key(items):
    return sorted(items, key=lambda one: one["pk"]["S"])


def test_write_and_get_across_tables(client, make_table):
    one, two = make_table("pk:S"), make_table("pk:S", "sk:N")
    answer = client.batch_write_item(RequestItems={
        one: [put(item(pk=f"a{n}", n=n)) for n in range(10)],
        two: [put(item(pk="b", sk=n, n=n)) for n in range(15)],
    })
    assert answer["UnprocessedItems"] == {}
    answer = client.batch_get_item(RequestItems={
        one: {"Keys": [item(pk=f"a{n}") for n in range(12)]},
        two: {"Keys": [item(pk="b", sk=n) for n in (3, 14)], "ProjectionExpression": "#n",
              "ExpressionAttributeNames": {"#n": "n"}, "ConsistentRead": True},
    })
    assert answer["UnprocessedKeys"] == {}
    assert by_key(answer["Responses"][one]) == [item(pk=f"a{n}", n=n) for n in range(10)]
    assert sorted(int(found["n"]["N"]) for found in answer["Responses"][two]) == [3, 14]
    assert all(set(found) == {"n"} for found in answer["Responses"][two])


def test_puts_and_deletes_in_one_batch(client, table):
    client.put_item(TableName=table, Item=item(pk="old", n=1))
    client.put_item(TableName=table, Item=item(pk="gone", n=1))
    client.batch_write_item(RequestItems={table: [
        put(item(pk="old", n=2)), put(item(pk="new", n=3)), delete(item(pk="gone")), delete(item(pk="never there"))]})
    assert by_key(client.scan(TableName=table)["Items"]) == [item(pk="new", n=3), item(pk="old", n=2)]


def test_batches_feed_indexes(client, make_table):
    from tables import index
    name = make_table("pk:S", gsi=[index("by-g", "g:S")])
    client.batch_write_item(RequestItems={name: [put(item(pk=f"{n}", g="x")) for n in range(5)]})
    client.batch_write_item(RequestItems={name: [delete(item(pk="0")), put(item(pk="1", g="y"))]})
    found = client.scan(TableName=name, IndexName="by-g")["Items"]
    assert by_key(found) == [item(pk="1", g="y"), *(item(pk=f"{n}", g="x") for n in (2, 3, 4))]


def test_a_get_of_nothing_still_names_the_table(client, table):
    answer = client.batch_get_item(RequestItems={table: {"Keys": [item(pk="absent")]}})
    assert answer["Responses"] == {table: []} and answer["UnprocessedKeys"] == {}


def test_a_hundred_keys(client, table):
    with_resource = [item(pk=f"{n:03}", n=n) for n in range(100)]
    for start in range(0, 100, 25):
        client.batch_write_item(RequestItems={table: [put(one) for one in with_resource[start:start + 25]]})
    answer = client.batch_get_item(RequestItems={table: {"Keys": [{"pk": one["pk"]} for one in with_resource]}})
    assert by_key(answer["Responses"][table]) == with_resource


def test_what_exceeds_sixteen_megabytes_is_left_over(client, table):
    body = "x" * 390_000
    keys = [item(pk=f"{n:03}") for n in range(50)]
    for start in range(0, 50, 10):
        client.batch_write_item(RequestItems={
            table: [put({**key, "body": av(body)}) for key in keys[start:start + 10]]})
    answer = client.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
    first = answer["Responses"][table]
    assert 16 * MEGABYTE * 0.9 < len(first) * 390_000 <= 17 * MEGABYTE
    left = answer["UnprocessedKeys"][table]
    assert left["ConsistentRead"] is True
    rest = client.batch_get_item(RequestItems=answer["UnprocessedKeys"])
    assert rest["UnprocessedKeys"] == {}
    found = first + rest["Responses"][table]
    assert [one["pk"] for one in by_key(found)] == [key["pk"] for key in keys]


def test_the_batch_writer_of_the_object_interface(resource, table):
    with resource.Table(table).batch_writer(overwrite_by_pkeys=["pk"]) as batch:
        for n in range(60):
            batch.put_item(Item={"pk": f"k{n % 50}", "n": n})
        batch.delete_item(Key={"pk": "k49"})
    assert resource.Table(table).scan(Select="COUNT")["Count"] == 49


REFUSED_WRITES = {
    "one key twice": (
        lambda t: {t: [put(item(pk="a", n=1)), put(item(pk="a", n=2))]}, "Provided list of item keys contains duplicates"),
    "a put and a delete of one key": (
        lambda t: {t: [put(item(pk="a", n=1)), delete(item(pk="a"))]}, "Provided list of item keys contains duplicates"),
    "twenty-six writes": (
        lambda t: {t: [put(item(pk=f"{n}")) for n in range(26)]},
        re.compile("Member must have length less than or equal to 25|Too many items requested for the BatchWriteItem call")),
    "an item without its key": (
        lambda t: {t: [put(item(pk="a")), put(item(n=1))]},
        "The provided key element does not match the schema"),
    "a key of the wrong type": (
        lambda t: {t: [put(item(pk="a")), put(item(pk=1))]}, "The provided key element does not match the schema"),
    "a delete by another key": (
        lambda t: {t: [put(item(pk="a")), delete(item(other="b"))]}, "The provided key element does not match the schema"),
    "an empty key": (
        lambda t: {t: [put(item(pk="a")), put(item(pk=""))]},
        "One or more parameter values are not valid. The AttributeValue for a key attribute "
        "cannot contain an empty string value. Key: pk"),
    "an item that is too large": (
        lambda t: {t: [put(item(pk="a")), put(item(pk="b", body="x" * 410_000))]},
        "Item size has exceeded the maximum allowed size"),
    "neither put nor delete": (
        lambda t: {t: [put(item(pk="a")), {}]},
        re.compile("Supplied AttributeValue has more than one datatypes set|must contain (exactly )?one|"
                   "Supplied WriteRequest|WriteRequest|PutRequest|DeleteRequest", re.I)),
}


@pytest.mark.parametrize("name", REFUSED_WRITES)
def test_write_refused_whole(client, table, name):
    request, message = REFUSED_WRITES[name]
    with aws_error("ValidationException", message):
        client.batch_write_item(RequestItems=request(table))
    assert client.scan(TableName=table, Select="COUNT")["Count"] == 0


def test_one_unknown_table_refuses_the_whole_batch(client, table):
    with aws_error("ResourceNotFoundException"):
        client.batch_write_item(RequestItems={table: [put(item(pk="a"))], "absent": [put(item(pk="a"))]})
    assert client.scan(TableName=table, Select="COUNT")["Count"] == 0


REFUSED_GETS = {
    "one key twice": (
        lambda t: {t: {"Keys": [item(pk="a"), item(pk="a")]}}, "Provided list of item keys contains duplicates"),
    "one hundred and one keys": (
        lambda t: {t: {"Keys": [item(pk=f"{n}") for n in range(101)]}},
        re.compile("Member must have length less than or equal to 100|Too many items requested for the BatchGetItem call")),
    "a key of the wrong shape": (
        lambda t: {t: {"Keys": [item(pk="a", more=1)]}}, re.compile(
            "The provided key element does not match the schema|The number of conditions on the keys is invalid")),
    "an unused name": (
        lambda t: {t: {"Keys": [item(pk="a")], "ProjectionExpression": "n", "ExpressionAttributeNames": {"#x": "x"}}},
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}"),
}


@pytest.mark.parametrize("name", REFUSED_GETS)
def test_get_refused(client, table, name):
    request, message = REFUSED_GETS[name]
    with aws_error("ValidationException", message):
        client.batch_get_item(RequestItems=request(table))
