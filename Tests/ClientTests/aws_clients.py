"""boto3 clients for a DynamoDB endpoint, and the assertion that a call fails as AWS says it does."""

import contextlib
import re

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "us-east-1"

# Loading botocore's service model takes longer than most tests, so all clients share one session.
_session = boto3.session.Session(
    aws_access_key_id="any", aws_secret_access_key="any", region_name=REGION,
    botocore_session=botocore.session.get_session())


def _config(**options) -> Config:
    settings = dict(
        retries={"total_max_attempts": 1},  # a test counts what it sends
        max_pool_connections=64,
        connect_timeout=5,
        read_timeout=30,
    )
    return Config(**{**settings, **options})


def client_for(url: str, **options):
    """A low-level client, without retries unless `options` (of botocore's Config) say otherwise."""
    return _session.client("dynamodb", endpoint_url=url, config=_config(**options))


def resource_for(url: str, **options):
    """boto3's object interface over the same endpoint."""
    return _session.resource("dynamodb", endpoint_url=url, config=_config(**options))

ENVELOPE = "1 validation error detected: "


@contextlib.contextmanager
def aws_error(code: str, message: str | re.Pattern | None = None):
    """Expects a ClientError with this code, and with exactly this message (or one that the pattern is found in).

    AWS's regions differ in whether a message begins with "1 validation error detected: ", so it may and need not, unless
    the expected message says it. Yields a list that holds the parsed error response after the block.
    """
    caught: list[dict] = []
    try:
        yield caught
    except ClientError as error:
        got = error.response["Error"]
        assert got["Code"] == code, f"expected {code}, got {got['Code']}: {got['Message']}"
        if isinstance(message, re.Pattern):
            assert message.search(got["Message"]) or message.search(got["Message"].removeprefix(ENVELOPE)), f"{got['Message']!r} does not match {message.pattern!r}"
        elif message is not None:
            assert message in (got["Message"], got["Message"].removeprefix(ENVELOPE))
        assert 400 <= error.response["ResponseMetadata"]["HTTPStatusCode"] < 500
        caught.append(error.response)
        return
    raise AssertionError(f"expected {code}, but the call succeeded")
