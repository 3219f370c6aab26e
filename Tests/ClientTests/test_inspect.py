"""`kvd inspect` as a user runs it: on a database that is being served, on its files, and on damage."""

import json
import pathlib
import shutil
import subprocess

import pytest

from aws_clients import client_for
from kvd_process import REPOSITORY, binary_path
from tables import table_request
from values import item

pytestmark = pytest.mark.process

FIXTURES = {
    version: REPOSITORY / "Tests" / "Fixtures" / f"format-v{version}" / "engine" / "database" for version in (1, 2)}
FIXTURE = FIXTURES[1]


def inspect(*arguments):
    return subprocess.run(
        [binary_path(), "inspect", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=30)


def json_lines(*arguments):
    answer = inspect(*arguments, "--json")
    assert answer.returncode == 0, answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


def contents(folder):
    return {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}


def test_a_served_database_is_inspected_and_goes_on(new_kvd):
    kvd = new_kvd()
    client = client_for(kvd.url)
    client.create_table(**table_request("table-t", "pk:S"))
    for n in range(50):
        client.put_item(TableName="table-t", Item=item(pk=f"k{n}"))
    before = contents(kvd.folder)
    lines = json_lines(kvd.folder, "--verify")
    assert lines[0]["kind"] == "database" and lines[-1]["kind"] == "verified"
    log = next(line for line in lines if line["kind"] == "log" and line["isInForce"])
    steps = json_lines(pathlib.Path(kvd.folder) / f"{log['number']:06}.log")
    puts = [step for step in steps if step["kind"] == "put"]
    partitions = {put["keyRow"]["partition"] for put in puts if put.get("keyRow", {}).get("row") == "item"}
    assert partitions == {f"k{n}" for n in range(50)}
    assert contents(kvd.folder) == before
    client.put_item(TableName="table-t", Item=item(pk="after"))
    assert kvd.stop() == 0
    end = json_lines(pathlib.Path(kvd.folder) / f"{log['number']:06}.log")[-1]
    assert end["kind"] == "end" and end["state"] == "closed cleanly"


@pytest.mark.parametrize("version, name", [
    *((version, name) for version in (1, 2) for name in ("", "CURRENT", "MANIFEST-000001", "000007.sst")),
    (1, "000008.log"), (2, "000010.log")])
def test_words_and_json_say_the_same(version, name):
    path = FIXTURES[version] / name
    words = inspect(path, "--entries", "1000", "--values")
    assert words.returncode == 0 and words.stderr == ""
    for line in json_lines(path, "--entries", "1000", "--values"):
        for field, value in line.items():
            if isinstance(value, str) and field not in ("kind", "folder") and not field.endswith("Hex"):
                assert value in words.stdout, (field, value)


@pytest.mark.parametrize("name", ["MANIFEST-000001", "000010.log"])
def test_sync_marks_are_shown_where_version_2_has_them(name):
    path = FIXTURES[2] / name
    words = inspect(path).stdout
    marks = [line for line in json_lines(path) if line["kind"] == "syncMark"]
    assert len(marks) >= 3
    for mark in marks:
        assert 0 < mark["syncedOffset"] <= mark["offset"]
        assert f"sync mark: offset {mark['offset']}, synced offset {mark['syncedOffset']}\n" in words
    assert json_lines(path)[1]["formatVersion"] == 2
    assert json_lines(FIXTURE / "000008.log")[1]["formatVersion"] == 1


def test_entries_of_a_table():
    lines = json_lines(FIXTURE / "000007.sst", "--entries", "3", "--verify")
    puts = [line for line in lines if line["kind"] == "put"]
    assert [(put.get("key"), put.get("keyHex")) for put in puts] == [
        ("", None), (None, "00ff00"), ("compacted/0", None)]
    assert puts[2]["value"] == "value 0" and puts[2]["valueBytes"] == 7
    assert lines[-1] == {"kind": "verified", "blocks": 8, "entries": 125}
    assert next(line for line in lines if line["kind"] == "filter")["bitsPerEntry"] == 12.8


@pytest.mark.parametrize("name, damage", [
    ("000007.sst", lambda data: data[:700] + b"\xff" + data[701:]),
    ("000007.sst", lambda data: data[:-1]),
    ("000007.sst", lambda data: b""),
    ("000008.log", lambda data: data[:100] + b"\xff" + data[101:]),
    ("MANIFEST-000001", lambda data: data[:80] + b"\xff" + data[81:]),
    ("CURRENT", lambda data: b"MANIFEST-000009\n"),
])
def test_damage_is_said_with_its_place(tmp_path, name, damage):
    folder = tmp_path / "database"
    shutil.copytree(FIXTURE, folder)
    path = folder / name
    path.write_bytes(damage(path.read_bytes()))
    for target in (path, folder):
        answer = inspect(target, "--verify")
        assert answer.returncode == 1, (target, answer.stdout)
        assert f"damage: file {name}, offset " in answer.stdout
        assert "is damaged" in answer.stderr and "Fatal error" not in answer.stderr


def test_what_is_not_kvds_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing of kvd's")
    for path in (tmp_path, tmp_path / "notes.txt", tmp_path / "absent"):
        answer = inspect(path)
        assert answer.returncode == 1 and answer.stdout == ""
        assert str(path) in answer.stderr and "Fatal error" not in answer.stderr


def test_help_teaches():
    answer = subprocess.run([binary_path(), "help", "inspect"], capture_output=True, text=True, timeout=10)
    assert answer.returncode == 0
    for word in ("kvd inspect data", "--verify", "--json", "--entries", "--values", "jq", "exit code"):
        assert word in answer.stdout
