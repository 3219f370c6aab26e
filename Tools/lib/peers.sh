# shellcheck shell=bash
# Builds the engines that kvd is measured beside, once, into a folder outside git.
#
# Sourced by Tools/bench after setup.sh. Debian's own librocksdb and libleveldb come with assertions on and without CRC
# instructions, and its LMDB with assertions, so these are built here from Debian's source packages: release flags,
# native instructions. SQLite and WiredTiger come as Debian builds them.

peers_root=${KVD_PEERS:-$kvd_root/.build_peers}
# Builds run in other folders than this one.
case $peers_root in /*) ;; *) peers_root=$PWD/$peers_root ;; esac
peers_flags="-O2 -DNDEBUG -march=native"

# Makes `apt-get source` work: the machine's own Debian sources once more, as sources of source packages.
enable_source_packages() {
    local list=/etc/apt/sources.list.d/kvd-source-packages
    if [ -n "$(apt-cache showsrc leveldb 2>/dev/null)" ]; then return 0; fi
    may_be_root || fail "apt has no source packages. As an administrator, add 'deb-src' to the Debian sources."
    say "enabling Debian's source packages in $list"
    if [ -e /etc/apt/sources.list.d/debian.sources ]; then
        sed 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources | as_root tee "$list.sources" >/dev/null
    else
        sed -n 's/^deb /deb-src /p' /etc/apt/sources.list | as_root tee "$list.list" >/dev/null
    fi
    as_root apt-get update -qq >/dev/null
}

# fetch_source PACKAGE leaves Debian's patched source in $peers_root/source/PACKAGE.
fetch_source() {
    local package=$1 folder="$peers_root/source/$1"
    [ -d "$folder" ] && return 0
    mkdir -p "$peers_root/source/fetch-$package"
    say "fetching Debian's source of $package"
    (cd "$peers_root/source/fetch-$package" && apt-get source -qq "$package" >../fetch-"$package".log 2>&1) ||
        fail "apt-get source $package failed: see $peers_root/source/fetch-$package.log"
    mv "$(find "$peers_root/source/fetch-$package" -mindepth 1 -maxdepth 1 -type d | head -n 1)" "$folder"
    rm -rf "$peers_root/source/fetch-$package"
}

# building_failed PACKAGE LOG shows why, and stops.
building_failed() {
    tail -n 30 "$2" >&2
    fail "building $1 failed: the whole log is $2"
}

# build_with_cmake PACKAGE TARGET OPTIONS... builds one static library from a fetched source.
build_with_cmake() {
    local package=$1 target=$2 log="$peers_root/build-$1.log"
    shift 2
    say "building $package with $peers_flags (its log: $log)"
    if ! {
        cmake -S "$peers_root/source/$package" -B "$peers_root/build/$package" -DCMAKE_BUILD_TYPE=Release \
            -DCMAKE_C_FLAGS_RELEASE="$peers_flags" -DCMAKE_CXX_FLAGS_RELEASE="$peers_flags" \
            -DCMAKE_POSITION_INDEPENDENT_CODE=ON "$@" &&
            cmake --build "$peers_root/build/$package" --target "$target" --parallel "$(nproc)"
    } >"$log" 2>&1; then
        building_failed "$package" "$log"
    fi
}

# describe_peer PACKAGE VERSION LINK makes the pkg-config file by which the comparison finds a library.
describe_peer() {
    mkdir -p "$peers_root/include" "$peers_root/lib/pkgconfig"
    cat >"$peers_root/lib/pkgconfig/kvd-peer-$1.pc" <<TEXT
Name: kvd-peer-$1
Description: $1 as compared with kvd
Version: $2
Cflags: -I$peers_root/include
Libs: -L$peers_root/lib $3
TEXT
}

# install_peer PACKAGE LIBRARY HEADERS LINK takes over a library that was built from Debian's source.
install_peer() {
    mkdir -p "$peers_root/include" "$peers_root/lib"
    cp "$peers_root/build/$1/$2" "$peers_root/lib/"
    cp -r "$peers_root/source/$1/$3" "$peers_root/include/"
    describe_peer "$1" "$(source_version "$1")" "$4"
}

# Names the present paths in the pkg-config files, which have the old ones after a checkout has been moved.
relocate_peers() {
    local file old text
    for file in "$peers_root"/lib/pkgconfig/kvd-peer-*.pc; do
        [ -e "$file" ] || continue
        old=$(sed -n 's|^Cflags: -I\(.*\)/include$|\1|p' "$file")
        [ "$old" != "$peers_root" ] || continue
        text=$(<"$file")
        printf '%s\n' "${text//"$old"/"$peers_root"}" >"$file"
    done
}

# The upstream version of a fetched Debian source.
source_version() {
    sed -n '1s/.*(\([^)-]*\).*/\1/p' "$peers_root/source/$1/debian/changelog"
}

has_rocksdb() { [ -e "$peers_root/lib/pkgconfig/kvd-peer-rocksdb.pc" ]; }

