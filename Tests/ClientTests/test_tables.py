"""CreateTable, DescribeTable, ListTables, DeleteTable, DescribeLimits, DescribeEndpoints."""

import re
import time
import uuid

import pytest

from aws_clients import aws_error
from tables import index, key_schema, table_request
from values import av, item, item_size


def definition(description, name):
    return {d["AttributeName"]: d["AttributeType"] for d in description["AttributeDefinitions"]}[name]


def test_a_new_table_describes_itself(client, table_name):
    created = client.create_table(**table_request(table_name, "pk:S", "sk:N"))["TableDescription"]
    assert created["TableStatus"] in ("CREATING", "ACTIVE")

    client.get_waiter("table_exists").wait(TableName=table_name, WaiterConfig={"Delay": 1})
    table = client.describe_table(TableName=table_name)["Table"]
    assert table["TableName"] == table_name
    assert table["TableStatus"] == "ACTIVE"
    assert table["KeySchema"] == key_schema("pk:S", "sk:N")
    assert definition(table, "pk") == "S" and definition(table, "sk") == "N"
    assert re.fullmatch(rf"arn:aws:dynamodb:us-east-1:\d{{12}}:table/{table_name}", table["TableArn"])
    assert str(uuid.UUID(table["TableId"])) == table["TableId"] == created["TableId"]
    assert abs(table["CreationDateTime"].timestamp() - time.time()) < 60
    assert table["ItemCount"] == 0 and table["TableSizeBytes"] == 0
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 0
    assert table["DeletionProtectionEnabled"] is False
    assert "GlobalSecondaryIndexes" not in table and "LocalSecondaryIndexes" not in table
    assert "StreamSpecification" not in table and "LatestStreamArn" not in table
    client.delete_table(TableName=table_name)


