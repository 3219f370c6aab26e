"""What a server may meet on its socket: broken requests, strangers, half sentences. None may write, none may stop it."""

import json
import re
import socket
import threading
import time

import pytest

from values import item
from wire import Connection, request_bytes, send

MEGABYTE = 1024 * 1024
PUT = {"Item": {"pk": {"S": "written by a bad request"}}}


@pytest.fixture
def unharmed(client, table):
    """The table that bad requests aim at; afterwards it must be empty and the server must answer."""
    yield table
    assert client.scan(TableName=table, Select="COUNT", ConsistentRead=True)["Count"] == 0
    client.put_item(TableName=table, Item=item(pk="still works"))
    assert client.get_item(TableName=table, Key=item(pk="still works"))["Item"] == item(pk="still works")


def test_answers_carry_an_id_and_a_checksum(url, table):
    first = send(url, "PutItem", {"TableName": table, "Item": {"pk": {"S": "a"}}})
    second = send(url, "GetItem", {"TableName": table, "Key": {"pk": {"S": "a"}}})
    third = send(url, "GetItem", {"TableName": "absent", "Key": {"pk": {"S": "a"}}})
    assert (first.status, first.json) == (200, {})
    assert (second.status, second.json) == (200, {"Item": {"pk": {"S": "a"}}})
    assert (third.status, third.error) == (400, "ResourceNotFoundException")
    for answer in (first, second, third):
        assert answer.is_intact(), answer
    assert len({answer.headers["x-amzn-requestid"] for answer in (first, second, third)}) == 3


def test_error_types_carry_their_namespace(url, table):
    def error_type(operation, body):
        return send(url, operation, body).json["__type"]

    service, coral = "com.amazonaws.dynamodb.v20120810#", "com.amazon.coral.service#"
    assert error_type("DescribeTable", {"TableName": "absent"}) == service + "ResourceNotFoundException"
    assert error_type("PutItem", {
        "TableName": table, "Item": {"pk": {"S": "a"}}, "ConditionExpression": "attribute_exists(pk)",
    }) == service + "ConditionalCheckFailedException"
    # AWS sends this one with its older namespace, "com.amazon.coral.validate#".
    assert error_type("PutItem", {"TableName": table, "Item": {}}).rpartition("#")[2] == "ValidationException"
    assert error_type("PutItem", b"{") == coral + "SerializationException"
    assert error_type("Whatever", {}) == coral + "UnknownOperationException"


BROKEN_JSON = {
    "nothing": b"",
    "an open brace": b"{",
    "a stray comma": b'{"TableName": "t",}',
    "two documents": b'{"TableName": "t"} {}',
    "no quotes": b"{TableName: 1}",
    "an unfinished string": b'{"TableName": "t',
    "an unfinished escape": b'{"TableName": "t\\u12"}',
    "a lone surrogate": b'{"TableName": "\\ud800"}',
    "bytes that are no UTF-8": b'{"TableName": "\xff\xfe"}',
    "a control character": b'{"TableName": "a\x01b"}',
    "an array": b"[]",
    "a number": b"1",
    "null": b"null",
    "no JSON at all": b"TableName=t&Item=1",
    "very deep arrays": b'{"TableName": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "very deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
}


@pytest.mark.parametrize("name", BROKEN_JSON)
def test_broken_json(url, unharmed, name):
    answer = send(url, "PutItem", BROKEN_JSON[name])
    assert answer.status == 400 and answer.is_intact()
    assert answer.error in ("SerializationException", "ValidationException"), answer.body
    if name in ("an open brace", "a stray comma", "no quotes", "an unfinished string", "no JSON at all", "an array"):
        assert answer.error == "SerializationException"


WRONG_TYPES = {
    "a table name that is a number": {"TableName": 5, **PUT},
    "a table name that is an object": {"TableName": {}, **PUT},
    "an item that is a list": {"TableName": "{table}", "Item": []},
    "an item that is a string": {"TableName": "{table}", "Item": "pk"},
    "a value without type": {"TableName": "{table}", "Item": {"pk": "bare"}},
    "a string that is a number": {"TableName": "{table}", "Item": {"pk": {"S": 5}}},
    "a number that is a JSON number": {"TableName": "{table}", "Item": {"pk": {"S": "a"}, "n": {"N": 5}}},
    "a truth value that is a string": {"TableName": "{table}", "Item": {"pk": {"S": "a"}, "b": {"BOOL": "yes"}}},
    "a list that is a map": {"TableName": "{table}", "Item": {"pk": {"S": "a"}, "l": {"L": {}}}},
    "a map that is a list": {"TableName": "{table}", "Item": {"pk": {"S": "a"}, "m": {"M": []}}},
    "a set that is a string": {"TableName": "{table}", "Item": {"pk": {"S": "a"}, "s": {"SS": "a"}}},
    "a set of numbers that are JSON numbers": {"TableName": "{table}", "Item": {"pk": {"S": "a"}, "s": {"NS": [1]}}},
    "binary that is no base64": {"TableName": "{table}", "Item": {"pk": {"S": "a"}, "b": {"B": "not base64!"}}},
    "an expression that is an object": {"TableName": "{table}", **PUT, "ConditionExpression": {}},
    "names that are a list": {"TableName": "{table}", **PUT, "ExpressionAttributeNames": []},
}


