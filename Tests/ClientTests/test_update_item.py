"""UpdateItem: the update language, what it returns, and what it refuses."""

import re
import threading

import pytest

from aws_clients import aws_error
from values import av, item

BEFORE = item(pk="a", n=5, body="t", l=[1, 2, 3], m={"x": 1, "deep": {"y": [10, 20]}})
BEFORE["tags"] = {"SS": ["red", "green"]}
BEFORE["numbers"] = {"NS": ["1", "2"]}

# expression, values, the attributes that change (None: removed)
UPDATES = {
    "SET replaces": ("SET body = :v", {":v": "new"}, item(body="new")),
    "SET adds": ("SET fresh = :v", {":v": 1}, item(fresh=1)),
    "SET copies": ("SET twin = m.deep", {}, {"twin": BEFORE["m"]["M"]["deep"]}),
    "SET swaps with the old values": ("SET body = n, n = body", {}, {"body": av(5), "n": av("t")}),
    "SET plus": ("SET n = n + :v", {":v": 3}, item(n=8)),
    "SET minus": ("SET n = :v - n", {":v": 3}, item(n=-2)),
    "SET plus of nested": ("SET m.x = m.x + l[1]", {}, {"m": av({"x": 3, "deep": {"y": [10, 20]}})}),
    "SET of a list element": ("SET l[1] = :v", {":v": "two"}, item(l=[1, "two", 3])),
    "SET beyond the end appends": ("SET l[9] = :v", {":v": 4}, item(l=[1, 2, 3, 4])),
    "SET of a nested path": ("SET m.deep.y[0] = :v, m.z = :v", {":v": 7}, item(m={"x": 1, "z": 7, "deep": {"y": [7, 20]}})),
    "if_not_exists on what is there": ("SET n = if_not_exists(n, :v)", {":v": 9}, {}),
    "if_not_exists on what is absent": ("SET f = if_not_exists(absent, :v)", {":v": 9}, item(f=9)),
    "a counter that starts itself": ("SET c = if_not_exists(c, :z) + :one", {":z": 0, ":one": 1}, item(c=1)),
    "list_append at the end": ("SET l = list_append(l, :v)", {":v": [4]}, item(l=[1, 2, 3, 4])),
    "list_append at the start": ("SET l = list_append(:v, l)", {":v": [0]}, item(l=[0, 1, 2, 3])),
    "REMOVE": ("REMOVE body, m.deep", {}, {"body": None, "m": av({"x": 1})}),
    "REMOVE counts elements before it removes any": ("REMOVE l[0], l[2]", {}, item(l=[2])),
    "REMOVE of what is absent": ("REMOVE absent, l[7]", {}, {}),
    "ADD to a number": ("ADD n :v", {":v": 2}, item(n=7)),
    "ADD makes a number": ("ADD fresh :v", {":v": 2}, item(fresh=2)),
    "ADD to a nested number": ("ADD m.x :v", {":v": 1}, item(m={"x": 2, "deep": {"y": [10, 20]}})),
    "ADD to a set": ("ADD tags :v", {":v": {"blue", "red"}}, {"tags": {"SS": ["blue", "green", "red"]}}),
    "ADD makes a set": ("ADD fresh :v", {":v": {1, 2}}, {"fresh": {"NS": ["1", "2"]}}),
    "DELETE from a set": ("DELETE numbers :v", {":v": {2, 5}}, {"numbers": {"NS": ["1"]}}),
    "DELETE of every member removes the set": ("DELETE tags :v", {":v": {"red", "green"}}, {"tags": None}),
    "DELETE from nothing": ("DELETE absent :v", {":v": {"x"}}, {}),
    "all four clauses": (
        "SET body = :t ADD n :one REMOVE l DELETE tags :s", {":t": "x", ":one": 1, ":s": {"red"}},
        {"body": av("x"), "n": av(6), "l": None, "tags": {"SS": ["green"]}}),
    "lower case clauses and odd spacing": ("set body=:t   remove  l", {":t": "x"}, {"body": av("x"), "l": None}),
}


