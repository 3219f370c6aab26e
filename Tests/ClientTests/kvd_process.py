"""Runs the release `kvd serve` as a child process that a test can stop, kill and start again."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
START_TIMEOUT_SECONDS = 30
STOP_TIMEOUT_SECONDS = 20


def binary_path() -> str:
    """The binary under test: $KVD_BINARY, or what `swift build -c release` left."""
    path = os.environ.get("KVD_BINARY", str(REPOSITORY / ".build" / "release" / "kvd"))
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"{path} is not there: build it with `swift build -c release --product kvd`")
    return path


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class KvdProcess:
    """One `kvd serve` on one folder. `start` returns when it answers; `kill` is `kill -9`."""

    def __init__(self, folder: pathlib.Path | str, *options: str):
        self.folder = str(folder)
        self.options = options
        self.port = 0
        self.process: subprocess.Popen | None = None
        self._log_file = tempfile.TemporaryFile()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def log(self) -> str:
        """All that the processes on this folder wrote to standard output and standard error."""
        self._log_file.seek(0)
        return self._log_file.read().decode(errors="replace")

    def command(self) -> list[str]:
        return [
            binary_path(), "serve", "--host", HOST, "--port", str(self.port),
            "--data-dir", self.folder, *self.options,
        ]

    def start(self) -> "KvdProcess":
        # Another process may take the port between the moment we find it free and the moment kvd binds it.
        for _ in range(3):
            self.port = free_port()
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=self._log_file, stderr=self._log_file)
            if self._wait_until_it_answers():
                return self
        raise RuntimeError(f"kvd serve did not start. Its output:\n{self.log()}")

    def _wait_until_it_answers(self) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            try:
                connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
                connection.request("POST", "/", json.dumps({}), wire_headers("ListTables"))
                answer = connection.getresponse()
                answer.read()
                connection.close()
                if answer.status == 200:
                    return True
            except OSError:
                pass
            time.sleep(0.01)
        self.kill()
        return False

    def kill(self) -> None:
        """kill -9: no destructor, no flush, no farewell."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self) -> None:
        """Asks for a graceful stop and does not wait for it."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Waits for the process to end and returns its exit code."""
        return self.process.wait(timeout=STOP_TIMEOUT_SECONDS)

    def stop(self) -> int:
        """A graceful stop; returns the exit code. Harmless if the process has ended."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.terminate()
            try:
                self.wait()
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        return self.process.returncode


def wire_headers(operation: str) -> dict[str, str]:
    """The headers that an AWS SDK sends, with credentials that sign nothing."""
    return {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "X-Amz-Date": "20260101T000000Z",
        "Authorization": "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/dynamodb/aws4_request, "
        "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64,
    }
