"""Fixtures: a running kvd, boto3 clients for it, and tables that go away with the test that made them."""

import itertools
import os
import random
import time

# The clients must see neither the user's own AWS settings nor a proxy: everything here is on loopback.
for _name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
    del os.environ[_name]
os.environ.update(
    AWS_ACCESS_KEY_ID="any",
    AWS_SECRET_ACCESS_KEY="any",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
    AWS_PAGER="",
)

import pytest  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

from aws_clients import client_for, resource_for  # noqa: E402
from kvd_process import KvdProcess  # noqa: E402
from tables import table_request, wait_until_active  # noqa: E402


def pytest_addoption(parser):
    parser.addoption(
        "--endpoint-url", default=None,
        help="test this DynamoDB endpoint instead of a kvd that the tests start (skips what needs the process)")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--endpoint-url"):
        skip = pytest.mark.skip(reason="needs a kvd process of its own")
        for item in items:
            if item.get_closest_marker("process") or item.get_closest_marker("kvd_only"):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def server(request, tmp_path_factory):
    """The kvd that most tests share; None when --endpoint-url names another server."""
    if request.config.getoption("--endpoint-url"):
        yield None
        return
    process = KvdProcess(tmp_path_factory.mktemp("shared") / "data").start()
    yield process
    assert process.process.poll() is None, f"kvd died while tests ran. Its output:\n{process.log()}"
    assert process.stop() == 0, process.log()


@pytest.fixture(scope="session")
def url(request, server):
    return request.config.getoption("--endpoint-url") or server.url


@pytest.fixture(scope="session")
def client(url):
    return client_for(url)


@pytest.fixture(scope="session")
def resource(url):
    return resource_for(url)


@pytest.fixture
def new_kvd(tmp_path):
    """Makes a kvd of the test's own: new_kvd(folder="data", *options); stopped when the test ends."""
    made = []

    def make(*options, folder="data") -> KvdProcess:
        made.append(KvdProcess(tmp_path / folder, *options).start())
        return made[-1]

    yield make
    for process in made:
        process.stop()


@pytest.fixture(scope="session")
def seed():
    """The seed of every random choice; KVD_SEED replays a run. Printed when a test that uses it fails."""
    return int(os.environ.get("KVD_SEED", time.time_ns() % 1_000_000_000))


@pytest.fixture
def rng(seed, request):
    """Random numbers that depend on the seed and on the test's name only."""
    print(f"KVD_SEED={seed}")
    return random.Random(f"{seed} {request.node.nodeid}")


_table_numbers = itertools.count(1)


@pytest.fixture
def table_name():
    return f"t-{os.getpid()}-{next(_table_numbers)}"


@pytest.fixture
def make_table(client):
    """Makes a table: make_table("pk:S", "sk:N", gsi=[index(...)], lsi=[...], ...) -> its name."""
    made = []

    def make(partition="pk:S", sort=None, gsi=(), lsi=(), **more) -> str:
        name = f"t-{os.getpid()}-{next(_table_numbers)}"
        client.create_table(**table_request(name, partition, sort, gsi, lsi, **more))
        made.append(name)
        wait_until_active(client, name)
        return name

    yield make
    for name in made:
        try:
            client.delete_table(TableName=name)
        except ClientError:
            pass  # the test deleted it, or protected it


@pytest.fixture
def table(make_table):
    """A table with the partition key pk (a string)."""
    return make_table("pk:S")


@pytest.fixture
def sorted_table(make_table):
    """A table with the partition key pk (a string) and the sort key sk (a number)."""
    return make_table("pk:S", "sk:N")