@pytest.mark.parametrize("name", WRONG_TYPES)
def test_wrong_types(url, unharmed, name):
    body = json.dumps(WRONG_TYPES[name]).replace("{table}", unharmed).encode()
    answer = send(url, "PutItem", body)
    assert answer.status == 400 and answer.is_intact()
    assert answer.error == "SerializationException", answer.body


def test_an_unknown_value_type_is_refused(url, unharmed):
    answer = send(url, "PutItem", {"TableName": unharmed, "Item": {"pk": {"S": "a"}, "x": {"Q": "?"}}})
    assert (answer.status, answer.error) == (400, "ValidationException")
    assert "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes" in answer.message


@pytest.mark.parametrize("operation, body, member", [
    ("PutItem", {"Item": {"pk": {"S": "a"}}}, "tableName"),
    ("PutItem", {"TableName": "t-aaa"}, "item"),
    ("GetItem", {"TableName": "t-aaa"}, "key"),
    ("CreateTable", {"TableName": "t-aaa"}, "keySchema"),
    ("BatchGetItem", {}, "requestItems"),
])
def test_a_missing_member_is_named(url, unharmed, operation, body, member):
    answer = send(url, operation, body)
    assert (answer.status, answer.error) == (400, "ValidationException")
    # The model's members are the protocol's; DynamoDB words some of them its own way.
    assert re.search(
        rf"Value null at '{member}' failed to satisfy constraint: Member must not be null"
        rf"|The parameter '{member}' is required but was not present in the request", answer.message, re.I), answer.message


def test_several_violations_are_counted(url, unharmed):
    answer = send(url, "PutItem", {
        "TableName": unharmed, **PUT, "ReturnValues": "SOME", "ReturnConsumedCapacity": "ALL"})
    assert (answer.status, answer.error) == (400, "ValidationException")
    assert answer.message.startswith("2 validation errors detected: ")
    assert "'returnValues'" in answer.message and "'returnConsumedCapacity'" in answer.message


def test_unknown_members_are_passed_over(url, table, client):
    """A newer SDK may send members that this service does not know; DynamoDB ignores them."""
    answer = send(url, "PutItem", {"TableName": table, "Item": {"pk": {"S": "a"}}, "FutureOption": {"deep": [1, 2, {}]}})
    assert answer.status == 200
    assert client.get_item(TableName=table, Key=item(pk="a"))["Item"] == item(pk="a")


ABSENT_OPERATIONS = [
    "TransactWriteItems", "TransactGetItems", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction",
    "UpdateTimeToLive", "DescribeTimeToLive", "UpdateTable", "CreateBackup", "ListBackups", "RestoreTableFromBackup",
    "CreateGlobalTable", "ExportTableToPointInTime", "Whatever", "putitem", "",
]


@pytest.mark.kvd_only
@pytest.mark.parametrize("operation", ABSENT_OPERATIONS)
def test_operations_that_kvd_does_not_have(url, unharmed, operation):
    answer = send(url, operation, {"TableName": unharmed, **PUT})
    assert (answer.status, answer.error) == (400, "UnknownOperationException")
    assert answer.is_intact()


@pytest.mark.kvd_only
@pytest.mark.parametrize("target", [
    "DynamoDBStreams_20120810.ListStreams", "DynamoDB_20111205.PutItem", "DynamoDB_20120810", "PutItem", "Kinesis.PutRecord"])
def test_targets_that_kvd_does_not_serve(url, unharmed, target):
    answer = send(url, "PutItem", {"TableName": unharmed, **PUT}, headers={"X-Amz-Target": target})
    assert (answer.status, answer.error) == (400, "UnknownOperationException")


@pytest.mark.kvd_only
def test_an_sdk_learns_that_an_operation_is_absent(client, table):
    from aws_clients import aws_error
    with aws_error("UnknownOperationException"):
        client.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": item(pk="a")}}])
    with aws_error("UnknownOperationException"):
        client.execute_statement(Statement=f'SELECT * FROM "{table}"')
    assert client.scan(TableName=table)["Count"] == 0


@pytest.mark.kvd_only
def test_no_target(url, unharmed):
    answer = send(url, "PutItem", {"TableName": unharmed, **PUT}, drop=("X-Amz-Target",))
    assert 400 <= answer.status < 500
    assert b"UnknownOperationException" in answer.body


