"""DynamoDB's JSON protocol by hand: for requests that no AWS SDK would send, and for looking at whole answers."""

import dataclasses
import json
import socket
import urllib.parse
import zlib

from kvd_process import wire_headers


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The error's name, without the namespace before it."""
        return self.json["__type"].rpartition("#")[2]

    @property
    def message(self) -> str:
        return self.json.get("message", self.json.get("Message", ""))

    def is_intact(self) -> bool:
        """Has the answer the headers that every answer must have, and is the checksum its body's?"""
        return (
            len(self.headers.get("x-amzn-requestid", "")) >= 16
            and int(self.headers["x-amz-crc32"]) == zlib.crc32(self.body)
            and self.headers["content-type"] == "application/x-amz-json-1.0")


class Connection:
    """One TCP connection that sends bytes as they are and reads HTTP/1.1 answers."""

    def __init__(self, url: str, timeout: float = 20):
        address = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data: bytes):
        self.socket.sendall(data)

    def _fill(self) -> bool:
        data = self.socket.recv(1 << 16)
        self.buffer += data
        return bool(data)

    def read_answer(self) -> Answer | None:
        """The next answer; None if the server closed the connection instead of answering."""
        while b"\r\n\r\n" not in self.buffer:
            try:
                if not self._fill():
                    return None
            except ConnectionError:
                return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(status_line.split(" ")[1])
        if status == 100:
            return self.read_answer()
        if headers.get("transfer-encoding") == "chunked":
            body = self._read_chunks()
        else:
            body = self._read_exactly(int(headers.get("content-length", "0")))
        return Answer(status, headers, body)

    def _read_exactly(self, count: int) -> bytes:
        while len(self.buffer) < count and self._fill():
            pass
        body, self.buffer = self.buffer[:count], self.buffer[count:]
        assert len(body) == count, "the answer ended early"
        return body

    def _read_chunks(self) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in self.buffer:
                assert self._fill(), "the answer ended early"
            line, _, self.buffer = self.buffer.partition(b"\r\n")
            size = int(line.split(b";")[0], 16)
            body += self._read_exactly(size)
            assert self._read_exactly(2) == b"\r\n"
            if size == 0:
                return body

    def is_closed_by_server(self) -> bool:
        """Waits until the server closes the connection (True) or the socket's timeout passes (False)."""
        try:
            while self.socket.recv(1 << 16):
                pass
            return True
        except ConnectionError:
            return True
        except TimeoutError:
            return False


def request_bytes(operation: str, body: bytes | dict, headers: dict | None = None, drop=(), method="POST", path="/") -> bytes:
    """A whole HTTP request. `headers` are added or replaced, those in `drop` are left out."""
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    all_headers = {"Host": "localhost", **wire_headers(operation), "Content-Length": str(len(body)), **(headers or {})}
    lines = [f"{name}: {value}" for name, value in all_headers.items() if name not in drop]
    return f"{method} {path} HTTP/1.1\r\n".encode() + "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def send(url: str, operation: str, body: bytes | dict, **more) -> Answer | None:
    """One request on a connection of its own. See request_bytes for `more`."""
    with Connection(url) as connection:
        try:
            connection.send(request_bytes(operation, body, **more))
        except ConnectionError:
            pass  # the server answered and closed before it read all: the answer is still to be read
        return connection.read_answer()