build_rocksdb() {
    has_rocksdb && return 0
    fetch_source rocksdb
    build_with_cmake rocksdb rocksdb -DROCKSDB_BUILD_SHARED=OFF -DWITH_LZ4=ON -DWITH_SNAPPY=OFF -DWITH_ZLIB=OFF \
        -DWITH_BZ2=OFF -DWITH_ZSTD=OFF -DWITH_GFLAGS=OFF -DWITH_LIBURING=OFF -DWITH_TESTS=OFF -DWITH_TOOLS=OFF \
        -DWITH_CORE_TOOLS=OFF -DWITH_BENCHMARK_TOOLS=OFF -DPORTABLE=OFF -DFAIL_ON_WARNINGS=OFF -DUSE_RTTI=OFF
    install_peer rocksdb librocksdb.a include/rocksdb "-lrocksdb -llz4 -lstdc++ -lm"
}

# LevelDB takes its CRC instructions from a library that Debian does not package: it gets kvd's.
build_crc32c() {
    local shims="$kvd_root/Sources/CKvdShims" here="$kvd_root/Benchmarks/Peers/crc32c" folder="$peers_root/build/crc32c"
    mkdir -p "$folder" "$peers_root/lib" "$peers_root/include"
    # shellcheck disable=SC2086
    (cd "$folder" && gcc $peers_flags -fPIC -I"$shims/include" -c "$shims/checksum.c" &&
        g++ $peers_flags -fPIC -I"$shims/include" -I"$here/include" -c "$here/crc32c.cc" &&
        ar rcs "$peers_root/lib/libcrc32c.a" checksum.o crc32c.o) ||
        fail "building LevelDB's CRC library failed (the complaint is above)"
    cp -r "$here/include/crc32c" "$peers_root/include/"
}

has_crc_instructions() {
    nm -C "$peers_root/lib/libleveldb.a" 2>/dev/null | grep 'U crc32c::Extend' >/dev/null
}

# A LevelDB that is there, with CRC instructions.
has_leveldb() {
    [ -e "$peers_root/lib/pkgconfig/kvd-peer-leveldb.pc" ] && has_crc_instructions
}

build_leveldb() {
    has_leveldb && return 0
    rm -rf "$peers_root/build/leveldb"
    fetch_source leveldb
    build_crc32c
    # Its build script would not find the library where it is, and go without.
    build_with_cmake leveldb leveldb -DLEVELDB_BUILD_TESTS=OFF -DLEVELDB_BUILD_BENCHMARKS=OFF \
        -DHAVE_CRC32C=1 -DCMAKE_LIBRARY_PATH="$peers_root/lib" -DCMAKE_CXX_FLAGS="-I$peers_root/include"
    install_peer leveldb libleveldb.a include/leveldb "-lleveldb -lsnappy -lcrc32c -lstdc++"
    has_crc_instructions || fail "LevelDB was built without CRC instructions: see $peers_root/build-leveldb.log"
}

has_lmdb() { [ -e "$peers_root/lib/pkgconfig/kvd-peer-lmdb.pc" ]; }

build_lmdb() {
    has_lmdb && return 0
    fetch_source lmdb
    local log="$peers_root/build-lmdb.log"
    say "building lmdb with $peers_flags (its log: $log)"
    mkdir -p "$peers_root/build"
    rm -rf "$peers_root/build/lmdb"
    cp -r "$peers_root/source/lmdb/libraries/liblmdb" "$peers_root/build/lmdb"
    make -C "$peers_root/build/lmdb" liblmdb.a OPT="$peers_flags -fPIC" >"$log" 2>&1 || building_failed lmdb "$log"
    install_peer lmdb liblmdb.a libraries/liblmdb/lmdb.h "-llmdb -lpthread"
}

# Makes sure that every peer is there.
require_peers() {
    local packages=() program is_built=false
    relocate_peers
    if has_rocksdb && has_leveldb && has_lmdb; then is_built=true; fi
    if ! $is_built; then
        # Each is in a package of its name.
        for program in cmake make gcc g++; do
            command -v "$program" >/dev/null 2>&1 || packages+=("$program")
        done
        command -v dpkg-source >/dev/null 2>&1 || packages+=(dpkg-dev)
    fi
    pkg-config --exists sqlite3 2>/dev/null || packages+=(libsqlite3-dev)
    [ -e /usr/include/wiredtiger.h ] || packages+=(libwiredtiger-dev)
    [ -e /usr/include/snappy.h ] || packages+=(libsnappy-dev)
    [ "${#packages[@]}" -eq 0 ] || install_packages "${packages[@]}"
    if $is_built; then return 0; fi
    enable_source_packages
    build_lmdb
    build_leveldb
    build_rocksdb
}

# require_packaged_peers takes all peers as Debian builds them, which a minute is enough for: the comparison can be built and
# tested with these, and says of those with assertions that they flatter kvd.
require_packaged_peers() {
    local packages=() package name
    peers_root="$kvd_root/.build_peers_packaged"
    for name in rocksdb/c leveldb/c lmdb sqlite3 wiredtiger; do
        package="lib${name%/c}-dev"
        [ -e "/usr/include/$name.h" ] || packages+=("$package")
    done
    [ "${#packages[@]}" -eq 0 ] || install_packages "${packages[@]}"
    for name in rocksdb leveldb lmdb; do
        describe_peer "$name" "$(dpkg-query -W -f '${source:Upstream-Version}' "lib$name-dev")" "-l$name"
    done
}
