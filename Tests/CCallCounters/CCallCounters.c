// The dynamic linker binds a program's and its libraries' calls to the program's own definitions
// first, so the ones here stand in front of glibc's.
#define _GNU_SOURCE
#include "CCallCounters.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static call_counts counts;

#define COUNT(kind) __atomic_fetch_add(&counts.kind, 1, __ATOMIC_RELAXED)

call_counts counted_calls(void) {
    call_counts now;
    now.allocations = __atomic_load_n(&counts.allocations, __ATOMIC_RELAXED);
    now.reads = __atomic_load_n(&counts.reads, __ATOMIC_RELAXED);
    now.writes = __atomic_load_n(&counts.writes, __ATOMIC_RELAXED);
    now.syncs = __atomic_load_n(&counts.syncs, __ATOMIC_RELAXED);
    now.waits = __atomic_load_n(&counts.waits, __ATOMIC_RELAXED);
    now.others = __atomic_load_n(&counts.others, __ATOMIC_RELAXED);
    return now;
}

// MARK: The allocator

// glibc's own names: looking the functions up with dlsym would allocate.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

void *malloc(size_t size) {
    COUNT(allocations);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    COUNT(allocations);
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    COUNT(allocations);
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    COUNT(allocations);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    COUNT(allocations);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    COUNT(allocations);
    void *memory = __libc_memalign(alignment, size);
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}

void free(void *memory) { __libc_free(memory); }

// MARK: System calls

// The functions of conditions are there in two versions, of which dlsym may find the one that nobody is
// linked with any more.
static void *next_function(const char *name) {
    void *found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
    return found ? found : dlsym(RTLD_NEXT, name);
}

// Defines a function that counts and calls the one it stands in front of.
#define WRAP(kind, result, name, parameters, arguments)                     \
    result name parameters {                                                \
        static result(*next) parameters;                                    \
        if (!next) next = (result(*) parameters)next_function(#name);       \
        COUNT(kind);                                                        \
        return next arguments;                                              \
    }

WRAP(reads, ssize_t, read, (int file, void *to, size_t size), (file, to, size))
WRAP(reads, ssize_t, pread, (int file, void *to, size_t size, off_t at), (file, to, size, at))
WRAP(reads, ssize_t, pread64, (int file, void *to, size_t size, off64_t at), (file, to, size, at))
WRAP(reads, ssize_t, readv, (int file, const struct iovec *to, int count), (file, to, count))
WRAP(reads, ssize_t, preadv, (int file, const struct iovec *to, int count, off_t at),
     (file, to, count, at))

WRAP(writes, ssize_t, write, (int file, const void *from, size_t size), (file, from, size))
WRAP(writes, ssize_t, pwrite, (int file, const void *from, size_t size, off_t at),
     (file, from, size, at))
WRAP(writes, ssize_t, pwrite64, (int file, const void *from, size_t size, off64_t at),
     (file, from, size, at))
WRAP(writes, ssize_t, writev, (int file, const struct iovec *from, int count), (file, from, count))
WRAP(writes, ssize_t, pwritev, (int file, const struct iovec *from, int count, off_t at),
     (file, from, count, at))

WRAP(syncs, int, fsync, (int file), (file))
WRAP(syncs, int, fdatasync, (int file), (file))
WRAP(syncs, int, msync, (void *from, size_t size, int flags), (from, size, flags))
WRAP(syncs, int, sync_file_range, (int file, off64_t from, off64_t size, unsigned int flags),
     (file, from, size, flags))

WRAP(others, int, close, (int file), (file))
WRAP(others, int, fstat, (int file, struct stat *to), (file, to))
WRAP(others, int, stat, (const char *path, struct stat *to), (path, to))
WRAP(others, off_t, lseek, (int file, off_t by, int whence), (file, by, whence))
WRAP(others, int, ftruncate, (int file, off_t size), (file, size))
WRAP(others, int, fallocate, (int file, int mode, off_t from, off_t size), (file, mode, from, size))
WRAP(others, int, posix_fadvise, (int file, off_t from, off_t size, int advice),
     (file, from, size, advice))
WRAP(others, ssize_t, readahead, (int file, off64_t from, size_t size), (file, from, size))
WRAP(others, int, rename, (const char *from, const char *to), (from, to))
WRAP(others, int, link, (const char *from, const char *to), (from, to))
WRAP(others, int, unlink, (const char *path), (path))
WRAP(others, int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(others, void *, mmap, (void *at, size_t size, int access, int flags, int file, off_t from),
     (at, size, access, flags, file, from))
WRAP(others, int, munmap, (void *at, size_t size), (at, size))
WRAP(others, int, madvise, (void *at, size_t size, int advice), (at, size, advice))
WRAP(others, int, mlock2, (const void *at, size_t size, unsigned int flags), (at, size, flags))
WRAP(others, int, statvfs, (const char *path, struct statvfs *to), (path, to))
WRAP(others, int, sched_yield, (void), ())
WRAP(others, int, nanosleep, (const struct timespec *time, struct timespec *left), (time, left))
WRAP(others, int, usleep, (useconds_t time), (time))

// glibc makes the system calls of its conditions itself.
WRAP(waits, int, pthread_cond_wait, (pthread_cond_t *condition, pthread_mutex_t *lock),
     (condition, lock))
WRAP(waits, int, pthread_cond_timedwait,
     (pthread_cond_t *condition, pthread_mutex_t *lock, const struct timespec *until),
     (condition, lock, until))

int open(const char *path, int flags, ...) {
    static int (*next)(const char *, int, ...);
    if (!next) next = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    COUNT(others);
    return next(path, flags, mode);
}

// Swift's own locks wait by this one. A system call has six arguments at most; those that were not
// passed are read from registers that hold something, and are ignored.
long syscall(long number, ...) {
    static long (*next)(long, ...);
    if (!next) next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    long arguments[6];
    va_list rest;
    va_start(rest, number);
    for (int index = 0; index < 6; index++) arguments[index] = va_arg(rest, long);
    va_end(rest);
    COUNT(others);
    return next(
        number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
