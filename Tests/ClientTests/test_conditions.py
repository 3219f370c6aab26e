"""ConditionExpression and FilterExpression: one language, tried on one item through both."""

import re

import pytest

from aws_clients import aws_error
from values import av, item

ITEM = item(pk="a", n=5, body="hello world", blank="", yes=True, nil=None, l=[1, "two", 3], m={"x": 1, "y": {"z": "deep"}})
ITEM["b"] = {"B": b"\x00\x01\x02"}
ITEM["ss"] = {"SS": ["red", "green"]}
ITEM["ns"] = {"NS": ["1", "2", "3"]}
ITEM["bs"] = {"BS": [b"\x01", b"\x02"]}

# condition, values, does ITEM meet it
CONDITIONS = [
    ("n = :v", {":v": 5}, True),
    ("n = :v", {":v": "5"}, False),
    ("n <> :v", {":v": 6}, True),
    ("n <> :v", {":v": "5"}, True),
    ("absent = :v", {":v": 5}, False),
    ("absent <> :v", {":v": 5}, True),
    ("absent < :v", {":v": 5}, False),
    ("n < :v", {":v": 5}, False),
    ("n <= :v", {":v": 5}, True),
    ("n > :v", {":v": 4}, True),
    ("n >= :v", {":v": 10}, False),
    ("n < :v", {":v": "6"}, False),
    (":v < n", {":v": 4}, True),
    ("body < :v", {":v": "hello x"}, True),
    ("body > :v", {":v": "Zebra"}, True),
    ("b < :v", {":v": b"\x00\x02"}, True),
    ("b > :v", {":v": b"\x00\x01"}, True),
    ("l = :v", {":v": [1, "two", 3]}, True),
    ("l = :v", {":v": [1, 3, "two"]}, False),
    ("m = :v", {":v": {"y": {"z": "deep"}, "x": 1}}, True),
    ("ss = :v", {":v": {"green", "red"}}, True),
    ("m.y.z = :v", {":v": "deep"}, True),
    ("l[1] = :v", {":v": "two"}, True),
    ("l[5] = :v", {":v": "two"}, False),
    ("m.x = l[0]", {}, True),
    ("nil = :v", {":v": None}, True),
    ("yes = :v", {":v": True}, True),
    ("n BETWEEN :lo AND :hi", {":lo": 5, ":hi": 5}, True),
    ("n BETWEEN :lo AND :hi", {":lo": 6, ":hi": 9}, False),
    ("n between :lo and :hi", {":lo": 1, ":hi": 9}, True),
    ("NOT n BETWEEN :lo AND :hi", {":lo": 6, ":hi": 9}, True),
    ("n IN (:a, :b)", {":a": 1, ":b": 5}, True),
    ("n IN (:a)", {":a": 1}, False),
    ("n in (m.x, :v)", {":v": 5}, True),
    ("attribute_exists(n)", {}, True),
    ("attribute_exists(absent)", {}, False),
    ("attribute_exists(m.y.z)", {}, True),
    ("attribute_exists(l[3])", {}, False),
    ("attribute_exists(nil)", {}, True),
    ("attribute_not_exists(m.w)", {}, True),
    ("attribute_not_exists(pk)", {}, False),
    *[(f"attribute_type({name}, :t)", {":t": kind}, True) for name, kind in [
        ("body", "S"), ("n", "N"), ("b", "B"), ("yes", "BOOL"), ("nil", "NULL"), ("ss", "SS"), ("ns", "NS"), ("bs", "BS"),
        ("l", "L"), ("m", "M")]],
    ("attribute_type(n, :t)", {":t": "S"}, False),
    ("attribute_type(absent, :t)", {":t": "S"}, False),
    ("begins_with(body, :v)", {":v": "hello"}, True),
    ("begins_with(body, :v)", {":v": "world"}, False),
    ("begins_with(body, :v)", {":v": ""}, True),
    ("begins_with(b, :v)", {":v": b"\x00\x01"}, True),
    ("begins_with(n, :v)", {":v": "5"}, False),
    ("contains(body, :v)", {":v": "lo wo"}, True),
    ("contains(body, :v)", {":v": "LO"}, False),
    ("contains(ss, :v)", {":v": "red"}, True),
    ("contains(ss, :v)", {":v": "re"}, False),
    ("contains(ns, :v)", {":v": 2}, True),
    ("contains(bs, :v)", {":v": b"\x02"}, True),
    ("contains(l, :v)", {":v": "two"}, True),
    ("contains(l, :v)", {":v": 2}, False),
    ("contains(absent, :v)", {":v": 2}, False),
    ("size(body) = :v", {":v": 11}, True),
    ("size(blank) = :v", {":v": 0}, True),
    ("size(b) = :v", {":v": 3}, True),
    ("size(l) = :v", {":v": 3}, True),
    ("size(m) = :v", {":v": 2}, True),
    ("size(ss) >= :v", {":v": 2}, True),
    ("size(absent) = :v", {":v": 0}, False),
    ("size(m.y) BETWEEN :v AND :w", {":v": 1, ":w": 2}, True),
    ("n = :v AND yes = :t", {":v": 5, ":t": True}, True),
    ("n = :v AND yes = :t", {":v": 5, ":t": False}, False),
    ("n = :v OR yes = :t", {":v": 6, ":t": True}, True),
    ("NOT n = :v", {":v": 5}, False),
    ("not (n = :v)", {":v": 6}, True),
    # NOT binds tighter than AND, AND tighter than OR.
    ("n = :five OR n = :six AND n = :six", {":five": 5, ":six": 6}, True),
    ("(n = :five OR n = :six) AND n = :six", {":five": 5, ":six": 6}, False),
    ("NOT n = :six AND n = :six", {":six": 6}, False),
    ("NOT (n = :six AND n = :six)", {":six": 6}, True),
]