def in_order(attributes):
    """Sets have no order; put their members in one so that items compare."""
    if attributes is None:
        return None
    return {
        name: {kind: sorted(payload) if kind in ("SS", "NS", "BS") else payload for kind, payload in value.items()}
        for name, value in attributes.items()
    }


@pytest.mark.parametrize("name", UPDATES)
def test_update(client, table, name):
    expression, values, changes = UPDATES[name]
    client.put_item(TableName=table, Item=BEFORE)
    more = {"ExpressionAttributeValues": {k: av(v) for k, v in values.items()}} if values else {}
    answer = client.update_item(
        TableName=table, Key=item(pk="a"), UpdateExpression=expression, ReturnValues="ALL_NEW", **more)
    after = {k: v for k, v in {**BEFORE, **changes}.items() if v is not None}
    assert in_order(answer["Attributes"]) == in_order(after)
    assert in_order(client.get_item(TableName=table, Key=item(pk="a"))["Item"]) == in_order(after)


def test_update_makes_the_item(client, table):
    answer = client.update_item(
        TableName=table, Key=item(pk="new"), UpdateExpression="SET n = :n", ExpressionAttributeValues={":n": av(1)},
        ReturnValues="ALL_OLD")
    assert "Attributes" not in answer
    assert client.get_item(TableName=table, Key=item(pk="new"))["Item"] == item(pk="new", n=1)


def test_update_without_expression_makes_the_bare_item(client, sorted_table):
    key = item(pk="new", sk=1)
    client.update_item(TableName=sorted_table, Key=key)
    assert client.get_item(TableName=sorted_table, Key=key)["Item"] == key


@pytest.mark.parametrize("choice, expected", [
    ("NONE", None),
    ("ALL_OLD", item(pk="a", n=1, m={"x": 1, "y": 2}, gone=1)),
    ("ALL_NEW", item(pk="a", n=2, m={"x": 5, "y": 2}, fresh=1)),
    ("UPDATED_OLD", item(n=1, m={"x": 1}, gone=1)),
    ("UPDATED_NEW", item(n=2, m={"x": 5}, fresh=1)),
])
def test_return_values(client, table, choice, expected):
    client.put_item(TableName=table, Item=item(pk="a", n=1, m={"x": 1, "y": 2}, gone=1))
    answer = client.update_item(
        TableName=table, Key=item(pk="a"), UpdateExpression="SET n = :two, m.x = :five, fresh = :one REMOVE gone",
        ExpressionAttributeValues={":one": av(1), ":two": av(2), ":five": av(5)}, ReturnValues=choice)
    assert answer.get("Attributes") == expected


def test_updated_values_of_a_list_are_its_touched_elements(client, table):
    client.put_item(TableName=table, Item=item(pk="a", l=[1, 2, 3]))
    answer = client.update_item(
        TableName=table, Key=item(pk="a"), UpdateExpression="SET l[1] = :v", ExpressionAttributeValues={":v": av(9)},
        ReturnValues="UPDATED_NEW")
    assert answer["Attributes"] == item(l=[9])


MISSING = "The provided expression refers to an attribute that does not exist in the item"
BAD_PATH = "The document path provided in the update expression is invalid for update"
BAD_OPERAND = "An operand in the update expression has an incorrect data type"

