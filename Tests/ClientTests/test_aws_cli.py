"""The `aws` command line, as people type it. Each call starts a Python of its own, so the calls are few and count."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from apps.connections import Connections
from apps.orders import Orders
from apps.parks import Parks

AWS = str(pathlib.Path(sys.executable).parent / "aws")


@pytest.fixture
def aws(url):
    def call(*arguments, fails=False):
        answer = subprocess.run(
            [AWS, "dynamodb", *arguments, "--endpoint-url", url, "--output", "json"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
            env={**os.environ, "AWS_MAX_ATTEMPTS": "1"})
        if fails:
            assert answer.returncode != 0, answer.stdout
            return answer.stderr
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout) if answer.stdout.strip() else {}

    return call


def test_a_table_from_cradle_to_grave(aws, table_name):
    created = aws(
        "create-table", "--table-name", table_name, "--billing-mode", "PAY_PER_REQUEST",
        "--attribute-definitions", "AttributeName=artist,AttributeType=S", "AttributeName=song,AttributeType=S",
        "--key-schema", "AttributeName=artist,KeyType=HASH", "AttributeName=song,KeyType=RANGE")
    assert created["TableDescription"]["TableName"] == table_name
    aws("wait", "table-exists", "--table-name", table_name)
    assert table_name in aws("list-tables")["TableNames"]

    aws("put-item", "--table-name", table_name, "--item",
        '{"artist": {"S": "No One You Know"}, "song": {"S": "Call Me Today"}, "awards": {"N": "1"}}')
    refusal = aws(
        "put-item", "--table-name", table_name, "--item", '{"artist": {"S": "No One You Know"}, "song": {"S": "Call Me Today"}}',
        "--condition-expression", "attribute_not_exists(artist)", fails=True)
    assert "An error occurred (ConditionalCheckFailedException) when calling the PutItem operation: " \
        "The conditional request failed" in refusal
    updated = aws(
        "update-item", "--table-name", table_name,
        "--key", '{"artist": {"S": "No One You Know"}, "song": {"S": "Call Me Today"}}',
        "--update-expression", "SET awards = awards + :one", "--expression-attribute-values", '{":one": {"N": "1"}}',
        "--return-values", "ALL_NEW")
    assert updated["Attributes"]["awards"] == {"N": "2"}
    got = aws(
        "get-item", "--table-name", table_name, "--consistent-read",
        "--key", '{"artist": {"S": "No One You Know"}, "song": {"S": "Call Me Today"}}',
        "--return-consumed-capacity", "TOTAL")
    assert got["Item"]["awards"] == {"N": "2"} and got["ConsumedCapacity"]["CapacityUnits"] == 1.0

    aws("delete-table", "--table-name", table_name)
    aws("wait", "table-not-exists", "--table-name", table_name)
    assert "ResourceNotFoundException" in aws("describe-table", "--table-name", table_name, fails=True)


def test_batches_queries_and_pages(aws, make_table, tmp_path):
    table = make_table("artist:S", "song:N")
    requests = {table: [
        {"PutRequest": {"Item": {"artist": {"S": "Acme"}, "song": {"N": str(n)}, "mark": {"S": "x" * n}}}} for n in range(25)]}
    (tmp_path / "batch.json").write_text(json.dumps(requests))
    assert aws("batch-write-item", "--request-items", f"file://{tmp_path}/batch.json")["UnprocessedItems"] == {}
    found = aws(
        "query", "--table-name", table, "--key-condition-expression", "artist = :a AND song BETWEEN :lo AND :hi",
        "--expression-attribute-values", '{":a": {"S": "Acme"}, ":lo": {"N": "5"}, ":hi": {"N": "20"}}',
        "--no-scan-index-forward", "--page-size", "3")
    assert [int(one["song"]["N"]) for one in found["Items"]] == list(range(20, 4, -1))
    first = aws("scan", "--table-name", table, "--max-items", "10", "--page-size", "4")
    rest = aws("scan", "--table-name", table, "--starting-token", first["NextToken"])
    assert sorted(int(one["song"]["N"]) for one in first["Items"] + rest["Items"]) == list(range(25))
    assert aws("scan", "--table-name", table, "--select", "COUNT")["Count"] == 25
    aws("delete-item", "--table-name", table, "--key", '{"artist": {"S": "Acme"}, "song": {"N": "0"}}')
    assert aws("scan", "--table-name", table, "--select", "COUNT", "--filter-expression", "attribute_exists(mark)")["Count"] == 24


def test_the_orders_table(aws, client, table_name):
    orders = Orders(client, table_name)
    orders.create_table()
    for number, status in enumerate(["PENDING", "PROCESSING", "PENDING"]):
        aws("put-item", "--table-name", table_name, "--condition-expression", "attribute_not_exists(order_id)",
            "--item", json.dumps({**orders.new_order("ada", f"o{number}", placed_at=f"2026-0{number + 1}"), "order_status": {"S": status}}))
    pending = aws(
        "query", "--table-name", table_name, "--index-name", "by-status", "--key-condition-expression", "#s = :p",
        "--expression-attribute-names", '{"#s": "order_status"}', "--expression-attribute-values", '{":p": {"S": "PENDING"}}')
    assert pending["Count"] == 2


def test_the_connections_table(aws, client, table_name):
    connections = Connections(client, table_name)
    connections.create_table()
    for name in ("c1", "c2"):
        aws("put-item", "--table-name", table_name, "--item", json.dumps(connections.row(name, "nick")))
    aws("delete-item", "--table-name", table_name, "--key", json.dumps(connections.key("c1")))
    assert aws("scan", "--table-name", table_name)["Count"] == 1


def test_the_parks_table(aws, client, table_name):
    parks = Parks(client, table_name)
    parks.create_table()
    parks.add(parks.document("tivoli", "DK", rides=2))
    found = aws("scan", "--table-name", table_name, "--projection-expression", "rides",
                "--filter-expression", "country = :c", "--expression-attribute-values", '{":c": {"S": "DK"}}')
    assert found["Count"] == 1 and list(found["Items"][0]) == ["rides"]
