"""Secondary indexes follow their table: what they hold, in what order, and what they refuse."""

import re

import pytest

from aws_clients import aws_error
from tables import index
from values import av, item


def query(client, table, index_name, key, value, **more):
    return client.query(
        TableName=table, IndexName=index_name, KeyConditionExpression=f"{key} = :v",
        ExpressionAttributeValues={":v": av(value)}, **more)


@pytest.fixture
def orders(make_table):
    return make_table(
        "pk:S", "sk:N",
        gsi=[
            index("by-state", "state:S", "at:N"),
            index("keys", "state:S", None, "KEYS_ONLY"),
            index("some", "state:S", "at:N", "INCLUDE", ["note"]),
        ],
        lsi=[index("by-at", "pk:S", "at:N", "KEYS_ONLY")])


def test_projections(client, orders):
    stored = item(pk="a", sk=1, state="new", at=10, note="n", other="o")
    client.put_item(TableName=orders, Item=stored)
    for name, expected in {
        "by-state": stored,
        "keys": item(pk="a", sk=1, state="new"),
        "some": item(pk="a", sk=1, state="new", at=10, note="n"),
    }.items():
        answer = client.query(
            TableName=orders, IndexName=name, KeyConditionExpression="#s = :v",
            ExpressionAttributeNames={"#s": "state"}, ExpressionAttributeValues={":v": av("new")})
        assert answer["Items"] == [expected]
        assert client.scan(TableName=orders, IndexName=name)["Items"] == [expected]
    assert query(client, orders, "by-at", "pk", "a")["Items"] == [item(pk="a", sk=1, at=10)]


def by_state(client, table, state, **more):
    answer = client.query(
        TableName=table, IndexName="by-state", KeyConditionExpression="#s = :v",
        ExpressionAttributeNames={"#s": "state"}, ExpressionAttributeValues={":v": av(state)}, **more)
    return answer["Items"]


def test_an_index_follows_updates(client, orders):
    key = item(pk="a", sk=1)
    client.put_item(TableName=orders, Item={**key, **item(state="new", at=1)})

    def update(expression, **values):
        client.update_item(
            TableName=orders, Key=key, UpdateExpression=expression, ExpressionAttributeNames={"#s": "state"},
            ExpressionAttributeValues={f":{k}": av(v) for k, v in values.items()})

    update("SET #s = :s", s="done")
    assert by_state(client, orders, "new") == []
    assert by_state(client, orders, "done") == [{**key, **item(state="done", at=1)}]
    update("SET #s = :s, note = :n", s="done", n="only the rest changes")
    assert by_state(client, orders, "done") == [{**key, **item(state="done", at=1, note="only the rest changes")}]
    client.update_item(TableName=orders, Key=key, UpdateExpression="REMOVE #s", ExpressionAttributeNames={"#s": "state"})
    assert by_state(client, orders, "done") == []
    assert client.scan(TableName=orders, IndexName="keys")["Count"] == 0
    client.delete_item(TableName=orders, Key=key)
    assert query(client, orders, "by-at", "pk", "a")["Items"] == []


def test_an_index_is_sparse(client, orders):
    client.put_item(TableName=orders, Item=item(pk="both", sk=1, state="new", at=1))
    client.put_item(TableName=orders, Item=item(pk="no time", sk=1, state="new"))
    client.put_item(TableName=orders, Item=item(pk="nothing", sk=1))
    assert [one["pk"]["S"] for one in by_state(client, orders, "new")] == ["both"]
    assert {one["pk"]["S"] for one in client.scan(TableName=orders, IndexName="keys")["Items"]} == {"both", "no time"}
    assert client.scan(TableName=orders, IndexName="by-at")["Count"] == 1


