"""Measures kvd's tables, embedded, beside SQLite through GRDB. Started by Tools/bench table.

Two suites, each engine and round in a process of its own:

  operations  orders of about 400 bytes under a partition and a sort key: load in batches of 25, close and
              open, get, query of 100, conditional update of a counter, put, full scan. Gets, updates and
              puts by one task and by several.
  ycsb        YCSB's workloads A to F (Cooper et al. 2010): records of 10 fields of 100 bytes, keys drawn
              from the scrambled Zipf distribution of constant 0.99. In YCSB's order: load, A, B, C, F, D on
              one table; load, E on another, whose partition key is a thread and whose sort key a post's
              number, so that a scan of 1 to 100 posts is one Query.

Every engine sees the same keys and values in the same order, turns what it reads into the same Swift struct,
and must come to the same checksum. Medians over the rounds, with the lowest and the highest in brackets.
Loads, queries and scans: the rate is of items, latency and CPU are of one call.

A phase's CPU time, bytes and memory count its background work too, which is waited for after it and not
timed. The user's bytes are those of keys and values: of what the phase wrote, where an update writes the key
and what it sets, and of what is alive. A text has its UTF-8, a number 8 bytes, an attribute's name none,
whatever an engine makes of it. (How many of workload E's operations insert depends a little on how its tasks
race: each engine's bytes are divided by its own user's.) A phase that only reads has no amplification.
"""

import argparse
import contextlib
import json
import pathlib
import shutil
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks"))

from report import files, machine, terminal  # noqa: E402
from report.comparison import COSTS, Comparison  # noqa: E402

BINARY = ROOT / "Benchmarks" / "Tables" / ".build" / "release" / "TableBench"
ENGINES = {
    "kvd": "kvd's tables through their async calls",
    "grdb": "SQLite through GRDB: a DatabasePool, WAL, columns, cached statements, async calls",
    "grdb-blocking": "the same through GRDB's blocking calls: no hop to another thread, and the calling one waits",
}
UPDATE_SHARES = {"A": "50 % reads, 50 % updates", "B": "95 % reads, 5 % updates", "C": "reads only",
                 "D": "95 % reads of the latest, 5 % inserts", "E": "95 % scans, 5 % inserts",
                 "F": "50 % reads, 50 % read-modify-writes"}
