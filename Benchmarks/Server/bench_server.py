"""Measures kvd serve over loopback with wrk, beside other servers. Started by Tools/bench server.

  kvd            two servers: one syncs before it answers, one leaves that to the system (--durability none)
  C epoll        one file of C that parses just enough of HTTP/1.1 to answer a fixed 200: the floor
  SwiftNIO       an HTTP handler that collects the body and answers nothing: what the framework costs
  redis          GET and SET unpipelined through redis-benchmark, which has no mix; appendfsync always, and no
  moto, ministack  emulators of AWS written in Python, in memory

The first two of the others answer as many bytes as kvd does, or as its GetItem where half are PutItem. Items are of about 1 KB; a Query reads ten. Every
round runs each load once, in an order that rotates. Medians over the rounds, with the lowest and the highest in
brackets. CPU, bytes for the disk and memory are the server's alone, from /proc, until it rests again; wrk's CPU time
is not in it, though it takes its share of the same cores. One error anywhere makes the run fail. All listen on
127.0.0.1 alone and end with the run.
"""

import argparse
import http.client
import pathlib
import signal
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks"))

import loads  # noqa: E402
import servers  # noqa: E402
from report import files, machine, terminal  # noqa: E402
from report.comparison import Comparison  # noqa: E402

COMPETITORS = {
    "kvd": "kvd serve, release build",
    "C epoll": "Benchmarks/Server/responder.c: answers a fixed 200 of the same size",
    "SwiftNIO": "Benchmarks/EmptyHandler: answers nothing of the same size through SwiftNIO's HTTP/1.1",
    "redis": "redis-server with an append-only file, redis-benchmark -P 1, values of 1,000 bytes",
    "moto": "moto_server, in memory",
    "ministack": "ministack, in memory",
}
EPILOG = """\
examples:
  Tools/bench server --seconds 2 --rounds 3                 some minutes
  Tools/bench server --servers kvd SwiftNIO "C epoll"       what the server costs, and nothing else
  Tools/bench server --json out.json --html out.html        figures to keep and a page to look at
  Tools/bench server --serve-options "--threads 1"          kvd with other settings
"""


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="Tools/bench server", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", nargs="+", choices=list(COMPETITORS), default=list(COMPETITORS), help="whom to measure (all)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of all loads (3)")
    parser.add_argument("--seconds", type=int, default=4, help="length of one load (4)")
    parser.add_argument("--connections", type=int, default=32, help="keep-alive connections (32)")
    parser.add_argument("--threads", type=int, default=2, help="threads of wrk and of redis-benchmark (2)")
    parser.add_argument("--items", type=int, default=10_000, help="items that reads and writes draw from, a multiple of 10 (10000)")
    parser.add_argument("--data-dir", default=str(ROOT / ".build" / "bench-server"), help="the data goes to the subfolder kvd-bench of this one, which is made and removed")
    parser.add_argument("--serve-options", default="", help="further options of `kvd serve`, in one string")
    parser.add_argument("--json", metavar="FILE", help="also write every round's figures to this file")
    parser.add_argument("--html", metavar="FILE", help="also write a page with charts to this file")
    # For Tools/bench, which installs no more than what is measured needs.
    parser.add_argument("--print-servers", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds < 1 or options.items < 10 or options.items % 10 or options.connections < options.threads:
        parser.error("a count is out of its bounds; see --help")
    # kvd is whom the others are compared with, and tells them the size of an answer.
    options.servers = ["kvd"] + [name for name in options.servers if name != "kvd"]
    return options


class Run:
    """The servers of one run and the loads on them."""

    def __init__(self, options, comparison: Comparison, folder: pathlib.Path):
        self.options = options
        self.comparison = comparison
        self.folder = folder
        self.running: list[servers.Server] = []
        # Phase, its note, competitor, server, what runs one load.
        self.loads: list[tuple] = []

    def start(self, server: servers.Server) -> servers.Server:
        self.running.append(server)
        server.wait_until_it_listens()
        return server

    def add(self, phase: str, competitor: str, server: servers.Server, operation: str, run=loads.run_wrk):
        self.loads.append((phase, competitor, server, operation, run))

    def prepare(self):
        """Starts everyone, fills them with the same items, and lists the loads."""
        options = self.options
        further = options.serve_options.split()
        synced = self.start(servers.kvd("kvd synced", self.folder, "synced", further))
        unsynced = self.start(servers.kvd("kvd none", self.folder, "none", further))
        for server in (synced, unsynced):
            loads.fill(server, options.items)
        self.add("GetItem", "kvd", synced, "GetItem")
        self.add("PutItem, durable", "kvd", synced, "PutItem")
        self.add("PutItem, not durable", "kvd", unsynced, "PutItem")
        self.add("Query of 10 items", "kvd", synced, "Query")
        self.add("half GetItem, half PutItem, durable", "kvd", synced, "Mix")
        self.add("half GetItem, half PutItem, not durable", "kvd", unsynced, "Mix")
        for name, start in (("C epoll", servers.responder), ("SwiftNIO", servers.empty_handler)):
            if name in options.servers:
                self.prepare_empty(name, start, synced)
        if "redis" in options.servers:
            self.prepare_redis()
        for name, start in (("moto", servers.moto), ("ministack", servers.ministack)):
            if name in options.servers:
                self.prepare_emulator(name, start)

    def prepare_empty(self, name: str, start, kvd: servers.Server):
        def answering(operation: str, body_bytes: int) -> servers.Server:
            return self.start(start(f"{name} {operation}", self.folder, body_bytes))

        self.add("GetItem", name, answering("GetItem", loads.answer_bytes(kvd, "GetItem")), "GetItem")
        self.add("PutItem, not durable", name, answering("PutItem", 2), "PutItem")
        self.add("Query of 10 items", name, answering("Query", loads.answer_bytes(kvd, "Query")), "Query")
        # The longer answer of the two, to every request: a little more than what half of kvd's are.
        self.add("half GetItem, half PutItem, not durable", name, answering("Mix", loads.answer_bytes(kvd, "GetItem")), "Mix")

    def prepare_redis(self):
        synced = self.start(servers.redis("redis always", self.folder, "always"))
        unsynced = self.start(servers.redis("redis no", self.folder, "no"))
        loads.fill_redis(unsynced, self.options.items)
        self.add("GetItem", "redis", unsynced, "GET", loads.run_redis_benchmark)
        self.add("PutItem, durable", "redis", synced, "SET", loads.run_redis_benchmark)
        self.add("PutItem, not durable", "redis", unsynced, "SET", loads.run_redis_benchmark)

    def prepare_emulator(self, name: str, start):
        """An emulator that cannot be had, or filled, is left out, and the output says so."""
        count = len(self.running)
        try:
            server = self.start(start(name, self.folder))
            loads.fill(server, self.options.items)
        except (OSError, RuntimeError, KeyError, ValueError, http.client.HTTPException, loads.LoadFailed) as error:
            # It must not take a core from the others.
            for started in self.running[count:]:
                started.stop()
            del self.running[count:]
            self.comparison.competitors.pop(name)
            self.comparison.notes.append(f"{name} is absent: {type(error).__name__}: {error}")
            return
        self.add("GetItem", name, server, "GetItem")
        self.add("PutItem, not durable", name, server, "PutItem")
        self.add("Query of 10 items", name, server, "Query")
        self.add("half GetItem, half PutItem, not durable", name, server, "Mix")

    def measure(self):
        section = self.comparison.section(f"{self.options.connections} connections over loopback")
        for phase, *_ in self.loads:
            section.phase(phase, "requests")
        progress = terminal.Progress(len(self.loads) * self.options.rounds)
        for number in range(self.options.rounds):
            turn = number * len(self.loads) // self.options.rounds
            for phase, competitor, server, operation, run in self.loads[turn:] + self.loads[:turn]:
                progress.show(f"round {number + 1}, {phase}: {competitor}")
                section.phase(phase, "requests").add(competitor, run(server, self.options, operation))
                progress.step()
        # In the order in which they were listed, whatever the order in which they ran.
        for phase in section.phases.values():
            phase.rounds = {name: phase.rounds[name] for name in self.comparison.competitors if name in phase.rounds}
        progress.clear()

    def stop(self):
        for server in self.running:
            server.stop()


def main():
    # So that `finally` runs, which ends the servers, when someone ends this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    options = parse_options()
    if options.print_servers:
        print("\n".join(options.servers))
        return
    files.require_writable(options.json, options.html)
    comparison = Comparison(
        "kvd serve beside other servers", "kvd", machine.describe(pathlib.Path(options.data_dir)),
        {"rounds": str(options.rounds), "seconds a load": str(options.seconds), "connections": str(options.connections),
         "load threads": str(options.threads), "items": f"{options.items:,}", "further kvd options": options.serve_options or "none"},
        {name: text for name, text in COMPETITORS.items() if name in options.servers}, notes=machine.busy_note())
    with files.work_folder(pathlib.Path(options.data_dir)) as folder:
        run = Run(options, comparison, folder)
        try:
            run.prepare()
            run.measure()
        except (loads.LoadFailed, RuntimeError) as error:
            sys.exit(f"{error}\nfigures with errors mean nothing, so there are none")
        finally:
            run.stop()
        # Before the folder is removed, which might fail.
        terminal.print_head(comparison)
        terminal.print_tables(comparison)
        files.write_reports(comparison, options.json, options.html)


if __name__ == "__main__":
    main()
