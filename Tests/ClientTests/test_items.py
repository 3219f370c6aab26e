"""PutItem, GetItem and DeleteItem: what they store, return and refuse."""

import re

import pytest

from aws_clients import aws_error
from values import av, item, item_size


def test_put_then_get(client, table):
    stored = item(pk="a", n=1, text="hello")
    answer = client.put_item(TableName=table, Item=stored)
    assert "Attributes" not in answer and "ConsumedCapacity" not in answer
    assert client.get_item(TableName=table, Key=item(pk="a"))["Item"] == stored
    assert client.get_item(TableName=table, Key=item(pk="a"), ConsistentRead=True)["Item"] == stored


def test_put_replaces_the_whole_item(client, table):
    client.put_item(TableName=table, Item=item(pk="a", old=1, both=1))
    client.put_item(TableName=table, Item=item(pk="a", both=2))
    assert client.get_item(TableName=table, Key=item(pk="a"))["Item"] == item(pk="a", both=2)


def test_put_returns_the_old_item(client, table):
    first, second = item(pk="a", n=1), item(pk="a", n=2)
    assert "Attributes" not in client.put_item(TableName=table, Item=first, ReturnValues="ALL_OLD")
    assert client.put_item(TableName=table, Item=second, ReturnValues="ALL_OLD")["Attributes"] == first
    assert "Attributes" not in client.put_item(TableName=table, Item=second, ReturnValues="NONE")


@pytest.mark.parametrize("choice", ["ALL_NEW", "UPDATED_NEW", "UPDATED_OLD"])
def test_put_and_delete_return_only_old_items(client, table, choice):
    with aws_error("ValidationException", "ReturnValues can only be ALL_OLD or NONE"):
        client.put_item(TableName=table, Item=item(pk="a"), ReturnValues=choice)
    with aws_error("ValidationException", "ReturnValues can only be ALL_OLD or NONE"):
        client.delete_item(TableName=table, Key=item(pk="a"), ReturnValues=choice)


def test_get_of_nothing(client, table):
    assert "Item" not in client.get_item(TableName=table, Key=item(pk="absent"))


def test_delete(client, table):
    stored = item(pk="a", n=1)
    client.put_item(TableName=table, Item=stored)
    assert client.delete_item(TableName=table, Key=item(pk="a"), ReturnValues="ALL_OLD")["Attributes"] == stored
    assert "Item" not in client.get_item(TableName=table, Key=item(pk="a"), ConsistentRead=True)


def test_delete_of_nothing_succeeds(client, table):
    assert "Attributes" not in client.delete_item(TableName=table, Key=item(pk="absent"), ReturnValues="ALL_OLD")


def test_items_of_one_partition_are_told_apart_by_sort_key(client, sorted_table):
    for n in range(3):
        client.put_item(TableName=sorted_table, Item=item(pk="a", sk=n, text=f"number {n}"))
    client.delete_item(TableName=sorted_table, Key=item(pk="a", sk=1))
    found = [client.get_item(TableName=sorted_table, Key=item(pk="a", sk=n)).get("Item") for n in range(3)]
    assert found == [item(pk="a", sk=0, text="number 0"), None, item(pk="a", sk=2, text="number 2")]


def test_get_with_a_projection(client, table):
    client.put_item(TableName=table, Item=item(pk="a", m={"x": 1, "y": 2}, l=[10, 20, 30], other="no"))
    answer = client.get_item(
        TableName=table, Key=item(pk="a"), ProjectionExpression="pk, #m.x, l[2], absent, l[0]",
        ExpressionAttributeNames={"#m": "m"})
    assert answer["Item"] == item(pk="a", m={"x": 1}, l=[10, 30])


def test_a_projection_that_finds_nothing_gives_an_empty_item(client, table):
    client.put_item(TableName=table, Item=item(pk="a", n=1))
    answer = client.get_item(TableName=table, Key=item(pk="a"), ProjectionExpression="absent")
    assert answer["Item"] == {}


def test_put_needs_the_key(client, sorted_table):
    with aws_error("ValidationException", "One or more parameter values were invalid: Missing the key sk in the item"):
        client.put_item(TableName=sorted_table, Item=item(pk="a"))


def test_put_needs_a_key_of_the_right_type(client, sorted_table):
    with aws_error(
            "ValidationException",
            "One or more parameter values were invalid: Type mismatch for key sk expected: N actual: S"):
        client.put_item(TableName=sorted_table, Item=item(pk="a", sk="1"))


@pytest.mark.parametrize("key", [
    {}, item(pk="a"), item(pk="a", sk=1, more=1), item(pk="a", other=1), item(pk="a", sk="1"), item(pk=1, sk=1),
], ids=["empty", "no sort key", "one too many", "another name", "sort type", "partition type"])
def test_a_key_must_match_the_schema(client, sorted_table, key):
    expected = re.compile("^(The provided key element does not match the schema|The number of conditions on the keys is invalid)$")
    with aws_error("ValidationException", expected):
        client.get_item(TableName=sorted_table, Key=key)
    with aws_error("ValidationException", expected):
        client.delete_item(TableName=sorted_table, Key=key)
    with aws_error("ValidationException", expected):
        client.update_item(TableName=sorted_table, Key=key)