EPILOG = """\
examples:
  Tools/bench table --quick                             some minutes; rough figures
  Tools/bench table --suite operations --html out.html  one suite, and a page to look at
  Tools/bench table --suite ycsb --workloads a e --durability interval
  Tools/bench table --items 5000000 --records 2000000   much more than the cache holds

durability (--durability, several at once are measured one after the other):
  synced    kvd syncs the log before it answers; SQLite has synchronous=FULL
  interval  kvd syncs every 100 ms; SQLite has synchronous=NORMAL, which syncs at checkpoints
  none      kvd leaves it to the system; SQLite has synchronous=NORMAL
The last two survive the death of the process, not a power cut.

costs:
""" + "".join(f"  {column.heading:<16} {column.meaning}\n" for column in COSTS)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="Tools/bench table", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", nargs="+", choices=["operations", "ycsb"], default=["operations", "ycsb"], help="what to run (both)")
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES), help="whom to measure (all)")
    parser.add_argument("--durability", nargs="+", choices=["synced", "interval", "none"], default=["synced"], help="see below (synced)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of all engines, in an order that rotates (3)")
    parser.add_argument("--quick", action="store_true", help="a tenth of every count; a count that is given still holds")
    counts = parser.add_argument_group("counts")
    for name, default, text in [
        ("items", 200_000, "orders to load, a multiple of 100"), ("reads", 40_000, "gets; a twentieth as many queries"),
        ("writes", 10_000, "puts and updates of each phase"), ("records", 100_000, "YCSB's records to load"),
        ("operations", 20_000, "operations of each workload of YCSB"),
    ]:
        counts.add_argument(f"--{name}", type=int, help=f"{text} ({default})").full = default
    counts.add_argument("--tasks", type=int, default=8, help="tasks of the concurrent phases of operations (8)")
    counts.add_argument("--threads", type=int, default=8, help="tasks of YCSB (8)")
    counts.add_argument("--workloads", nargs="+", choices=list("abcdef"), default=list("abcdef"), help="of YCSB (all)")
    parser.add_argument("--cache-mib", type=int, default=128, help="cache of kvd, and of each connection of SQLite (128)")
    parser.add_argument("--seed", type=int, default=1, help="what the random choices start from (1)")
    parser.add_argument("--data-dir", default=str(ROOT / "Benchmarks" / "Tables" / ".build" / "data"), help="the data goes to the subfolder kvd-bench of this one, which is made and removed")
    parser.add_argument("--json", metavar="FILE", help="also write every round's figures to this file")
    parser.add_argument("--html", metavar="FILE", help="also write a page with charts to this file")
    options = parser.parse_args()
    for action in parser._actions:
        if hasattr(action, "full") and getattr(options, action.dest) is None:
            setattr(options, action.dest, action.full // 10 if options.quick else action.full)
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    return options


def arguments(options, folder: pathlib.Path, suite: str, engine: str, durability: str) -> list[str]:
    common = [str(BINARY), suite, "--engine", engine, "--folder", str(folder), "--durability", durability,
              "--cache-mib", str(options.cache_mib), "--seed", str(options.seed)]
    if suite == "operations":
        return common + ["--items", str(options.items), "--reads", str(options.reads), "--writes", str(options.writes), "--tasks", str(options.tasks)]
    return common + ["--records", str(options.records), "--operations", str(options.operations), "--threads", str(options.threads),
                     "--workloads", *options.workloads]


def run_child(command: list[str], progress: terminal.Progress, label: str):
    """Starts one process and yields what it reports; the whole run fails with it."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        for line in child.stdout:
            event = json.loads(line)
            if event["event"] == "start":
                progress.show(f"{label}: {event['name']}")
            yield event
        if child.wait() != 0:
            sys.exit(f"{label}: the process ended with {child.returncode}; its complaint is above")
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


def figures(event: dict) -> dict:
    """A phase as the process reports it, in the comparison's terms."""
    known = {
        "rate": event["rate"], "cpu_us": event["cpuSeconds"] / event["operations"] * 1e6, "cpu_seconds": event["cpuSeconds"],
        "seconds": event["seconds"], "operations": event["operations"], "items": event["items"],
        "written_bytes": event["writtenBytes"], "bytes_given_to_writes": event["bytesGivenToWrites"],
        "bytes_sent_to_disk": event["bytesSentToDisk"], "read_bytes": event["bytesTakenFromReads"],
        "user_bytes_written": event["userBytesWritten"], "folder_bytes": event["folderBytes"],
        "live_user_bytes": event["liveUserBytes"], "peak_memory_bytes": event["peakMemoryBytes"], "kinds": event.get("kinds", {})}
    latency = event["latency"]
    # One operation has a time and no percentiles.
    if latency["count"] > 1:
        known |= {name: latency[name] for name in ("p50", "p99", "p999", "max")}
    # What only reads has amplified nothing.
    if event["userBytesWritten"]:
        known |= {"write_amplification": event["writtenBytes"] / event["userBytesWritten"],
                  "space_amplification": event["folderBytes"] / event["liveUserBytes"]}
    return known


def measure(options, comparison: Comparison, folder: pathlib.Path):
    runs = [(suite, durability) for suite in options.suite for durability in options.durability]
    progress = terminal.Progress(len(runs) * options.rounds * len(options.engines))
    for suite, durability in runs:
        section = comparison.section(f"{suite}, durability {durability}")
        for number in range(options.rounds):
            turn = number % len(options.engines)
            checksums: dict[str, tuple[str, int]] = {}
            for engine in options.engines[turn:] + options.engines[:turn]:
                label = f"{suite}, {durability}, round {number + 1}, {engine}"
                data = folder / engine
                # Closed at once where an event ends the run: the child must not outlive its folder.
                with contextlib.closing(run_child(arguments(options, data, suite, engine, durability), progress, label)) as events:
                    for event in events:
                        if event["event"] == "settings":
                            told = ", ".join(f"{name} {value}" for name, value in sorted(event["settings"].items()))
                            comparison.competitors[engine] = f"{ENGINES[engine]} ({told})"
                        elif event["event"] == "phase":
                            add_phase(section, suite, engine, event, checksums)
                shutil.rmtree(data)
                progress.step()
    progress.clear()


def add_phase(section, suite, engine, event, checksums):
    name = event["name"]
    first_engine, expected = checksums.setdefault(name, (engine, event["checksum"]))
    if event["checksum"] != expected:
        sys.exit(f"{name}: {engine} read other data than {first_engine}; figures of wrong answers mean nothing")
    is_items = name.startswith(("load", "query", "full scan"))
    unit = "items" if is_items else "operations"
    title = f"workload {name}" if suite == "ycsb" and name in UPDATE_SHARES else name
    section.phase(title, unit, UPDATE_SHARES.get(name, "")).add(engine, figures(event))


def main():
    # So that `finally` runs, which ends the child, when someone ends this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    options = parse_options()
    files.require_writable(options.json, options.html)
    shown = {"rounds": str(options.rounds), "cache": f"{options.cache_mib} MiB", "seed": str(options.seed)}
    if "operations" in options.suite:
        shown |= {"items": f"{options.items:,}", "reads": f"{options.reads:,}", "writes": f"{options.writes:,}", "tasks": str(options.tasks)}
    if "ycsb" in options.suite:
        shown |= {"records": f"{options.records:,}", "operations": f"{options.operations:,}", "threads": str(options.threads)}
    comparison = Comparison(
        "kvd's tables beside SQLite through GRDB", "kvd", machine.describe(pathlib.Path(options.data_dir)), shown,
        {name: ENGINES[name] for name in options.engines}, notes=machine.busy_note())
    with files.work_folder(pathlib.Path(options.data_dir)) as folder:
        measure(options, comparison, folder)
        # Before the folder is removed, which might fail.
        terminal.print_head(comparison)
        terminal.print_tables(comparison)
        files.write_reports(comparison, options.json, options.html)


if __name__ == "__main__":
    main()
