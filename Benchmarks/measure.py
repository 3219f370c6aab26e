"""Measures kvd over loopback with wrk, beside a SwiftNIO server that does nothing. Started by Tools/measure.

Every round runs each load once, in an order that rotates from round to round, so that what else the machine does falls on
all of them alike. Reported are medians over the rounds with the lowest and the highest in brackets. The CPU time is the
server process's alone, user and system, from /proc; wrk's own is not in it, though it competes for the same cores.
"""

import argparse
import http.client
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "ClientTests"))

from kvd_process import HOST, KvdProcess, free_port, wire_headers  # noqa: E402

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
TEXT = "0123456789abcdef" * 58


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its threads so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def call(connection, operation, body):
    connection.request("POST", "/", json.dumps(body), wire_headers(operation))
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        sys.exit(f"{operation} answered {answer.status}: {content.decode()}")


def load_items(port: int, count: int):
    """The table `measure` with the items that GetItem will ask for."""
    connection = http.client.HTTPConnection(HOST, port)
    call(connection, "CreateTable", {
        "TableName": "measure", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})
    for start in range(0, count, 25):
        call(connection, "BatchWriteItem", {"RequestItems": {"measure": [
            {"PutRequest": {"Item": {
                "pk": {"S": f"key-{n:07}"}, "count": {"N": str(n)}, "open": {"BOOL": True}, "text": {"S": TEXT}}}}
            for n in range(start, min(start + 25, count))]}})
    connection.close()


def run_wrk(options, port: int, pid: int, operation: str, keys: int) -> dict:
    before = cpu_seconds(pid)
    answer = subprocess.run(
        ["wrk", "-t", str(options.threads), "-c", str(options.connections), "-d", f"{options.seconds}s", "--latency",
         "-s", str(ROOT / "Benchmarks" / "wrk" / "requests.lua"), f"http://{HOST}:{port}", "--", operation, str(keys)],
        capture_output=True, text=True)
    cpu = cpu_seconds(pid) - before
    lines = [line for line in answer.stdout.splitlines() if line.startswith("RESULT ")]
    if answer.returncode != 0 or not lines:
        sys.exit(f"wrk failed:\n{answer.stdout}{answer.stderr}")
    result = json.loads(lines[0].removeprefix("RESULT "))
    if result["requests"] == 0 or result["errors"]:
        sys.exit(f"{operation}: {result['errors']} errors in {result['requests']} requests; a measure with errors means nothing")
    result["rate"] = result["requests"] / result["seconds"]
    result["cpu_us"] = cpu / result["requests"] * 1e6
    result["cpu_cores"] = cpu / result["seconds"]
    return result


def spread(results: list[dict], field: str, form: str) -> str:
    values = [one[field] for one in results]
    return f"{statistics.median(values):{form}} [{min(values):{form}}–{max(values):{form}}]"


COLUMNS = [
    # heading, field, format
    ("requests/s", "rate", ",.0f"),
    ("p50 µs", "p50", ",.0f"),
    ("p99 µs", "p99", ",.0f"),
    ("p99.9 µs", "p999", ",.0f"),
    ("CPU µs/request", "cpu_us", ".1f"),
    ("cores", "cpu_cores", ".2f"),
]


def report(measured: dict[str, list[dict]]):
    rows = [["", *(heading for heading, _, _ in COLUMNS)]]
    for name, results in measured.items():
        rows.append([name, *(spread(results, field, form) for _, field, form in COLUMNS)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS) + 1)]
    for row in rows:
        print(row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:])), sep="   ")
    for operation in ("GetItem", "PutItem"):
        kvd, empty = measured[f"kvd {operation}"], measured[f"empty {operation}"]
        rate = statistics.median(one["rate"] for one in kvd) / statistics.median(one["rate"] for one in empty)
        cost = statistics.median(one["cpu_us"] for one in kvd) - statistics.median(one["cpu_us"] for one in empty)
        print(f"{operation}: {rate:.0%} of the empty handler's rate; {cost:.1f} µs of CPU per request above it")


def main():
    parser = argparse.ArgumentParser(prog="Tools/measure", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all four loads (5)")
    parser.add_argument("--seconds", type=int, default=5, help="length of one load (5)")
    parser.add_argument("--connections", type=int, default=32, help="keep-alive connections (32)")
    parser.add_argument("--threads", type=int, default=2, help="threads of wrk (2)")
    parser.add_argument("--items", type=int, default=10_000, help="items that GetItem draws from (10000)")
    parser.add_argument("--data-dir", default=str(ROOT / ".build" / "measure"), help="kvd's folder, deleted before and after")
    parser.add_argument("--serve-options", default="", help="further options of `kvd serve`, in one string")
    parser.add_argument("--json", help="also write every round's figures to this file")
    options = parser.parse_args()

    shutil.rmtree(options.data_dir, ignore_errors=True)
    empty_port = free_port()
    empty = subprocess.Popen(
        [str(ROOT / "Benchmarks" / "EmptyHandler" / ".build" / "release" / "EmptyHandler"), str(empty_port)])
    kvd = KvdProcess(options.data_dir, *options.serve_options.split())
    try:
        kvd.start()
        load_items(kvd.port, options.items)
        time.sleep(0.5)
        loads = [
            ("kvd GetItem", kvd.port, kvd.process.pid, "GetItem", options.items),
            ("empty GetItem", empty_port, empty.pid, "GetItem", options.items),
            ("kvd PutItem", kvd.port, kvd.process.pid, "PutItem", 10 * options.items),
            ("empty PutItem", empty_port, empty.pid, "PutItem", 10 * options.items),
        ]
        measured = {name: [] for name, *_ in loads}
        print(f"{os.cpu_count()} cores, {options.connections} connections, wrk with {options.threads} threads, "
              f"{options.rounds} rounds of {options.seconds} s, items of about 1 KB; medians [lowest–highest]", flush=True)
        if os.getloadavg()[0] > 1:
            print(f"the machine is busy with something else (load {os.getloadavg()[0]:.1f}): these figures are too low")
        for number in range(options.rounds):
            turn = number % len(loads)
            for name, *load in loads[turn:] + loads[:turn]:
                measured[name].append(run_wrk(options, *load))
        report(measured)
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps(measured, indent=1))
    finally:
        empty.terminate()
        empty.wait()
        kvd.stop()
        shutil.rmtree(options.data_dir, ignore_errors=True)


if __name__ == "__main__":
    main()