def test_no_credentials(url, unharmed):
    answer = send(url, "DescribeTable", {"TableName": unharmed}, drop=("Authorization", "X-Amz-Date"))
    assert answer.status in (200, 400)
    if answer.status == 400:
        assert answer.error == "MissingAuthenticationTokenException"


def test_no_host(url, unharmed):
    assert send(url, "DescribeTable", {"TableName": unharmed}, drop=("Host",)).status in (200, 400)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"])
def test_other_methods(url, unharmed, method):
    with Connection(url) as connection:
        connection.send(request_bytes("PutItem", {"TableName": unharmed, **PUT}, method=method))
        line = connection.socket.recv(100)
    assert line == b"" or line.startswith(b"HTTP/1.1 ") and 200 <= int(line.split()[1]) < 500


@pytest.mark.parametrize("noise", [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),  # a TLS hello
    b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 5000, b"GET\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: nonsense\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    b"POST / HTTP/1.1\r\n" + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n",
    b"".join([b"POST / HTTP/1.1\r\n", *(b"X-%d: y\r\n" % n for n in range(20_000)), b"\r\n"]),
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
], ids=["TLS", "SSH", "zeros", "short line", "version", "length", "negative length", "long header", "many headers", "HTTP/2"])
def test_strangers(url, unharmed, noise):
    with Connection(url, timeout=10) as connection:
        try:
            connection.send(noise)
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        answer = b""
        try:
            while data := connection.socket.recv(1 << 16):
                answer += data
        except ConnectionError:
            pass
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4") or b"UnknownOperation" in answer, answer[:200]


def test_two_lengths_are_one_too_many(url, unharmed):
    """Two lengths that disagree are how requests are smuggled past a proxy."""
    body = json.dumps({"TableName": unharmed, **PUT}).encode()
    request = request_bytes("PutItem", body, headers={"Transfer-Encoding": "chunked"})
    with Connection(url) as connection:
        connection.send(request)
        answer = connection.read_answer()
    assert answer is None or 400 <= answer.status < 500


@pytest.mark.parametrize("size", [16 * MEGABYTE + 1, 20 * MEGABYTE, 200 * MEGABYTE])
def test_oversize_bodies(url, unharmed, size):
    """Bodies end at 16 MiB. The server answers at once or closes; it need not read what it will not use."""
    head = request_bytes("PutItem", b"", headers={"Content-Length": str(size)})
    start = json.dumps({"TableName": unharmed, **PUT})[:-1].encode() + b', "padding": "'
    with Connection(url) as connection:
        try:
            connection.send(head + start)
            block, left = b"x" * 65536, size - len(start) - 2
            while left > 0 and left > size - 24 * MEGABYTE:
                connection.send(block[:left])
                left -= len(block)
            if left <= 0:
                connection.send(b'"}')
        except ConnectionError:
            pass
        answer = connection.read_answer()
    if answer is not None:
        assert answer.status in (400, 413)
        assert answer.json["__type"], answer.body


def test_an_oversize_body_without_a_length(url, unharmed):
    head = request_bytes("PutItem", b"", headers={"Transfer-Encoding": "chunked"}, drop=("Content-Length",))
    block = b"%x\r\n" % 65536 + b" " * 65536 + b"\r\n"
    with Connection(url) as connection:
        try:
            connection.send(head)
            for _ in range(400):
                connection.send(block)
            connection.send(b"0\r\n\r\n")
        except ConnectionError:
            pass
        answer = connection.read_answer()
    assert answer is None or answer.status in (400, 413)


def test_a_body_of_almost_sixteen_megabytes_is_read(url, unharmed):
    """Within the limit a body is judged by what it says."""
    padding = "x" * (16 * MEGABYTE - 1000)
    answer = send(url, "PutItem", {"TableName": unharmed, "Item": {"pk": {"S": "a"}, "body": {"S": padding}}})
    assert (answer.status, answer.error) == (400, "ValidationException")
    assert answer.message == "Item size has exceeded the maximum allowed size"


def test_half_requests(url, unharmed):
    """A client that goes away in mid-sentence has said nothing."""
    whole = request_bytes("PutItem", {"TableName": unharmed, **PUT})
    for length in (1, 20, whole.index(b"\r\n\r\n"), whole.index(b"\r\n\r\n") + 4, len(whole) - 1):
        with Connection(url) as connection:
            connection.send(whole[:length])
    time.sleep(0.2)


def test_slow_clients_do_not_hold_up_others(url, client, unharmed):
    """A hundred clients that have sent half a request and wait; meanwhile everyone else is served."""
    whole = request_bytes("PutItem", {"TableName": unharmed, **PUT})
    slow = [Connection(url) for _ in range(100)]
    try:
        for number, connection in enumerate(slow):
            connection.send(whole[:number % (len(whole) - 1) + 1])
        started = time.monotonic()
        for _ in range(50):
            client.get_item(TableName=unharmed, Key=item(pk="a"))
        assert time.monotonic() - started < 5
    finally:
        for connection in slow:
            connection.close()


