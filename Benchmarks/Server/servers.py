"""The servers that are compared: how each is started on a free port of 127.0.0.1, and that it ends."""

import http.client
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "ClientTests"))

from kvd_process import HOST, binary_path, free_port  # noqa: E402

EMULATORS = ROOT / ".build_emulators" / "bin"
START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 10
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


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
        self._log = open(self.folder / "log", "w+")
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

    def cpu_seconds(self) -> float:
        """User and system time so far of the process and its children, with all their threads."""
        ticks = 0
        for entry in pathlib.Path("/proc").iterdir():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdigit() else []
            except OSError:
                continue  # It ended meanwhile.
            if fields and int(fields[3]) == self.process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS_PER_SECOND

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
