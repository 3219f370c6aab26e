"""The files of a benchmark: the folder that it works in, and those that it reports into."""

import contextlib
import fcntl
import pathlib
import shutil
import sys
from collections.abc import Iterator

from .comparison import Comparison
from .page import write_page

# As the engines' comparison has them (BenchFolder.swift).
FOLDER_NAME = "kvd-bench"
MARKER_NAME = ".kvd-bench"


@contextlib.contextmanager
def work_folder(parent: pathlib.Path) -> Iterator[pathlib.Path]:
    """The subfolder kvd-bench of `parent`: made, without what an earlier run left in it, and removed in the end.

    A file in it says that a benchmark made it: what has no such file is somebody else's, and the program ends. One run at
    a time works in it: it holds a lock on that file.
    """
    folder = parent.resolve() / FOLDER_NAME
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / MARKER_NAME
    if any(folder.iterdir()) and not marker.exists():
        sys.exit(f"{folder} holds files that no benchmark made (it has no {MARKER_NAME}): move them away, or name another --data-dir")
    # A file that is there may be locked, so none takes its place.
    with open(marker, "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(f"another benchmark works in {folder}: wait for it, or name another --data-dir")
        if lock.tell() == 0:
            lock.write("A benchmark of kvd made this folder and removes it.\n")
            lock.flush()
        _remove_contents(folder)
        try:
            yield folder
        finally:
            _remove_contents(folder)
            marker.unlink()
            folder.rmdir()


def _remove_contents(folder: pathlib.Path):
    """All but the marker: without it, a removal that is interrupted could not be done again."""
    for entry in folder.iterdir():
        if entry.name == MARKER_NAME:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def require_writable(*files: str | None):
    """Ends the program if one cannot be written: that must not be found out after the measuring. What is in it stays."""
    for file in files:
        if file is None:
            continue
        try:
            open(file, "a").close()
        except OSError as error:
            sys.exit(f"cannot write {file}: {error.strerror}")


def write_reports(comparison: Comparison, json: str | None, html: str | None):
    """Writes those that were asked for."""
    if json:
        comparison.write_json(json)
    if html:
        write_page(comparison, html)
