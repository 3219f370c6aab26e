"""What machine the figures are of."""

import datetime
import os
import pathlib
import platform
import subprocess


def describe(data_folder: pathlib.Path) -> dict[str, str]:
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{os.cpu_count()} × {_field('/proc/cpuinfo', 'model name')}",
        "memory": f"{int(_field('/proc/meminfo', 'MemTotal').split()[0]) / 2**20:.0f} GiB",
        "kernel": platform.release(),
        "filesystem": _filesystem(data_folder),
        "commit": _commit(),
    }


def busy_note() -> list[str]:
    load = os.getloadavg()[0]
    if load < 1:
        return []
    return [f"The machine was busy with something else at the start (load {load:.1f}): the figures are too low."]


def _field(file: str, name: str) -> str:
    for line in pathlib.Path(file).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "?"


def _filesystem(folder: pathlib.Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    answer = subprocess.run(["df", "--output=fstype", str(folder)], capture_output=True, text=True)
    return answer.stdout.split()[-1] if answer.returncode == 0 else "?"


def _commit() -> str:
    root = str(pathlib.Path(__file__).resolve().parents[2])
    answer = subprocess.run(["git", "-C", root, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return answer.stdout.strip() if answer.returncode == 0 else "?"
