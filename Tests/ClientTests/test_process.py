"""kvd as a process: how it starts, refuses to start, stops, and what it says."""

import signal
import subprocess
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError

from aws_clients import client_for
from kvd_process import HOST, KvdProcess, binary_path
from tables import table_request
from values import item
from wire import Connection, request_bytes

pytestmark = pytest.mark.process


def run(*arguments, timeout=20):
    return subprocess.run(
        [binary_path(), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)


@pytest.fixture
def kvd(new_kvd):
    """A kvd of the test's own with a table t (partition key pk)."""
    process = new_kvd()
    client_for(process.url).create_table(**table_request("table-t", "pk:S"))
    return process


def test_data_outlives_a_graceful_stop(kvd):
    client = client_for(kvd.url)
    for n in range(100):
        client.put_item(TableName="table-t", Item=item(pk=f"k{n}", n=n))
    before = client.describe_table(TableName="table-t")["Table"]
    assert kvd.stop() == 0, kvd.log()
    client = client_for(kvd.start().url)
    assert client.describe_table(TableName="table-t")["Table"] == before
    found = client.scan(TableName="table-t")["Items"]
    assert sorted(int(one["n"]["N"]) for one in found) == list(range(100))


def test_a_stop_with_nothing_written(kvd):
    for _ in range(3):
        assert kvd.stop() == 0, kvd.log()
        kvd.start()
    assert client_for(kvd.url).list_tables()["TableNames"] == ["table-t"]


def test_sigint_stops_too(kvd):
    kvd.process.send_signal(signal.SIGINT)
    assert kvd.wait() == 0, kvd.log()


def test_a_request_under_way_is_answered_before_the_stop(kvd):
    """SIGTERM comes when half of a request has arrived: the other half is awaited, the write is made and answered."""
    whole = request_bytes("PutItem", {"TableName": "table-t", "Item": item(pk="last words")})
    with Connection(kvd.url, timeout=10) as connection:
        connection.send(whole[:-10])
        time.sleep(0.2)
        kvd.terminate()
        time.sleep(0.2)
        connection.send(whole[-10:])
        answer = connection.read_answer()
    assert answer is not None and answer.status == 200, "the request under way was not answered"
    assert kvd.wait() == 0, kvd.log()
    client = client_for(kvd.start().url)
    assert "Item" in client.get_item(TableName="table-t", Key=item(pk="last words"))


def test_idle_connections_do_not_hold_up_a_stop(kvd):
    idle = [Connection(kvd.url) for _ in range(20)]
    idle[0].send(request_bytes("ListTables", {}))
    assert idle[0].read_answer().status == 200
    started = time.monotonic()
    assert kvd.stop() == 0, kvd.log()
    assert time.monotonic() - started < 5
    for connection in idle:
        connection.close()


def test_a_client_that_never_finishes_does_not_hold_up_a_stop_for_ever(kvd):
    with Connection(kvd.url) as connection:
        connection.send(request_bytes("PutItem", {"TableName": "table-t", "Item": item(pk="never")})[:-5])
        time.sleep(0.1)
        assert kvd.stop() == 0, kvd.log()
    assert "Item" not in client_for(kvd.start().url).get_item(TableName="table-t", Key=item(pk="never"))


def test_a_stop_under_load_loses_nothing_acknowledged(kvd):
    acknowledged = [[] for _ in range(8)]
    error_answers = []

    def work(worker):
        client = client_for(kvd.url)
        for n in range(100_000):
            try:
                client.put_item(TableName="table-t", Item=item(pk=f"{worker}-{n}"))
            except BotoCoreError:
                return
            except Exception as error:
                error_answers.append(error)
                return
            acknowledged[worker].append(f"{worker}-{n}")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    kvd.terminate()
    assert kvd.wait() == 0, kvd.log()
    for thread in threads:
        thread.join()
    assert error_answers == []
    client = client_for(kvd.start().url)
    pages = client.get_paginator("scan").paginate(TableName="table-t")
    found = {one["pk"]["S"] for page in pages for one in page["Items"]}
    assert all(acknowledged), "every worker wrote something"
    for worker in acknowledged:
        assert found.issuperset(worker)


def test_a_second_opener_of_a_folder_is_refused(kvd, tmp_path):
    second = KvdProcess(kvd.folder)
    answer = run("serve", "--port", "0", "--data-dir", second.folder)
    said = answer.stdout + answer.stderr
    assert answer.returncode != 0
    assert kvd.folder in said and ("in use" in said or "locked" in said or "another process" in said), said
    assert "Fatal error" not in said and len(said.splitlines()) < 10, said
    client_for(kvd.url).put_item(TableName="table-t", Item=item(pk="the first goes on"))


def test_the_folder_is_free_after_kill_9(kvd):
    kvd.kill()
    assert client_for(kvd.start().url).list_tables()["TableNames"] == ["table-t"]


def test_a_port_in_use_is_said(kvd, tmp_path):
    answer = run("serve", "--port", str(kvd.port), "--data-dir", str(tmp_path / "other"))
    said = answer.stdout + answer.stderr
    assert answer.returncode != 0
    assert str(kvd.port) in said and "in use" in said.lower(), said
    assert "Fatal error" not in said and len(said.splitlines()) < 10, said


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    answer = run("serve", "--port", "0", "--data-dir", str(tmp_path / "file" / "data"))
    said = answer.stdout + answer.stderr
    assert answer.returncode != 0
    assert "file" in said and "Fatal error" not in said, said


def test_a_foreign_folder_is_not_touched(tmp_path):
    """A folder that holds something else: kvd must not delete or overwrite what it did not write."""
    folder = tmp_path / "precious"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    process = KvdProcess(folder)
    try:
        process.start()
        client_for(process.url).create_table(**table_request("table-t", "pk:S"))
    except RuntimeError:
        pass  # refusing to serve from it is right too
    finally:
        process.stop()
    assert (folder / "thesis.txt").read_text() == "years of work"


def test_the_default_is_loopback(kvd, tmp_path):
    """Without --host nothing outside this machine can connect."""
    answer = run("serve", "--help")
    assert "127.0.0.1" in answer.stdout + answer.stderr


def test_in_memory_leaves_nothing_behind(new_kvd, tmp_path):
    from kvd_process import free_port
    port = free_port()
    process = subprocess.Popen(
        [binary_path(), "serve", "--port", str(port), "--in-memory"], cwd=tmp_path,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client = client_for(f"http://{HOST}:{port}", retries={"total_max_attempts": 8, "mode": "standard"})
        client.create_table(**table_request("table-t", "pk:S"))
        client.put_item(TableName="table-t", Item=item(pk="a"))
        assert client.scan(TableName="table-t")["Count"] == 1
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert list(tmp_path.iterdir()) == []


def test_the_region_is_in_the_arn(new_kvd):
    process = new_kvd("--region", "eu-central-1")
    client = client_for(process.url)
    created = client.create_table(**table_request("table-t", "pk:S"))
    assert created["TableDescription"]["TableArn"].startswith("arn:aws:dynamodb:eu-central-1:")


@pytest.mark.parametrize("arguments", [(), ("--help",), ("serve", "--help"), ("help", "serve")])
def test_help_teaches(arguments):
    answer = run(*arguments)
    said = answer.stdout + answer.stderr
    assert "serve" in said
    if arguments:
        assert answer.returncode == 0
    if "serve" in arguments:
        for option in ("--host", "--port", "--data-dir", "--in-memory", "--region", "--log-level"):
            assert option in said, option
        assert "8000" in said and "endpoint" in said.lower()


@pytest.mark.parametrize("arguments", [
    ("serve", "--port", "http"), ("serve", "--port", "70000"), ("serve", "--nonsense"), ("sreve",),
    ("serve", "--log-level", "shout"), ("serve", "--data-dir")])
def test_arguments_that_make_no_sense(arguments, tmp_path):
    answer = subprocess.run(
        [binary_path(), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10, cwd=tmp_path)
    assert answer.returncode != 0
    assert answer.stderr and "Fatal error" not in answer.stderr


def test_two_servers_side_by_side(new_kvd):
    one, two = new_kvd(folder="one"), new_kvd(folder="two")
    client_for(one.url).create_table(**table_request("table-t", "pk:S"))
    assert client_for(two.url).list_tables()["TableNames"] == []
