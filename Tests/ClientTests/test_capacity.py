"""ReturnConsumedCapacity: the units of the Developer Guide, "DynamoDB read and write operations".

A write unit is 1 KB of the larger of the old and the new item; a read unit is 4 KB, half of it for a read that need not
be consistent. Every index row written costs what an item of its size costs.
"""

import pytest

from tables import index
from values import av, item

TOTAL = {"ReturnConsumedCapacity": "TOTAL"}
INDEXES = {"ReturnConsumedCapacity": "INDEXES"}


def sized(pk, kilobytes):
    """An item of a little less than so many kilobytes."""
    return item(pk=pk, body="x" * (kilobytes * 1024 - 50))


def units(answer):
    return answer["ConsumedCapacity"]["CapacityUnits"]


def test_none_by_default(client, table):
    assert "ConsumedCapacity" not in client.put_item(TableName=table, Item=item(pk="a"))
    assert "ConsumedCapacity" not in client.scan(TableName=table)
    assert "ConsumedCapacity" not in client.get_item(TableName=table, Key=item(pk="a"), ReturnConsumedCapacity="NONE")


def test_reads_of_one_item(client, table):
    client.put_item(TableName=table, Item=sized("small", 1))
    client.put_item(TableName=table, Item=sized("large", 9))

    def read(pk, consistent):
        answer = client.get_item(TableName=table, Key=item(pk=pk), ConsistentRead=consistent, **TOTAL)
        assert answer["ConsumedCapacity"]["TableName"] == table
        return units(answer)

    assert (read("small", False), read("small", True)) == (0.5, 1.0)
    assert (read("large", False), read("large", True)) == (1.5, 3.0)
    assert (read("absent", False), read("absent", True)) == (0.5, 1.0)


def test_a_projection_saves_nothing(client, table):
    client.put_item(TableName=table, Item=sized("a", 8))
    assert units(client.get_item(TableName=table, Key=item(pk="a"), ProjectionExpression="pk", **TOTAL)) == 1.0


def test_writes(client, table):
    assert units(client.put_item(TableName=table, Item=sized("a", 1), **TOTAL)) == 1.0
    assert units(client.put_item(TableName=table, Item=sized("a", 3), **TOTAL)) == 3.0
    # The larger of the old and the new item counts.
    assert units(client.put_item(TableName=table, Item=sized("a", 1), **TOTAL)) == 3.0
    assert units(client.update_item(
        TableName=table, Key=item(pk="a"), UpdateExpression="SET n = :n", ExpressionAttributeValues={":n": av(1)},
        **TOTAL)) == 1.0
    client.put_item(TableName=table, Item=sized("a", 5))
    assert units(client.delete_item(TableName=table, Key=item(pk="a"), **TOTAL)) == 5.0
    assert units(client.delete_item(TableName=table, Key=item(pk="a"), **TOTAL)) == 1.0


def test_writes_to_indexes(client, make_table):
    name = make_table("pk:S", gsi=[index("by-g", "g:S"), index("by-h", "h:S", None, "KEYS_ONLY")])
    answer = client.put_item(TableName=name, Item=item(pk="a", g="x"), **INDEXES)
    consumed = answer["ConsumedCapacity"]
    assert consumed["CapacityUnits"] == 2.0
    assert consumed["Table"]["CapacityUnits"] == 1.0
    assert consumed["GlobalSecondaryIndexes"]["by-g"]["CapacityUnits"] == 1.0
    assert "by-h" not in consumed["GlobalSecondaryIndexes"], "an index that the write does not touch is not mentioned"
    # An identical item changes no index.
    consumed = client.put_item(TableName=name, Item=item(pk="a", g="x"), **INDEXES)["ConsumedCapacity"]
    assert consumed["CapacityUnits"] == 1.0 and "GlobalSecondaryIndexes" not in consumed
    # A changed index key is a delete and a put in the index.
    answer = client.put_item(TableName=name, Item=item(pk="a", g="y"), **INDEXES)
    assert answer["ConsumedCapacity"]["GlobalSecondaryIndexes"]["by-g"]["CapacityUnits"] == 2.0
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 3.0
    # A change that an index does not project costs the index nothing.
    client.put_item(TableName=name, Item=item(pk="b", h="x", n=1))
    answer = client.put_item(TableName=name, Item=item(pk="b", h="x", n=2), **INDEXES)
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 1.0