def test_a_request_may_come_byte_by_byte(url, table, client):
    whole = request_bytes("PutItem", {"TableName": table, "Item": {"pk": {"S": "slowly"}}})
    with Connection(url) as connection:
        for position in range(0, len(whole), 3):
            connection.send(whole[position:position + 3])
            time.sleep(0.001)
        assert connection.read_answer().status == 200
    assert client.get_item(TableName=table, Key=item(pk="slowly"))["Item"] == item(pk="slowly")


def test_one_connection_serves_many_requests(url, table):
    with Connection(url) as connection:
        for n in range(20):
            connection.send(request_bytes("PutItem", {"TableName": table, "Item": {"pk": {"S": f"k{n}"}}}))
            assert connection.read_answer().status == 200
        connection.send(request_bytes("Scan", {"TableName": table, "Select": "COUNT"}))
        assert connection.read_answer().json["Count"] == 20


def test_pipelined_requests_are_answered_in_order(url, table):
    requests = []
    for n in range(50):
        requests.append(request_bytes("PutItem", {"TableName": table, "Item": {"pk": {"S": f"k{n}"}, "n": {"N": str(n)}}}))
        requests.append(request_bytes("GetItem", {"TableName": table, "Key": {"pk": {"S": f"k{n}"}}, "ConsistentRead": True}))
    with Connection(url) as connection:
        connection.send(b"".join(requests))
        answers = [connection.read_answer() for _ in requests]
    assert all(answer.status == 200 for answer in answers)
    assert [answer.json["Item"]["n"]["N"] for answer in answers[1::2]] == [str(n) for n in range(50)]


def test_errors_do_not_end_a_connection(url, table):
    with Connection(url) as connection:
        for operation, body, status in [
                ("Whatever", {}, 400), ("PutItem", b"{", 400), ("PutItem", {"TableName": table}, 400),
                ("DescribeTable", {"TableName": table}, 200)]:
            connection.send(request_bytes(operation, body))
            assert connection.read_answer().status == status


def test_connection_close_is_honoured(url, table):
    with Connection(url, timeout=5) as connection:
        connection.send(request_bytes("DescribeTable", {"TableName": table}, headers={"Connection": "close"}))
        assert connection.read_answer().status == 200
        assert connection.is_closed_by_server()


def test_chunked_bodies(url, table, client):
    body = json.dumps({"TableName": table, "Item": {"pk": {"S": "in pieces"}}}).encode()
    head = request_bytes("PutItem", b"", headers={"Transfer-Encoding": "chunked"}, drop=("Content-Length",))
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:30], body[30:]))
    with Connection(url) as connection:
        connection.send(head + chunks + b"0\r\n\r\n")
        assert connection.read_answer().status == 200
    assert client.get_item(TableName=table, Key=item(pk="in pieces"))["Item"] == item(pk="in pieces")


def test_expect_continue(url, table):
    """curl asks before it sends a large body."""
    body = json.dumps({"TableName": table, "Item": {"pk": {"S": "a"}}}).encode()
    whole = request_bytes("PutItem", body, headers={"Expect": "100-continue"})
    with Connection(url, timeout=5) as connection:
        connection.send(whole[:-len(body)])
        assert connection.socket.recv(1000).startswith(b"HTTP/1.1 100")
        connection.send(body)
        assert connection.read_answer().status == 200


def test_header_names_in_any_case(url, table):
    request = request_bytes("DescribeTable", {"TableName": table}).replace(b"X-Amz-Target", b"x-aMZ-tARGET")
    with Connection(url) as connection:
        connection.send(request)
        assert connection.read_answer().status == 200


def test_escapes_and_spaces_in_json(url, table, client):
    body = (
        b' \t\r\n{ "Item" : { "p\\u006b" : { "\\u0053" : "\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00" } } ,\n'
        b' "TableName" : "%s" } ' % table.encode())
    assert send(url, "PutItem", body).status == 200
    assert client.scan(TableName=table)["Items"] == [item(pk='"\\/\b\f\n\r\t\u00e9\U0001f600')]


def test_many_connections_at_once(url, table):
    """64 connections, 20 writes each; all are answered, all are there."""
    failures = []

    def work(worker):
        with Connection(url) as connection:
            for n in range(20):
                connection.send(request_bytes("PutItem", {"TableName": table, "Item": {"pk": {"S": f"{worker}-{n}"}}}))
                if connection.read_answer().status != 200:
                    failures.append((worker, n))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert send(url, "Scan", {"TableName": table, "Select": "COUNT", "ConsistentRead": True}).json["Count"] == 64 * 20
