# shellcheck shell=bash
# What the commands in Tools/ share: finding out what this machine lacks, and installing it.
#
# Sourced, never run. Every function is silent when there is nothing to do; one that changes the machine says so
# first, and one that cannot says which command an administrator should type.

kvd_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kvd_python=""

say() { printf 'kvd: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# given OPTION ARGUMENT... is true if the option is among the arguments, as `--port 1` or as `--port=1`.
given() {
    local option=$1 argument
    shift
    for argument in "$@"; do
        case $argument in "$option" | "$option"=*) return 0 ;; esac
    done
    return 1
}

# Can this user become root without a question that nobody would answer?
may_be_root() {
    [ "$(id -u)" -eq 0 ] && return 0
    command -v sudo >/dev/null 2>&1 || return 1
    [ -t 0 ] || sudo -n true 2>/dev/null
}

# Runs a command as root: directly, or through sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# install_packages NAME... installs Debian packages, or explains what is missing and stops.
install_packages() {
    local log
    if ! command -v apt-get >/dev/null 2>&1; then
        fail "this machine lacks what Debian calls: $*. Install them with your system's package tool and try again."
    fi
    if ! may_be_root; then
        fail "missing Debian packages, and neither root nor sudo is at hand. As an administrator:  apt-get install $*"
    fi
    say "installing Debian packages: $*"
    log=$(mktemp)
    if ! {
        as_root env DEBIAN_FRONTEND=noninteractive apt-get update &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
    } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        fail "apt-get failed (its output is above). Once it works:  apt-get install $*"
    fi
    rm -f "$log"
}

# require_command NAME PACKAGE makes sure that a command is there, installing the Debian package that has it.
require_command() {
    command -v "$1" >/dev/null 2>&1 || install_packages "$2"
}

# The Debian packages that carry the shared libraries which the Swift toolchain wants and this machine lacks.
missing_toolchain_libraries() {
    local binary
    binary=$(dirname "$(readlink -f "$(command -v swift)")")/swift-package
    [ -x "$binary" ] || return 0
    ldd "$binary" 2>/dev/null | awk '/not found/ { print $1 }' | while read -r library; do
        case $library in
            libcurl.so.4) echo libcurl4 ;;
            libxml2.so.2) echo libxml2 ;;
            libedit.so.2) echo libedit2 ;;
            libsqlite3.so.0) echo libsqlite3-0 ;;
            libncurses*.so.6 | libtinfo.so.6) echo libncurses6 ;;
            libz.so.1) echo zlib1g ;;
            *) say "the Swift toolchain wants $library and no Debian package is known for it" ;;
        esac
    done
}

# Makes sure that `swift build` can work here: the toolchain is there and new enough, and so is what it links with.
require_swift() {
    local packages=() library version
    if ! command -v swift >/dev/null 2>&1; then
        fail "no swift on the PATH. Install Swift 6.3 or newer (https://www.swift.org/install/linux/) and try again."
    fi
    command -v git >/dev/null 2>&1 || packages+=(git ca-certificates)
    command -v ld >/dev/null 2>&1 || packages+=(binutils)
    [ -e /usr/include/stdlib.h ] || packages+=(libc6-dev)
    compgen -G '/usr/lib/gcc/*/*/libstdc++.so' >/dev/null || packages+=(g++)
    command -v pkg-config >/dev/null 2>&1 || packages+=(pkg-config)
    pkg-config --exists liblz4 2>/dev/null || packages+=(liblz4-dev)
    while read -r library; do
        packages+=("$library")
    done < <(missing_toolchain_libraries | sort -u)
    if [ "${#packages[@]}" -gt 0 ]; then
        install_packages "${packages[@]}"
    fi
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [ -z "$version" ]; then
        swift --version >&2 || true
        fail "swift is on the PATH but does not start (its complaint is above)."
    fi
    if [ "$(printf '%s\n' 6.3 "$version" | sort -V | head -n 1)" != 6.3 ]; then
        fail "Swift $version is too old: kvd needs 6.3 or newer (https://www.swift.org/install/linux/)."
    fi
}

# Sets kvd_python to the first Python 3.10 or newer that can make a virtual environment.
find_python() {
    local candidate
    for candidate in python3 /usr/bin/python3; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
            kvd_python=$candidate
            return 0
        fi
    done
    return 1
}

# Makes sure that $kvd_python is set, installing Debian's Python if none on this machine will do.
require_python() {
    find_python && return 0
    install_packages python3 python3-venv
    find_python || fail "no Python 3.10 or newer that can make a virtual environment, even after installing python3-venv."
}

# Makes .venv with the pinned packages of Tests/ClientTests/requirements.txt, or leaves it alone if it has them.
require_client_environment() {
    local requirements="$kvd_root/Tests/ClientTests/requirements.txt" venv="$kvd_root/.venv"
    if cmp -s "$requirements" "$venv/requirements.installed" && "$venv/bin/python" -c 'import boto3, pytest' 2>/dev/null; then
        return 0
    fi
    require_python
    say "making .venv with the AWS clients that the tests use"
    "$kvd_python" -m venv --clear "$venv" || fail "could not make the virtual environment $venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$requirements" </dev/null ||
        fail "pip could not install the packages of Tests/ClientTests/requirements.txt (its complaint is above). Is the network there?"
    cp "$requirements" "$venv/requirements.installed"
}
