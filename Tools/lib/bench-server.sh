# shellcheck shell=bash
# Tools/bench server: kvd serve over loopback, beside other servers.
#
# Sourced by Tools/bench after setup.sh, which sets kvd_root.
# shellcheck disable=SC2154

# Makes a virtual environment with the pinned emulators. Where that fails the benchmark goes on and says
# who is absent: they are the slowest of those compared with, and a machine may have no way to PyPI.
prepare_emulators() {
    local requirements="$kvd_root/Benchmarks/Server/requirements.txt" venv="$kvd_root/.build_emulators"
    cmp -s "$requirements" "$venv/requirements.installed" && return 0
    # In a shell of its own, since a failure ends the shell.
    if ! { (require_python) && find_python; }; then
        say "there is no Python to install the emulators with (see above), so the run is without moto and ministack"
        return 0
    fi
    say "installing moto and ministack into .build_emulators"
    if "$kvd_python" -m venv --clear "$venv" &&
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$requirements" </dev/null; then
        cp "$requirements" "$venv/requirements.installed"
    else
        say "they could not be installed (the complaint is above), so the run is without them"
    fi
}

# bench_server OPTIONS... builds what is measured and runs it; --help explains it without a build.
bench_server() {
    local folder="$kvd_root/Benchmarks/Server" argument servers
    require_command python3 python3
    for argument in "$@"; do
        case $argument in -h | --help | help) exec python3 "$folder/bench_server.py" --help ;; esac
    done
    # A mistaken option ends it here.
    servers=$(python3 "$folder/bench_server.py" --print-servers "$@") || exit
    require_swift
    require_command wrk wrk
    # The package redis-server would start a server of its own; this one has the same binary and does not.
    if grep -qx redis <<<"$servers"; then require_command redis-check-rdb redis-tools; fi
    if grep -qxE 'moto|ministack' <<<"$servers"; then prepare_emulators; fi
    say "building kvd and what it is compared with (minutes the first time, seconds after that)"
    swift build --package-path "$kvd_root" -c release --product kvd >&2
    if grep -qx SwiftNIO <<<"$servers"; then
        swift build --package-path "$kvd_root/Benchmarks/EmptyHandler" -c release >&2
    fi
    if grep -qx 'C epoll' <<<"$servers"; then build_responder; fi
    exec python3 "$folder/bench_server.py" "$@"
}

build_responder() {
    require_command gcc gcc
    mkdir -p "$kvd_root/.build"
    gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -pthread -o "$kvd_root/.build/responder" "$kvd_root/Benchmarks/Server/responder.c"
}
