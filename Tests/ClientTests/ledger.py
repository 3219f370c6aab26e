"""Keeps account of what a database must hold after its process was killed.

Every key is written by one thread at a time. A write that was acknowledged must be there; a write whose answer never came
may be there or not, but whole. So each key has one possible row, or two while a request is under way.
"""

import threading

from botocore.exceptions import BotoCoreError


class ServerGone(Exception):
    """The request ended without an answer: the server was killed."""


class Ledger:
    def __init__(self):
        self.possible = {}  # key -> the rows it may have now; None stands for "not there"
        self.acknowledged = 0
        self.unanswered = 0
        self._lock = threading.Lock()

    def row(self, key):
        """The row of a key with no request under way."""
        (row,) = self.possible.get(key, [None])
        return row

    def write(self, changes: dict, call) -> None:
        """Runs `call`, which should turn the rows of these keys into the given ones (None: delete)."""
        with self._lock:
            for key, after in changes.items():
                self.possible[key] = [*self.possible.get(key, [None]), after]
        try:
            call()
        except BotoCoreError as error:  # no answer; an error answer would be a ClientError
            with self._lock:
                self.unanswered += 1
            raise ServerGone from error
        with self._lock:
            for key, after in changes.items():
                self.possible[key] = [after]
            self.acknowledged += 1

    def check(self, found: dict) -> None:
        """Fails unless every key has one of its possible rows and there are no other keys; then takes `found` as the truth."""
        problems = []
        for key in self.possible.keys() | found.keys():
            rows = self.possible.get(key, [None])
            if found.get(key) not in rows:
                kind = "lost or wrong" if len(rows) == 1 else "neither the old nor the new row"
                problems.append(f"{key}: {kind}\n   found    {found.get(key)}\n   possible {rows}")
        assert not problems, f"{len(problems)} of {len(self.possible)} keys:\n" + "\n".join(problems[:10])
        self.possible = {key: [row] for key, row in found.items()}