REFUSED_UPDATES = {
    "copy of what is absent": ("SET n = absent", {}, MISSING),
    "sum with what is absent": ("SET n = absent + :v", {":v": 1}, MISSING),
    "sum with a string": ("SET n = body + :v", {":v": 1}, BAD_OPERAND),
    "list_append to a number": ("SET l = list_append(n, :v)", {":v": [1]}, BAD_OPERAND),
    "ADD to a string": ("ADD body :v", {":v": 1}, BAD_OPERAND),
    "ADD of another set type": ("ADD tags :v", {":v": {1}}, BAD_OPERAND),
    "DELETE from a number": ("DELETE n :v", {":v": {1}}, BAD_OPERAND),
    "a path through a number": ("SET n.x = :v", {":v": 1}, BAD_PATH),
    "a path through what is absent": ("SET absent.x = :v", {":v": 1}, BAD_PATH),
    "an index into a map": ("SET m[0] = :v", {":v": 1}, BAD_PATH),
    "the key": ("SET pk = :v", {":v": "b"},
                "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"),
    "removing the key": ("REMOVE pk", {},
                         "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"),
    "one path twice": (
        "SET n = :v, n = :v", {":v": 1},
        "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; "
        "path one: [n], path two: [n]"),
    "a path and its parent": (
        "SET m = :v, m.x = :v", {":v": 1},
        "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; "
        "path one: [m], path two: [m, x]"),
    "a reserved word": (
        "SET name = :v", {":v": 1},
        "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: name"),
    "an undefined value": (
        "SET n = :w, body = :v", {":v": 1},
        "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :w"),
    "an undefined name": (
        "SET #n = :v", {":v": 1},
        "Invalid UpdateExpression: An expression attribute name used in the document path is not defined; attribute name: #n"),
    "an unused value": (
        "SET n = :v", {":v": 1, ":w": 2},
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"),
    "an empty expression": ("", {}, "Invalid UpdateExpression: The expression can not be empty;"),
    "a clause twice": (
        "SET n = :v SET body = :v", {":v": 1},
        'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;'),
    "a syntax error": ("SET n := :v", {":v": 1}, re.compile("^Invalid UpdateExpression: Syntax error; token: ")),
    "ADD of a string": (
        "ADD n :v", {":v": "x"},
        re.compile("^Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING")),
    "DELETE of a number": (
        "DELETE tags :v", {":v": 1},
        re.compile("^Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER")),
    "an unknown function": (
        "SET n = twice(n)", {}, "Invalid UpdateExpression: Invalid function name; function: twice"),
    "a number out of range": ("SET n = n + :v", {":v": "9e125"}, re.compile("(overflow|more than 38 significant digits)")),
}


@pytest.mark.parametrize("name", REFUSED_UPDATES)
def test_update_refuses(client, table, name):
    expression, values, message = REFUSED_UPDATES[name]
    before = dict(BEFORE)
    if name == "a number out of range":
        before["n"] = {"N": "9E125"}
        values = {":v": {"N": "9E125"}}
    else:
        values = {k: av(v) for k, v in values.items()}
    client.put_item(TableName=table, Item=before)
    more = {"ExpressionAttributeValues": values} if values else {}
    with aws_error("ValidationException", message):
        client.update_item(TableName=table, Key=item(pk="a"), UpdateExpression=expression, **more)
    after = client.get_item(TableName=table, Key=item(pk="a"))["Item"]
    assert set(after) == set(before) and after["l"] == before["l"] and after["m"] == before["m"]


def test_concurrent_additions_lose_nothing(client, table):
    def add():
        for _ in range(50):
            client.update_item(
                TableName=table, Key=item(pk="counter"), UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": av(1)})

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.get_item(TableName=table, Key=item(pk="counter"), ConsistentRead=True)["Item"]["n"] == av(400)


def test_optimistic_locking(client, table):
    """The version pattern of the Developer Guide: of many who read version n, one writes version n + 1."""
    client.put_item(TableName=table, Item=item(pk="doc", version=0))
    winners = []

    def write(name):
        for version in range(20):
            try:
                client.update_item(
                    TableName=table, Key=item(pk="doc"), UpdateExpression="SET version = :new",
                    ConditionExpression="version = :old",
                    ExpressionAttributeValues={":old": av(version), ":new": av(version + 1)})
                winners.append(version)
            except client.exceptions.ConditionalCheckFailedException:
                pass

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    final = int(client.get_item(TableName=table, Key=item(pk="doc"), ConsistentRead=True)["Item"]["version"]["N"])
    assert sorted(winners) == list(range(final))