def test_index_keys_need_not_be_unique_and_pages_lose_none(client, orders):
    for n in range(30):
        client.put_item(TableName=orders, Item=item(pk=f"c{n % 3}", sk=n, state="new", at=n // 10))
    for forward in (True, False):
        pages = list(client.get_paginator("query").paginate(
            TableName=orders, IndexName="by-state", KeyConditionExpression="#s = :v",
            ExpressionAttributeNames={"#s": "state"}, ExpressionAttributeValues={":v": av("new")},
            ScanIndexForward=forward, PaginationConfig={"PageSize": 4}))
        found = [one for page in pages for one in page["Items"]]
        assert len(found) == 30 and {int(one["sk"]["N"]) for one in found} == set(range(30))
        times = [int(one["at"]["N"]) for one in found]
        assert times == sorted(times, reverse=not forward)
        assert set(pages[0]["LastEvaluatedKey"]) == {"pk", "sk", "state", "at"}


def test_index_sort_conditions_and_limits(client, orders):
    for n in range(10):
        client.put_item(TableName=orders, Item=item(pk="a", sk=n, state="new", at=100 - n))
    answer = client.query(
        TableName=orders, IndexName="by-state", KeyConditionExpression="#s = :v AND #a BETWEEN :lo AND :hi",
        ExpressionAttributeNames={"#s": "state", "#a": "at"},
        ExpressionAttributeValues={":v": av("new"), ":lo": av(93), ":hi": av(96)}, Limit=3)
    assert [int(one["at"]["N"]) for one in answer["Items"]] == [93, 94, 95]
    assert answer["LastEvaluatedKey"] == item(pk="a", sk=5, state="new", at=95)


def test_a_local_index_reads_consistently_and_fetches_the_rest(client, orders):
    stored = [item(pk="a", sk=n, at=-n, note=f"note {n}") for n in range(3)]
    for one in stored:
        client.put_item(TableName=orders, Item=one)
    answer = query(client, orders, "by-at", "pk", "a", ConsistentRead=True, Select="ALL_ATTRIBUTES")
    assert answer["Items"] == stored[::-1]
    answer = query(client, orders, "by-at", "pk", "a", ProjectionExpression="note")
    assert answer["Items"] == [item(note=f"note {n}") for n in (2, 1, 0)]


def test_a_global_index_fetches_nothing(client, orders):
    with aws_error("ValidationException", re.compile(
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary "
            "index keys because its projection type is not ALL")):
        client.scan(TableName=orders, IndexName="keys", Select="ALL_ATTRIBUTES")
    with aws_error("ValidationException", re.compile(
            "One or more parameter values were invalid: Global secondary index keys does not project \\[?note\\]?")):
        client.scan(TableName=orders, IndexName="keys", ProjectionExpression="note")


def test_a_global_index_is_not_consistent(client, orders):
    with aws_error("ValidationException", "Consistent reads are not supported on global secondary indexes"):
        client.scan(TableName=orders, IndexName="by-state", ConsistentRead=True)
    with aws_error("ValidationException", "Consistent reads are not supported on global secondary indexes"):
        by_state(client, orders, "new", ConsistentRead=True)


def test_an_index_key_of_the_wrong_type(client, orders):
    message = re.compile("One or more parameter values were invalid: Type mismatch for Index Key state Expected: S Actual: N "
                         "IndexName: (by-state|keys|some)")
    with aws_error("ValidationException", message):
        client.put_item(TableName=orders, Item=item(pk="a", sk=1, state=5, at=1))
    client.put_item(TableName=orders, Item=item(pk="a", sk=1, state="new", at=1))
    with aws_error("ValidationException", re.compile("(Type mismatch for Index Key|[Tt]he update expression attempted to update the secondary index key to unsupported type)")):
        client.update_item(
            TableName=orders, Key=item(pk="a", sk=1), UpdateExpression="SET #s = :v",
            ExpressionAttributeNames={"#s": "state"}, ExpressionAttributeValues={":v": av(5)})
    assert len(by_state(client, orders, "new")) == 1


def test_an_empty_index_key(client, orders):
    with aws_error("ValidationException", re.compile(
            "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
            "The AttributeValue for a key attribute cannot contain an empty string value. IndexName: .*, IndexKey: state")):
        client.put_item(TableName=orders, Item=item(pk="a", sk=1, state="", at=1))


def test_a_query_names_what_its_index_key_lacks(client, orders):
    with aws_error("ValidationException", re.compile("Query condition missed key schema element: state")):
        query(client, orders, "by-state", "pk", "a")


def test_a_start_key_must_be_one_of_the_index(client, orders):
    with aws_error("ValidationException", re.compile("The provided starting key is invalid")):
        by_state(client, orders, "new", ExclusiveStartKey=item(pk="a", sk=1))


def test_random_writes_keep_indexes_and_items_together(client, make_table, rng):
    """600 random puts, updates and deletes; then every index must hold exactly what the items say."""
    name = make_table(
        "pk:S", "sk:N",
        gsi=[index("by-g", "g:S", "n:N"), index("by-n", "n:N", None, "KEYS_ONLY")],
        lsi=[index("local-g", "pk:S", "g:S")])
    model = {}
    for _ in range(600):
        key = (rng.choice("ab"), rng.randrange(10))
        wire_key = item(pk=key[0], sk=key[1])
        choice = rng.random()
        if choice < 0.5:
            values = {"pk": key[0], "sk": key[1], "salt": rng.randrange(1000)}
            if rng.random() < 0.8:
                values["g"] = rng.choice(["x", "y", "y\u0000z"])
            if rng.random() < 0.8:
                values["n"] = rng.randrange(-3, 3)
            model[key] = values
            client.put_item(TableName=name, Item=item(**values))
        elif choice < 0.8:
            if rng.random() < 0.3:
                # Of a missing item there is nothing to remove, and none is made.
                model.get(key, {}).pop("g", None)
                client.update_item(TableName=name, Key=wire_key, UpdateExpression="REMOVE g")
            else:
                values = model.setdefault(key, {"pk": key[0], "sk": key[1]})
                values["n"] = rng.randrange(-3, 3)
                client.update_item(
                    TableName=name, Key=wire_key, UpdateExpression="SET n = :n",
                    ExpressionAttributeValues={":n": av(values["n"])})
        else:
            model.pop(key, None)
            client.delete_item(TableName=name, Key=wire_key)

    def in_order(items):
        return sorted(items, key=lambda one: (one["pk"]["S"], int(one["sk"]["N"])))

    def expected(needed, projected=None):
        return in_order(
            item(**{k: v for k, v in one.items() if projected is None or k in projected})
            for one in model.values() if all(n in one for n in needed))

    assert in_order(client.scan(TableName=name)["Items"]) == expected([])
    assert in_order(client.scan(TableName=name, IndexName="by-g")["Items"]) == expected(["g", "n"])
    assert in_order(client.scan(TableName=name, IndexName="by-n")["Items"]) == expected(["n"], ["pk", "sk", "n"])
    assert in_order(client.scan(TableName=name, IndexName="local-g")["Items"]) == expected(["g"])
    for value in ("x", "y", "y\u0000z"):
        found = query(client, name, "by-g", "g", value)["Items"]
        assert in_order(found) == [one for one in expected(["g", "n"]) if one["g"] == av(value)]
        assert [int(one["n"]["N"]) for one in found] == sorted(int(one["n"]["N"]) for one in found)