def test_provisioned_throughput_is_given_back(client, make_table):
    name = make_table(
        "pk:S", BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 7})
    table = client.describe_table(TableName=name)["Table"]
    throughput = table["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (5, 7)
    assert throughput["NumberOfDecreasesToday"] == 0
    assert table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED") == "PROVISIONED"


@pytest.mark.parametrize("kind", ["S", "N", "B"])
def test_keys_of_every_type(client, make_table, kind):
    name = make_table(f"pk:{kind}", f"sk:{kind}")
    low, high = {"S": ("a", "b"), "N": (-1.5, 10), "B": (b"\x00", b"\xff")}[kind]
    from decimal import Decimal
    low, high = (Decimal(str(v)) if kind == "N" else v for v in (low, high))
    for value in (high, low):
        client.put_item(TableName=name, Item=item(pk=low, sk=value))
    answer = client.query(
        TableName=name, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": av(low)})
    assert answer["Items"] == [item(pk=low, sk=low), item(pk=low, sk=high)]


def test_indexes_describe_themselves(client, make_table):
    name = make_table(
        "pk:S", "sk:S",
        gsi=[index("by-a", "a:S"), index("by-a-b", "a:S", "b:N", "INCLUDE", ["x", "y"]), index("keys", "b:N", None, "KEYS_ONLY")],
        lsi=[index("local", "pk:S", "b:N", "KEYS_ONLY")])
    table = client.describe_table(TableName=name)["Table"]
    globals_ = {i["IndexName"]: i for i in table["GlobalSecondaryIndexes"]}
    assert set(globals_) == {"by-a", "by-a-b", "keys"}
    assert globals_["by-a"]["KeySchema"] == key_schema("a:S")
    assert globals_["by-a"]["Projection"] == {"ProjectionType": "ALL"}
    assert globals_["by-a-b"]["KeySchema"] == key_schema("a:S", "b:N")
    assert globals_["by-a-b"]["Projection"]["ProjectionType"] == "INCLUDE"
    assert sorted(globals_["by-a-b"]["Projection"]["NonKeyAttributes"]) == ["x", "y"]
    assert globals_["keys"]["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    for one in globals_.values():
        assert one["IndexStatus"] == "ACTIVE"
        assert one["ItemCount"] == 0 and one["IndexSizeBytes"] == 0
        assert one["IndexArn"] == f"{table['TableArn']}/index/{one['IndexName']}"
    (local,) = table["LocalSecondaryIndexes"]
    assert local["KeySchema"] == key_schema("pk:S", "b:N")
    assert local["IndexArn"] == f"{table['TableArn']}/index/local"
    assert "IndexStatus" not in local


def test_stream_specification_names_a_stream(client, make_table):
    name = make_table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    table = client.describe_table(TableName=name)["Table"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["LatestStreamArn"] == f"{table['TableArn']}/stream/{table['LatestStreamLabel']}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", table["LatestStreamLabel"])


def test_options_that_change_no_behaviour_are_accepted(client, make_table):
    name = make_table(
        Tags=[{"Key": "team", "Value": "orders"}], TableClass="STANDARD_INFREQUENT_ACCESS",
        SSESpecification={"Enabled": False})
    assert client.describe_table(TableName=name)["Table"]["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"


def test_creating_a_table_twice(client, table):
    with aws_error("ResourceInUseException", f"Table already exists: {table}"):
        client.create_table(**table_request(table, "pk:S"))


def changed(**changes):
    """A valid CreateTable request with some members replaced (or, where None, left out)."""
    request = {**table_request("never-created", "pk:S"), **changes}
    return {name: value for name, value in request.items() if value is not None}


ONE_UNIT = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
REFUSED_TABLES = {
    "an attribute that no key uses": (
        changed(AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "extra", "AttributeType": "S"}]),
        "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"),
    "a key attribute without definition": (
        changed(AttributeDefinitions=[{"AttributeName": "other", "AttributeType": "S"}]),
        r"Some index key attributes are not defined in AttributeDefinitions. Keys: \[pk\], AttributeDefinitions: \[other\]"),
    "two partition keys": (
        changed(KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "pk", "KeyType": "HASH"}]),
        "KeySchema"),
    "a sort key first": (changed(KeySchema=[{"AttributeName": "pk", "KeyType": "RANGE"}]), "KeySchema"),
    "provisioned without throughput": (
        changed(BillingMode="PROVISIONED"),
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"),
    "no billing mode and no throughput": (
        changed(BillingMode=None),
        "(ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED|"
        "No provisioned throughput specified for the table)"),
    "throughput on demand": (
        changed(ProvisionedThroughput=ONE_UNIT),
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"),
    "a local index without a sort key": (
        table_request("never-created", "pk:S", "sk:S", lsi=[index("local", "pk:S")]),
        "Index KeySchema does not have a range key for index: local"),
    "a local index on a table without a sort key": (
        table_request("never-created", "pk:S", lsi=[index("local", "pk:S", "b:S")]),
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"),
    "a local index with another partition key": (
        table_request("never-created", "pk:S", "sk:S", lsi=[index("local", "a:S", "b:S")]),
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: local"),
    "two indexes of one name": (
        table_request("never-created", "pk:S", "sk:S", gsi=[index("same", "a:S"), index("same", "b:S")]),
        "Duplicate index name: same"),
    "INCLUDE without attributes": (
        table_request("never-created", "pk:S", gsi=[index("some", "a:S", None, "INCLUDE")]),
        "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
    "ALL with attributes": (
        table_request("never-created", "pk:S", gsi=[index("some", "a:S", None, "ALL", ["x"])]),
        "ProjectionType is ALL, but NonKeyAttributes is specified"),
    "six local indexes": (
        table_request("never-created", "pk:S", "sk:S", lsi=[index(f"local-{n}", "pk:S", f"k{n}:S") for n in range(6)]),
        "Number of LocalSecondaryIndexes exceeds per-table limit of 5"),
    "twenty-one global indexes": (
        table_request("never-created", "pk:S", gsi=[index(f"global-{n}", f"k{n}:S") for n in range(21)]),
        "(GlobalSecondaryIndex count exceeds the per-table limit of 20|"
        "Subscriber limit exceeded|GlobalSecondaryIndexes)"),
    "a stream without a view type": (
        changed(StreamSpecification={"StreamEnabled": True}), "(Stream|Update)ViewType"),
    "a view type without a stream": (
        changed(StreamSpecification={"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"}),
        "Table is being created with a stream disabled, UpdateViewType should not be specified"),
    "a name with a space": (changed(TableName="not a name"), "(tableName|TableName|table/index name)"),
    "a name of two characters": (changed(TableName="ab"), "(tableName|TableName|table/index name)"),
    "a name of 256 characters": (changed(TableName="x" * 256), "(tableName|TableName|table/index name)"),
}


@pytest.mark.parametrize("reason", REFUSED_TABLES)
def test_create_table_refuses(client, reason):
    request, message = REFUSED_TABLES[reason]
    with aws_error("ValidationException", re.compile(message)):
        client.create_table(**request)
    with aws_error("ResourceNotFoundException"):
        client.describe_table(TableName="never-created")


def test_describing_a_table_that_is_not_there(client):
    with aws_error("ResourceNotFoundException", "Requested resource not found: Table: absent not found"):
        client.describe_table(TableName="absent")


def test_deleting_a_table_that_is_not_there(client):
    with aws_error("ResourceNotFoundException", "Requested resource not found: Table: absent not found"):
        client.delete_table(TableName="absent")


@pytest.mark.parametrize("call", [
    lambda c: c.get_item(TableName="absent", Key=item(pk="a")),
    lambda c: c.put_item(TableName="absent", Item=item(pk="a")),
    lambda c: c.update_item(TableName="absent", Key=item(pk="a")),
    lambda c: c.delete_item(TableName="absent", Key=item(pk="a")),
    lambda c: c.scan(TableName="absent"),
    lambda c: c.query(TableName="absent", KeyConditionExpression="pk = :a", ExpressionAttributeValues={":a": av("a")}),
    lambda c: c.batch_get_item(RequestItems={"absent": {"Keys": [item(pk="a")]}}),
    lambda c: c.batch_write_item(RequestItems={"absent": [{"PutRequest": {"Item": item(pk="a")}}]}),
], ids=["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Scan", "Query", "BatchGetItem", "BatchWriteItem"])
def test_items_of_a_table_that_is_not_there(client, call):
    with aws_error("ResourceNotFoundException", re.compile("^Requested resource not found")):
        call(client)


def test_a_deleted_table_is_gone_and_its_name_free(client, make_table):
    name = make_table("pk:S")
    client.put_item(TableName=name, Item=item(pk="old"))
    deleted = client.delete_table(TableName=name)["TableDescription"]
    assert deleted["TableName"] == name and deleted["TableStatus"] == "DELETING"
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    with aws_error("ResourceNotFoundException"):
        client.get_item(TableName=name, Key=item(pk="old"))
    client.create_table(**table_request(name, "pk:S"))
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    assert client.scan(TableName=name)["Count"] == 0


def test_a_protected_table_stays(client, make_table):
    name = make_table("pk:S", DeletionProtectionEnabled=True)
    assert client.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"] is True
    with aws_error("ValidationException", re.compile("protected against deletion")):
        client.delete_table(TableName=name)
    client.put_item(TableName=name, Item=item(pk="still here"))


def test_list_tables_pages(client, make_table):
    names = {make_table("pk:S") for _ in range(5)}
    pages = list(client.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 2}))
    assert all(len(page["TableNames"]) <= 2 for page in pages)
    listed = [name for page in pages for name in page["TableNames"]]
    assert len(listed) == len(set(listed))
    assert names <= set(listed)

    first = client.list_tables(Limit=1)
    assert first["LastEvaluatedTableName"] == first["TableNames"][-1]
    rest = client.list_tables(ExclusiveStartTableName=first["LastEvaluatedTableName"])
    assert set(first["TableNames"]).isdisjoint(rest["TableNames"])


def test_list_tables_limit(client):
    with aws_error("ValidationException", re.compile(
            "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: "
            "Member must have value less than or equal to 100")):
        client.list_tables(Limit=101)


def test_a_table_by_its_arn(client, sorted_table):
    arn = client.describe_table(TableName=sorted_table)["Table"]["TableArn"]
    stored = item(pk="a", sk=1)
    client.put_item(TableName=arn, Item=stored)
    assert client.get_item(TableName=arn, Key=stored)["Item"] == stored
    assert client.scan(TableName=arn)["Items"] == [stored]
    assert client.describe_table(TableName=arn)["Table"]["TableName"] == sorted_table


@pytest.mark.kvd_only
def test_item_count_and_size_are_exact(client, make_table):
    """DynamoDB refreshes these figures every six hours or so; kvd keeps them exact."""
    name = make_table("pk:S", gsi=[index("by-a", "a:S", None, "KEYS_ONLY")])
    stored = [item(pk=f"item {n}", a="x", text="y" * n) for n in range(10)] + [item(pk="not in the index")]
    for one in stored:
        client.put_item(TableName=name, Item=one)
    client.delete_item(TableName=name, Key=item(pk="item 0"))
    longer = item(pk="item 1", a="x", text="a longer text than before")
    client.put_item(TableName=name, Item=longer)
    left = [longer] + stored[2:]

    table = client.describe_table(TableName=name)["Table"]
    assert table["ItemCount"] == len(left)
    assert table["TableSizeBytes"] == sum(map(item_size, left))
    assert table["GlobalSecondaryIndexes"][0]["ItemCount"] == len(left) - 1


def test_describe_limits(client):
    limits = client.describe_limits()
    assert limits["AccountMaxReadCapacityUnits"] == 80000
    assert limits["AccountMaxWriteCapacityUnits"] == 80000
    assert limits["TableMaxReadCapacityUnits"] == 40000
    assert limits["TableMaxWriteCapacityUnits"] == 40000


def test_describe_endpoints(client, url):
    (endpoint,) = client.describe_endpoints()["Endpoints"]
    assert endpoint["CachePeriodInMinutes"] == 1440
    assert endpoint["Address"] == url.removeprefix("http://") or "amazonaws.com" in endpoint["Address"]


def test_the_waiters_and_the_resource(resource, table_name):
    table = resource.create_table(**table_request(table_name, "pk:S"))
    table.wait_until_exists()
    table.reload()
    assert table.table_status == "ACTIVE" and table.item_count == 0
    table.delete()
    table.wait_until_not_exists()
    assert table_name not in [one.name for one in resource.tables.all()]
