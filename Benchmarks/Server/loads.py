"""The loads: what is in each server before it is measured, and one run of wrk or of redis-benchmark."""

import json
import pathlib
import re
import socket
import subprocess
from random import Random
from string import ascii_letters, digits

from servers import HOST, Server, Usage, connection

from kvd_process import wire_headers

TEXT_BYTES = 928
VALUE_BYTES = 1000
QUERY_ITEMS = 10


class LoadFailed(Exception):
    """A load that had errors; its figures would mean nothing."""


def text(number: int) -> str:
    """Of an item, half of which compresses away: pieces of 58 characters, each written twice; no two items' are alike."""
    random = Random(number)
    return "".join(2 * "".join(random.choices(ascii_letters + digits, k=58)) for _ in range(TEXT_BYTES // 116))


def call(link, operation: str, body: dict) -> bytes:
    link.request("POST", "/", json.dumps(body), wire_headers(operation))
    answer = link.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise LoadFailed(f"{operation} answered {answer.status}: {content.decode(errors='replace')[:500]}")
    return content


def fill(server: Server, count: int):
    """The tables `measure` and `posts` of `count` items each, and a look at whether they answer rightly."""
    link = connection(server)
    create_table(link, "measure", [("pk", "S", "HASH")])
    create_table(link, "posts", [("thread", "S", "HASH"), ("post", "N", "RANGE")])

    def rest(n: int) -> dict:
        return {"count": {"N": "1"}, "open": {"BOOL": True}, "text": {"S": text(n)}}

    put_all(link, "measure", [{"pk": {"S": f"key-{n:07}"}, **rest(n)} for n in range(count)])
    put_all(link, "posts", [
        {"thread": {"S": f"thread-{n // QUERY_ITEMS:06}"}, "post": {"N": str(n % QUERY_ITEMS)}, **rest(n)} for n in range(count)])
    found = json.loads(call(link, "GetItem", {"TableName": "measure", "Key": {"pk": {"S": f"key-{count - 1:07}"}}}))
    if found.get("Item", {}).get("text") != {"S": text(count - 1)}:
        raise LoadFailed(f"{server.name} does not give back what it was given")
    page = json.loads(call(link, "Query", query(0)))
    if page["Count"] != QUERY_ITEMS:
        raise LoadFailed(f"{server.name} answers a query with {page['Count']} items instead of {QUERY_ITEMS}")
    link.close()


def query(thread: int) -> dict:
    return {"TableName": "posts", "KeyConditionExpression": "thread = :t", "ExpressionAttributeValues": {":t": {"S": f"thread-{thread:06}"}}}


def answer_bytes(server: Server, operation: str) -> int:
    """The size of the body that answers, for the servers that answer the same size with nothing in it."""
    requests = {"GetItem": {"TableName": "measure", "Key": {"pk": {"S": "key-0000000"}}}, "Query": query(0)}
    link = connection(server)
    body = call(link, operation, requests[operation])
    link.close()
    return len(body)


def create_table(link, name: str, keys: list[tuple[str, str, str]]):
    call(link, "CreateTable", {
        "TableName": name, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for key, kind, _ in keys],
        "KeySchema": [{"AttributeName": key, "KeyType": role} for key, _, role in keys]})


def put_all(link, table: str, items: list[dict]):
    for start in range(0, len(items), 25):
        call(link, "BatchWriteItem", {"RequestItems": {table: [{"PutRequest": {"Item": item}} for item in items[start:start + 25]]}})


def run_wrk(server: Server, options, operation: str) -> dict:
    before = begin(server)
    answer = subprocess.run(
        ["wrk", "-t", str(options.threads), "-c", str(options.connections), "-d", f"{options.seconds}s", "--timeout", "10s",
         "-s", str(pathlib.Path(__file__).with_name("requests.lua")), f"http://{HOST}:{server.port}", "--", operation, str(options.items)],
        capture_output=True, text=True, timeout=options.seconds + 60)
    at_end, after = end(server)
    lines = [line for line in answer.stdout.splitlines() if line.startswith("RESULT ")]
    if answer.returncode != 0 or not lines:
        raise LoadFailed(f"wrk failed:\n{answer.stdout}{answer.stderr}")
    result = json.loads(lines[0].removeprefix("RESULT "))
    if result["requests"] == 0 or result["errors"]:
        raise LoadFailed(f"{server.name}, {operation}: {result['errors']} errors in {result['requests']} requests; a slow server needs more --seconds")
    return figures(result, result["requests"], result["seconds"], before, at_end, after)


def begin(server: Server) -> Usage:
    server.reset_peak_memory()
    return server.usage()


def end(server: Server) -> tuple[Usage, Usage]:
    """At the end of the load, and once the server rests."""
    at_end = server.usage()
    server.settle()
    return at_end, server.usage()


def figures(latencies: dict, requests: int, seconds: float, before: Usage, at_end: Usage, after: Usage) -> dict:
    cpu = after.cpu_seconds - before.cpu_seconds
    return {name: latencies.get(name) for name in ("p50", "p99", "p999", "max")} | {
        "rate": requests / seconds, "requests": requests, "seconds": seconds, "cpu_us": cpu / requests * 1e6,
        "cpu_cores": (at_end.cpu_seconds - before.cpu_seconds) / seconds,
        "disk_bytes": (after.disk_bytes - before.disk_bytes) / requests, "resident_bytes": after.peak_memory_bytes}


def fill_redis(server: Server, count: int):
    """Every key that redis-benchmark may ask for."""
    with socket.create_connection((HOST, server.port), timeout=60) as link, link.makefile("rb") as answers:
        value = b"x" * VALUE_BYTES
        for n in range(count):
            key = b"key:%012d" % n
            link.sendall(b"*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n" % (len(key), key, len(value), value))
            if answers.readline() != b"+OK\r\n":
                raise LoadFailed("redis refused a SET")


def run_redis_benchmark(server: Server, options, command: str) -> dict:
    """As many requests as fill about the time that wrk gets, unpipelined."""
    trial, _ = redis_benchmark(server, options, command, 5000)
    requests = max(5000, int(trial * options.seconds))
    before = begin(server)
    rate, latencies = redis_benchmark(server, options, command, requests)
    return figures(latencies, requests, requests / rate, before, *end(server))


def redis_benchmark(server: Server, options, command: str, requests: int) -> tuple[float, dict]:
    answer = subprocess.run(
        ["redis-benchmark", "-h", HOST, "-p", str(server.port), "-c", str(options.connections), "--threads", str(options.threads), "-P", "1",
         "-n", str(requests), "-r", str(options.items), "-d", str(VALUE_BYTES), "-t", command.lower(), "--precision", "3"],
        capture_output=True, text=True, timeout=options.seconds * 10 + 60)
    rate = re.search(r"throughput summary: ([\d.]+) requests per second", answer.stdout)
    if answer.returncode != 0 or not rate or "rror" in answer.stdout + answer.stderr:
        raise LoadFailed(f"redis-benchmark failed:\n{answer.stdout[-1000:]}{answer.stderr}")
    summary = re.search(r"avg +min +p50 +p95 +p99 +max\n +(.+)", answer.stdout)
    _, _, p50, _, p99, most = (float(word) * 1000 for word in summary[1].split())
    steps = re.findall(r"^([\d.]+)% <= ([\d.]+) milliseconds", answer.stdout.partition("Cumulative")[0], re.MULTILINE)
    p999 = next((float(time) * 1000 for percent, time in steps if float(percent) >= 99.9), most)
    return float(rate[1]), {"p50": p50, "p99": p99, "p999": p999, "max": most}
