"""Every attribute type goes in and comes out unchanged, and values that are none are refused."""

import re

import pytest

from aws_clients import aws_error
from values import av, item

DIGITS_38 = "12345678901234567890123456789012345678"

ROUND_TRIPS = {
    "string": {"S": "hello"},
    "empty string": {"S": ""},
    "string of many scripts": {"S": "Zürich, 東京, 🏔️, \u0000\u001f\"\\/"},
    "surrogate pair": {"S": "\U0001f600"},
    "combining and composed differ": {"S": "e\u0301 \u00e9"},
    "binary": {"B": bytes(range(256))},
    "empty binary": {"B": b""},
    "true": {"BOOL": True},
    "false": {"BOOL": False},
    "null": {"NULL": True},
    "empty list": {"L": []},
    "empty map": {"M": {}},
    "mixed list": {"L": [{"S": "a"}, {"N": "1"}, {"B": b"\x00"}, {"NULL": True}, {"L": [{"BOOL": False}]}]},
    "nested map": {"M": {"a": {"M": {"b": {"L": [{"M": {" ": {"S": "a blank name"}}}]}}}}},
    "zero": {"N": "0"},
    "integer": {"N": "42"},
    "negative": {"N": "-273.15"},
    "38 digits": {"N": DIGITS_38},
    "38 digits, 37 of them fractional": {"N": "-1." + DIGITS_38[1:]},
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_round_trip(client, table, name):
    value = ROUND_TRIPS[name]
    stored = {"pk": av("a"), "value": value, "inside": {"L": [value, {"M": {"again": value}}]}}
    client.put_item(TableName=table, Item=stored)
    assert client.get_item(TableName=table, Key=item(pk="a"))["Item"] == stored


@pytest.mark.parametrize("kind, members", [
    ("SS", ["b", "a", "", "é"]), ("NS", ["3", "-1.5", "0"]), ("BS", [b"\x01", b"", b"\xff"]),
])
def test_sets_keep_their_members(client, table, kind, members):
    client.put_item(TableName=table, Item={"pk": av("a"), "value": {kind: members}})
    got = client.get_item(TableName=table, Key=item(pk="a"))["Item"]["value"]
    assert sorted(got[kind]) == sorted(members)


@pytest.mark.parametrize("written, read", [
    ("1E3", "1000"), ("1e3", "1000"), ("+7", "7"), ("0.10", "0.1"), ("007", "7"), ("-0", "0"), ("0.000", "0"),
    (".5", "0.5"), ("1.", "1"), ("100", "100"), ("1E-3", "0.001"),
    ("1E-130", "0." + "0" * 129 + "1"),
    ("-1E-130", "-0." + "0" * 129 + "1"),
    ("9.9999999999999999999999999999999999999E+125", "9" * 38 + "0" * 88),
    ("-9.9999999999999999999999999999999999999E+125", "-" + "9" * 38 + "0" * 88),
])
def test_numbers_come_back_in_plain_notation(client, table, written, read):
    client.put_item(TableName=table, Item={"pk": av("a"), "n": {"N": written}})
    assert client.get_item(TableName=table, Key=item(pk="a"))["Item"]["n"] == {"N": read}


@pytest.mark.parametrize("number, message", [
    ("1E126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ("-1E126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ("1E-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range"),
    (DIGITS_38 + "9", "Attempting to store more than 38 significant digits in a Number"),
    ("1" + "0" * 38 + "1", "Attempting to store more than 38 significant digits in a Number"),
    ("abc", "The parameter cannot be converted to a numeric value: abc"),
    ("1 ", "The parameter cannot be converted to a numeric value: 1 "),
    ("0x10", "The parameter cannot be converted to a numeric value: 0x10"),
    ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
    ("", re.compile("^The parameter cannot be converted to a numeric value(: )?$")),
])
def test_what_is_no_number(client, table, number, message):
    with aws_error("ValidationException", message):
        client.put_item(TableName=table, Item={"pk": av("a"), "n": {"N": number}})
    assert "Item" not in client.get_item(TableName=table, Key=item(pk="a"))


def test_sums_are_exact(client, table):
    client.put_item(TableName=table, Item={"pk": av("a"), "n": {"N": "0.1"}})
    answer = client.update_item(
        TableName=table, Key=item(pk="a"), UpdateExpression="SET n = n + :d",
        ExpressionAttributeValues={":d": {"N": "0.2"}}, ReturnValues="UPDATED_NEW")
    assert answer["Attributes"] == {"n": {"N": "0.3"}}


REFUSED_VALUES = {
    "empty string set": ({"SS": []}, "An string set  may not be empty"),
    "empty number set": ({"NS": []}, "An number set  may not be empty"),
    "empty binary set": ({"BS": []}, "Binary sets should not be empty"),
    "a string twice": ({"SS": ["a", "b", "a"]}, "Input collection .*contains duplicates"),
    "a number twice": ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
    "bytes twice": ({"BS": [b"x", b"x"]}, "Input collection .*of type BS contains duplicates"),
    "null that is false": ({"NULL": False}, "Null attribute value types must have the value of true"),
    "no type": ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
    "two types": (
        {"S": "a", "N": "1"},
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"),
}


@pytest.mark.parametrize("name", REFUSED_VALUES)
def test_what_is_no_value(client, table, name):
    value, message = REFUSED_VALUES[name]
    for nested in (value, {"L": [value]}, {"M": {"inside": value}}):
        with aws_error("ValidationException", re.compile(message)):
            client.put_item(TableName=table, Item={"pk": av("a"), "value": nested})
    assert "Item" not in client.get_item(TableName=table, Key=item(pk="a"))


def nested_lists(depth):
    value = {"S": "bottom"}
    for _ in range(depth):
        value = {"L": [value]}
    return value


def test_nesting(client, table):
    deep = {"pk": av("a"), "value": nested_lists(31)}
    client.put_item(TableName=table, Item=deep)
    assert client.get_item(TableName=table, Key=item(pk="a"))["Item"] == deep
    for too_deep in (32, 33, 60):
        with aws_error("ValidationException", re.compile("[Nn]esting [Ll]evels have exceeded supported limits")):
            client.put_item(TableName=table, Item={"pk": av("b"), "value": nested_lists(too_deep)})


def test_attribute_names_are_told_apart_by_bytes(client, table):
    """Composed and decomposed é are equal as Unicode and different as attribute names."""
    stored = {"pk": av("a"), "\u00e9": av(1), "e\u0301": av(2), "with space": av(3), "dotted.name": av(4)}
    client.put_item(TableName=table, Item=stored)
    assert client.get_item(TableName=table, Key=item(pk="a"))["Item"] == stored


def test_string_keys_are_told_apart_by_bytes(client, table):
    client.put_item(TableName=table, Item=item(pk="\u00e9", n=1))
    client.put_item(TableName=table, Item=item(pk="e\u0301", n=2))
    assert client.get_item(TableName=table, Key=item(pk="\u00e9"))["Item"]["n"] == av(1)
    assert client.scan(TableName=table)["Count"] == 2


def test_equal_numbers_are_one_key(client, make_table):
    name = make_table("pk:N")
    client.put_item(TableName=name, Item={"pk": {"N": "100"}, "first": av(True)})
    client.put_item(TableName=name, Item={"pk": {"N": "1.00E2"}, "second": av(True)})
    assert client.scan(TableName=name)["Items"] == [{"pk": {"N": "100"}, "second": av(True)}]


def test_the_object_interface_speaks_python(resource, table):
    from decimal import Decimal

    from boto3.dynamodb.types import Binary
    stored = {
        "pk": "a", "n": Decimal("3.14"), "b": Binary(b"\x00\x01"), "none": None, "yes": True,
        "tags": {"x", "y"}, "numbers": {Decimal(1), Decimal("2.5")}, "list": [Decimal(1), "two", {"three": [None]}],
    }
    resource.Table(table).put_item(Item=stored)
    assert resource.Table(table).get_item(Key={"pk": "a"})["Item"] == stored