def test_queries_round_their_sum_up_once(client, sorted_table):
    for n in range(10):
        client.put_item(TableName=sorted_table, Item=item(pk="a", sk=n, body="x" * 1000))
    request = dict(
        TableName=sorted_table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": av("a")}, **TOTAL)
    # Ten items of about 1 KB are together a little over two units of 4 KB and less than three.
    assert units(client.query(**request, ConsistentRead=True)) == 3.0
    assert units(client.query(**request)) == 1.5
    assert units(client.query(**request, Limit=1)) == 0.5
    assert units(client.scan(TableName=sorted_table, **TOTAL)) == 1.5
    assert units(client.scan(TableName=sorted_table, ConsistentRead=True, **TOTAL)) == 3.0


def test_filters_and_counts_cost_what_they_read(client, sorted_table):
    for n in range(10):
        client.put_item(TableName=sorted_table, Item=item(pk="a", sk=n, body="x" * 1000))
    for more in ({"FilterExpression": "attribute_exists(absent)"}, {"Select": "COUNT"}):
        assert units(client.scan(TableName=sorted_table, **TOTAL, **more)) == 1.5


def test_a_query_of_an_index_charges_the_index(client, make_table):
    name = make_table("pk:S", gsi=[index("by-g", "g:S")])
    client.put_item(TableName=name, Item=item(pk="a", g="x"))
    consumed = client.scan(TableName=name, IndexName="by-g", **INDEXES)["ConsumedCapacity"]
    assert consumed["CapacityUnits"] == 0.5
    assert consumed["Table"]["CapacityUnits"] == 0
    assert consumed["GlobalSecondaryIndexes"]["by-g"]["CapacityUnits"] == 0.5


def test_batches(client, make_table):
    one, two = make_table("pk:S"), make_table("pk:S")
    answer = client.batch_write_item(
        RequestItems={
            one: [{"PutRequest": {"Item": sized("a", 2)}}, {"PutRequest": {"Item": sized("b", 1)}}],
            two: [{"DeleteRequest": {"Key": item(pk="a")}}],
        }, **TOTAL)
    assert {c["TableName"]: c["CapacityUnits"] for c in answer["ConsumedCapacity"]} == {one: 3.0, two: 1.0}
    # Each item of a BatchGetItem is rounded up for itself.
    answer = client.batch_get_item(RequestItems={
        one: {"Keys": [item(pk="a"), item(pk="b")]}, two: {"Keys": [item(pk="a")], "ConsistentRead": True}}, **TOTAL)
    assert {c["TableName"]: c["CapacityUnits"] for c in answer["ConsumedCapacity"]} == {one: 1.0, two: 1.0}


def test_item_collection_metrics(client, make_table):
    name = make_table("pk:S", "sk:N", lsi=[index("local", "pk:S", "n:N")])
    answer = client.put_item(TableName=name, Item=item(pk="a", sk=1), ReturnItemCollectionMetrics="SIZE")
    metrics = answer["ItemCollectionMetrics"]
    assert metrics["ItemCollectionKey"] == item(pk="a")
    low, high = metrics["SizeEstimateRangeGB"]
    assert 0 <= low <= high
    assert "ItemCollectionMetrics" not in client.put_item(TableName=name, Item=item(pk="a", sk=1))


@pytest.mark.parametrize("field", ["ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "ReturnValues"])
def test_enumerations_name_their_members(client, table, field):
    from aws_clients import aws_error
    import re
    name = field[0].lower() + field[1:]
    with aws_error("ValidationException", re.compile(
            f"1 validation error detected: Value 'WHATEVER' at '{name}' failed to satisfy constraint: "
            r"Member must satisfy enum value set: \[")):
        client.put_item(TableName=table, Item=item(pk="a"), **{field: "WHATEVER"})


def test_what_an_update_costs_its_indexes(client, make_table):
    name = make_table(
        "pk:S", "sk:S", gsi=[index("some", "g:S", None, "INCLUDE", ["shown"])], lsi=[index("local", "pk:S", "l:S")])

    def cost(expression, values=None):
        """(total, table, global index, local index) of an update of a fresh item."""
        client.put_item(TableName=name, Item=item(pk="a", sk="1", g="g", l="l", shown="s", unseen="h"))
        more = {"ExpressionAttributeValues": {":v": av(values)}} if values else {}
        consumed = client.update_item(
            TableName=name, Key=item(pk="a", sk="1"), UpdateExpression=expression, **INDEXES, **more)["ConsumedCapacity"]
        arms = [consumed.get(kind, {}) for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")]
        return (
            consumed["CapacityUnits"], consumed["Table"]["CapacityUnits"],
            arms[0].get("some", {}).get("CapacityUnits"), arms[1].get("local", {}).get("CapacityUnits"))

    assert cost("SET unseen = :v", "new") == (2, 1, None, 1)
    assert cost("SET shown = :v", "new") == (3, 1, 1, 1)
    assert cost("SET g = :v", "new") == (4, 1, 2, 1)
    assert cost("REMOVE g") == (3, 1, 1, 1)
    assert cost("SET l = :v", "new") == (3, 1, None, 2)
