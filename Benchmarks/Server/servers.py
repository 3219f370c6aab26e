"""The servers that are compared: how each is started on a free port of 127.0.0.1, and that it ends."""

import contextlib
import dataclasses
import http.client
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "ClientTests"))

from kvd_process import HOST, binary_path, free_port  # noqa: E402

EMULATORS = ROOT / ".build_emulators" / "bin"
START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 10
MEMORY_FOLDER = "/dev/shm"
SETTLE_TIMEOUT_SECONDS = 120
SETTLE_STEP_SECONDS = 0.4
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Usage:
    cpu_seconds: float
    # Of pages made dirty that are to reach the disk; sockets are not in it.
    disk_bytes: int
    peak_memory_bytes: int


def _stat_fields(entry: pathlib.Path) -> list[str]:
    """Those behind the name, which may hold anything."""
    return (entry / "stat").read_text().rpartition(")")[2].split()


def _number(path: pathlib.Path, name: str) -> int:
    """The number in the line `name: number`; 0 where there is none."""
    for line in path.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


class Server:
    """One process with its children, in a session of its own, that ends with this one whatever happens."""

    def __init__(self, name: str, folder: pathlib.Path, command, environment=None, executable: str | None = None):
        self.name = name
        self.port = free_port()
        self.folder = folder / name.replace(" ", "-")
        self.folder.mkdir(parents=True)
        arguments = command(str(self.port), str(self.folder))
        if executable:
            # The program decides by its name what it is.
            arguments = ["bash", "-c", f'exec -a "$0" {executable} "$@"', *arguments]
        # In memory, so that what it says is not counted as bytes for the disk.
        self._log = tempfile.TemporaryFile("w+", dir=MEMORY_FOLDER if os.path.isdir(MEMORY_FOLDER) else None)
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *arguments], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            cwd=self.folder, start_new_session=True, env=os.environ | (environment(str(self.port)) if environment else {}))

    def wait_until_it_listens(self):
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection((HOST, self.port), timeout=5).close()
                return
            except OSError:
                time.sleep(0.02)
        self._log.seek(0)
        raise RuntimeError(f"{self.name} did not start. Its output:\n{self._log.read()[-2000:]}")

    def usage(self) -> "Usage":
        """What the kernel has counted so far for the process and its children, with all their threads.

        The CPU time of children that ended is in it; what they gave the disk is not.
        """
        usage = Usage(0, 0, 0)
        for entry, fields in self._processes():
            try:
                usage.cpu_seconds += sum(map(int, fields[11:15])) / TICKS_PER_SECOND
                usage.disk_bytes += _number(entry / "io", "write_bytes")
                usage.peak_memory_bytes += _number(entry / "status", "VmHWM") * 1024
            except OSError:
                continue  # It ended meanwhile.
        return usage

    def settle(self):
        """Waits until it rests: what a load left to do, be it compaction or requests that nobody waits for, is that load's."""
        deadline = time.monotonic() + SETTLE_TIMEOUT_SECONDS
        last = self.usage().cpu_seconds
        while time.monotonic() < deadline:
            time.sleep(SETTLE_STEP_SECONDS)
            now = self.usage().cpu_seconds
            if now - last < SETTLE_STEP_SECONDS / 10:
                return
            last = now
        raise RuntimeError(f"{self.name} does not come to rest within {SETTLE_TIMEOUT_SECONDS} seconds of a load")

    def reset_peak_memory(self):
        for entry, _ in self._processes():
            with contextlib.suppress(OSError):  # It ended meanwhile.
                # See proc(5): the peak becomes what is resident now.
                (entry / "clear_refs").write_text("5")

    def _processes(self) -> list[tuple[pathlib.Path, list[str]]]:
        """Those of its session, with the fields of their `stat`."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError):  # It ended meanwhile.
                fields = _stat_fields(entry) if entry.name.isdigit() else []
                if fields and int(fields[3]) == self.process.pid:
                    found.append((entry, fields))
        return found

    def stop(self):
        for signal_number in (15, 9):
            try:
                os.killpg(self.process.pid, signal_number)
                self.process.wait(timeout=STOP_TIMEOUT_SECONDS)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
        self._log.close()


def connection(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(HOST, server.port, timeout=30)


def kvd(name: str, folder: pathlib.Path, durability: str, further: list[str]) -> Server:
    return Server(name, folder, lambda port, data: [
        binary_path(), "serve", "--host", HOST, "--port", port, "--data-dir", data + "/data", "--durability", durability, *further])


def responder(name: str, folder: pathlib.Path, body_bytes: int) -> Server:
    return Server(name, folder, lambda port, _: [str(ROOT / ".build" / "responder"), port, str(body_bytes)])


def empty_handler(name: str, folder: pathlib.Path, body_bytes: int) -> Server:
    binary = ROOT / "Benchmarks" / "EmptyHandler" / ".build" / "release" / "EmptyHandler"
    return Server(name, folder, lambda port, _: [str(binary), port, str(body_bytes)])


def redis(name: str, folder: pathlib.Path, fsync: str) -> Server:
    return Server(name, folder, lambda port, data: [
        "redis-server", "--bind", HOST, "--port", port, "--dir", data, "--save", "", "--appendonly", "yes", "--appendfsync", fsync,
    ], executable=shutil.which("redis-check-rdb"))


def moto(name: str, folder: pathlib.Path) -> Server:
    return Server(name, folder, lambda port, _: [str(EMULATORS / "moto_server"), "-H", HOST, "-p", port])


def ministack(name: str, folder: pathlib.Path) -> Server:
    # Without these it listens on every address, and on a second port.
    return Server(name, folder, lambda *_: [str(EMULATORS / "ministack")], lambda port: {
        "BIND_HOST": HOST, "GATEWAY_PORT": port, "SERVICES": "dynamodb", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "LOG_LEVEL": "ERROR"})