def test_a_key_is_never_empty(client, table, make_table):
    message = (
        "One or more parameter values are not valid. The AttributeValue for a key attribute "
        "cannot contain an empty {} value. Key: pk")
    with aws_error("ValidationException", message.format("string")):
        client.put_item(TableName=table, Item=item(pk=""))
    with aws_error("ValidationException", message.format("string")):
        client.get_item(TableName=table, Key=item(pk=""))
    binary = make_table("pk:B")
    with aws_error("ValidationException", message.format("binary")):
        client.put_item(TableName=binary, Item=item(pk=b""))


def test_key_sizes(client, make_table):
    name = make_table("pk:S", "sk:S")
    stored = item(pk="p" * 2048, sk="s" * 1024)
    client.put_item(TableName=name, Item=stored)
    assert client.get_item(TableName=name, Key=stored)["Item"] == stored
    with aws_error(
            "ValidationException",
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"):
        client.put_item(TableName=name, Item=item(pk="p" * 2049, sk="s"))
    with aws_error(
            "ValidationException",
            "One or more parameter values were invalid: Aggregated size of all range keys has exceeded "
            "the size limit of 1024 bytes"):
        client.put_item(TableName=name, Item=item(pk="p", sk="s" * 1025))
    with aws_error("ValidationException", re.compile("2048")):
        client.get_item(TableName=name, Key=item(pk="p" * 2049, sk="s"))


def test_the_largest_item(client, table):
    stored = item(pk="a", text="")
    stored["text"] = av("x" * (400 * 1024 - item_size(stored)))
    assert item_size(stored) == 400 * 1024
    client.put_item(TableName=table, Item=stored)
    assert client.get_item(TableName=table, Key=item(pk="a"))["Item"] == stored

    stored["text"]["S"] += "x"
    with aws_error("ValidationException", "Item size has exceeded the maximum allowed size"):
        client.put_item(TableName=table, Item={**stored, **item(pk="b")})
    assert "Item" not in client.get_item(TableName=table, Key=item(pk="b"))
    with aws_error("ValidationException", "Item size to update has exceeded the maximum allowed size"):
        client.update_item(
            TableName=table, Key=item(pk="a"), UpdateExpression="SET more = :m", ExpressionAttributeValues={":m": av("x")})


def test_condition_failures_write_nothing(client, table):
    stored = item(pk="a", n=1)
    client.put_item(TableName=table, Item=stored)
    with aws_error("ConditionalCheckFailedException", "The conditional request failed") as errors:
        client.put_item(TableName=table, Item=item(pk="a", n=2), ConditionExpression="attribute_not_exists(pk)")
    assert "Item" not in errors[0]
    with aws_error("ConditionalCheckFailedException", "The conditional request failed"):
        client.delete_item(
            TableName=table, Key=item(pk="a"), ConditionExpression="n > :n", ExpressionAttributeValues={":n": av(5)})
    with aws_error("ConditionalCheckFailedException", "The conditional request failed"):
        client.update_item(
            TableName=table, Key=item(pk="a"), UpdateExpression="SET n = :n", ConditionExpression="n = :n",
            ExpressionAttributeValues={":n": av(5)})
    assert client.get_item(TableName=table, Key=item(pk="a"))["Item"] == stored


def test_condition_failures_can_return_the_item(client, table):
    stored = item(pk="a", n=1)
    client.put_item(TableName=table, Item=stored)
    want = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    with aws_error("ConditionalCheckFailedException") as errors:
        client.put_item(TableName=table, Item=item(pk="a"), ConditionExpression="attribute_not_exists(pk)", **want)
    assert errors[0]["Item"] == stored
    with aws_error("ConditionalCheckFailedException") as errors:
        client.delete_item(TableName=table, Key=item(pk="a"), ConditionExpression="attribute_exists(absent)", **want)
    assert errors[0]["Item"] == stored
    with aws_error("ConditionalCheckFailedException") as errors:
        client.update_item(TableName=table, Key=item(pk="a"), ConditionExpression="attribute_exists(absent)", **want)
    assert errors[0]["Item"] == stored
    with aws_error("ConditionalCheckFailedException") as errors:
        client.delete_item(TableName=table, Key=item(pk="b"), ConditionExpression="attribute_exists(pk)", **want)
    assert "Item" not in errors[0]


def test_modelled_exceptions_reach_the_program(client, table):
    """boto3 raises a class of its own for each error that the service model names."""
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.delete_item(TableName=table, Key=item(pk="a"), ConditionExpression="attribute_exists(pk)")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_table(TableName="absent")


LEGACY = {"Expected": {"pk": {"Exists": False}}}


def test_a_legacy_condition_is_never_passed_over(client, table):
    """Whether kvd evaluates Expected or refuses it, an item that breaks the condition must not be written."""
    client.put_item(TableName=table, Item=item(pk="a", n=1))
    with aws_error_of("ConditionalCheckFailedException", "ValidationException"):
        client.put_item(TableName=table, Item=item(pk="a", n=2), **LEGACY)
    with aws_error_of("ConditionalCheckFailedException", "ValidationException"):
        client.delete_item(TableName=table, Key=item(pk="a"), **LEGACY)
    assert client.get_item(TableName=table, Key=item(pk="a"))["Item"] == item(pk="a", n=1)


class aws_error_of:
    """Expects a ClientError with one of these codes."""

    def __init__(self, *codes):
        self.codes = codes

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert error is not None, f"expected one of {self.codes}, but the call succeeded"
        return getattr(error, "response", {}).get("Error", {}).get("Code") in self.codes
