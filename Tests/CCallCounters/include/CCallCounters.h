// Counts of what a process asks of its allocator and of the kernel.
//
// A program that links this target has the C library's functions replaced by ones that count and
// then call them; nothing else changes.
#ifndef C_CALL_COUNTERS_H
#define C_CALL_COUNTERS_H

#include <stdint.h>

/// Calls since the process began, of all threads.
typedef struct {
    /// malloc, calloc, realloc and the aligned ones.
    uint64_t allocations;
    /// read and its positioned and vectored kin.
    uint64_t reads;
    /// write and its positioned and vectored kin.
    uint64_t writes;
    /// fsync, fdatasync, msync, sync_file_range.
    uint64_t syncs;
    /// Waits of a thread for another at a condition of pthreads, for which the kernel is called, as it is
    /// for the signal that ends one; a signal that nobody waits for costs no call.
    uint64_t waits;
    /// Every other wrapped call: open, close, stat, mmap, madvise, fallocate, futex through
    /// syscall() and so on.
    uint64_t others;
} call_counts;

call_counts counted_calls(void);

#endif