@pytest.fixture(scope="module")
def conditions_table(client):
    from tables import table_request, wait_until_active
    name = "conditions"
    client.create_table(**table_request(name, "pk:S"))
    wait_until_active(client, name)
    client.put_item(TableName=name, Item=ITEM)
    yield name
    client.delete_table(TableName=name)


def given(values):
    return {"ExpressionAttributeValues": {k: av(v) for k, v in values.items()}} if values else {}


@pytest.mark.parametrize("condition, values, met", CONDITIONS, ids=[f"{n}: {c[0]}" for n, c in enumerate(CONDITIONS)])
def test_condition(client, conditions_table, condition, values, met):
    def try_condition():
        client.put_item(TableName=conditions_table, Item=ITEM, ConditionExpression=condition, **given(values))

    if met:
        try_condition()
    else:
        with aws_error("ConditionalCheckFailedException", "The conditional request failed"):
            try_condition()
    if "pk" not in condition:
        answer = client.scan(TableName=conditions_table, FilterExpression=condition, **given(values))
        assert (answer["Count"], answer["ScannedCount"]) == (int(met), 1)


PREFIX = "Invalid ConditionExpression: "
REFUSED_CONDITIONS = {
    "empty": ("", {}, PREFIX + "The expression can not be empty;"),
    "a syntax error": ("n = = :v", {":v": 1}, PREFIX + 'Syntax error; token: "=", near: "= = :v"'),
    "an end too early": ("n =", {}, PREFIX + 'Syntax error; token: "<EOF>", near: "="'),
    "unbalanced parentheses": ("(n = :v", {":v": 1}, re.compile("^" + PREFIX + "Syntax error; ")),
    "redundant parentheses": ("((n = :v) AND ((n = :v)))", {":v": 1}, re.compile("redundant parentheses")),
    "an unknown function": ("is_odd(n)", {}, PREFIX + "Invalid function name; function: is_odd"),
    "a function of the wrong count": (
        "attribute_exists(n, l)", {},
        PREFIX + "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2"),
    "a value where a path must be": (
        "attribute_exists(:v)", {":v": 1},
        PREFIX + "Operator or function requires a document path; operator or function: attribute_exists"),
    "bounds the wrong way round": (
        "n BETWEEN :hi AND :lo", {":hi": 9, ":lo": 1},
        re.compile("^" + PREFIX + "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ")),
    "bounds of two types": (
        "n BETWEEN :lo AND :hi", {":lo": 1, ":hi": "9"},
        re.compile("^" + PREFIX + "The BETWEEN operator requires same data type for lower and upper bounds; ")),
    "a type that is none": (
        "attribute_type(n, :t)", {":t": "X"}, re.compile("^" + PREFIX + "Invalid attribute type name found; type: X, valid types: ")),
    "a prefix that is a number": (
        "begins_with(n, :v)", {":v": 1},
        PREFIX + "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"),
    "an order of truth values": (
        "yes < :v", {":v": True},
        re.compile("^" + PREFIX + "Incorrect operand type for operator or function; operator( or function)?: <, operand type: BOOL")),
    "one operand twice": (
        "n = n", {},
        PREFIX + "The first operand must be distinct from the remaining operands for this operator or function; "
        "operator: =, first operand: [n]"),
    "a bare size": (
        "size(n)", {},
        PREFIX + "The function is not allowed to be used this way in an expression; function: size"),
    "a compared attribute_exists": ("attribute_exists(n) = :v", {":v": True}, re.compile("^" + PREFIX)),
    "an undefined name": (
        "#n = :v", {":v": 1},
        PREFIX + "An expression attribute name used in the document path is not defined; attribute name: #n"),
    "an undefined value": (
        "n = :w", {},
        PREFIX + "An expression attribute value used in expression is not defined; attribute value: :w"),
    "a reserved word": (
        "status = :v", {":v": 1},
        PREFIX + "Attribute name is a reserved keyword; reserved keyword: status"),
    "an unused value": (
        "n = :v", {":v": 1, ":w": 1},
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"),
    "a value without its colon": (
        "n = :v", {":v": 1, "w": 1}, re.compile('ExpressionAttributeValues contains invalid key: Syntax error; key: "w"')),
    "an expression over 4 KB": (
        "n = :v AND " + " AND ".join(f"attribute_exists(a{i})" for i in range(200)), {":v": 1},
        re.compile("^" + PREFIX + "Expression size has exceeded the maximum allowed size; expression size: ")),
    "over 300 operators": (
        " OR ".join(["n=:v"] * 301), {":v": 1},
        re.compile("^" + PREFIX + "The expression contains too many operators; operator count: ")),
    "101 operands of IN": (
        f"n IN ({','.join(f':v{i}' for i in range(101))})", {f":v{i}": i for i in range(101)},
        re.compile("^" + PREFIX)),
}


@pytest.mark.parametrize("name", REFUSED_CONDITIONS)
def test_condition_refused(client, conditions_table, name):
    condition, values, message = REFUSED_CONDITIONS[name]
    with aws_error("ValidationException", message):
        client.put_item(TableName=conditions_table, Item=item(pk="never"), ConditionExpression=condition, **given(values))
    assert "Item" not in client.get_item(TableName=conditions_table, Key=item(pk="never"))


def test_filters_name_themselves_in_their_errors(client, conditions_table):
    with aws_error("ValidationException", 'Invalid FilterExpression: Syntax error; token: "=", near: "= = :v"'):
        client.scan(TableName=conditions_table, FilterExpression="n = = :v", **given({":v": 1}))


def test_names_and_values_need_an_expression(client, conditions_table):
    with aws_error("ValidationException", "ExpressionAttributeNames can only be specified when using expressions"):
        client.get_item(TableName=conditions_table, Key=item(pk="a"), ExpressionAttributeNames={"#n": "n"})
    with aws_error(
            "ValidationException", re.compile("^ExpressionAttributeValues can only be specified when using expressions")):
        client.put_item(TableName=conditions_table, Item=ITEM, ExpressionAttributeValues={":v": av(1)})


def test_names_must_be_used_and_not_empty(client, conditions_table):
    with aws_error(
            "ValidationException", "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}"):
        client.get_item(
            TableName=conditions_table, Key=item(pk="a"), ProjectionExpression="#n",
            ExpressionAttributeNames={"#n": "n", "#unused": "x"})
    with aws_error("ValidationException", "ExpressionAttributeNames must not be empty"):
        client.get_item(
            TableName=conditions_table, Key=item(pk="a"), ProjectionExpression="n", ExpressionAttributeNames={})
    with aws_error("ValidationException", "ExpressionAttributeValues must not be empty"):
        client.put_item(
            TableName=conditions_table, Item=ITEM, ConditionExpression="attribute_exists(n)",
            ExpressionAttributeValues={})


@pytest.mark.parametrize("projection, message", [
    ("", "Invalid ProjectionExpression: The expression can not be empty;"),
    ("n,", re.compile('^Invalid ProjectionExpression: Syntax error; token: "<EOF>"')),
    ("n, n", "Invalid ProjectionExpression: Two document paths overlap with each other; "
             "must remove or rewrite one of these paths; path one: [n], path two: [n]"),
    ("m, m.x", "Invalid ProjectionExpression: Two document paths overlap with each other; "
               "must remove or rewrite one of these paths; path one: [m], path two: [m, x]"),
    ("year", "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: year"),
    ("size(n)", re.compile("^Invalid ProjectionExpression: ")),
])
def test_projection_refused(client, conditions_table, projection, message):
    with aws_error("ValidationException", message):
        client.get_item(TableName=conditions_table, Key=item(pk="a"), ProjectionExpression=projection)


def test_dotted_names_through_placeholders(client, table):
    """A name that holds a dot is one name when a placeholder stands for it."""
    client.put_item(TableName=table, Item={**item(pk="a", outer={"x": 1}), "outer.x": av("one name")})
    answer = client.get_item(
        TableName=table, Key=item(pk="a"), ProjectionExpression="#d", ExpressionAttributeNames={"#d": "outer.x"})
    assert answer["Item"] == {"outer.x": av("one name")}
