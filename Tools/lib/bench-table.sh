# shellcheck shell=bash
# Tools/bench table: kvd's tables, embedded, beside SQLite through GRDB.
#
# Sourced by Tools/bench after setup.sh, which sets kvd_root.
# shellcheck disable=SC2154

# bench_table OPTIONS... builds the benchmark and runs it; --help explains it without a build.
bench_table() {
    local package="$kvd_root/Benchmarks/Tables" argument
    require_command python3 python3
    for argument in "$@"; do
        case $argument in -h | --help | help) exec python3 "$package/bench_table.py" --help ;; esac
    done
    require_swift
    [ -e /usr/include/sqlite3.h ] || install_packages libsqlite3-dev
    say "building the benchmark of tables (minutes the first time, seconds after that)"
    swift build --package-path "$package" -c release >&2
    exec python3 "$package/bench_table.py" "$@"
}
