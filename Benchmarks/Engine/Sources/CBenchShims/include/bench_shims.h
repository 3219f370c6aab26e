// What Swift cannot say: the processor's time stamp counter, and three of Linux's own calls.
#pragma once
#include <stdint.h>
#include <time.h>

/// Writes back all that is dirty on the filesystem of an open file; 0, or -1 with errno.
int bench_syncfs(int descriptor);
/// Has the kernel kill this process when the thread that started it ends; 0, or -1 with errno.
int bench_die_with_parent(void);
/// Gives back to the kernel what the allocator keeps of freed memory.
void bench_trim_memory(void);
/// The two numbers of the device that a folder is on; 0, or -1 with errno.
int bench_device_of(const char *folder, unsigned *major_number, unsigned *minor_number);

#if defined(__x86_64__)
#include <x86intrin.h>
/// Ticks of a clock that runs at one rate on all cores, at the cost of a few nanoseconds.
static inline uint64_t bench_ticks(void) { return __rdtsc(); }
#else
static inline uint64_t bench_ticks(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
#endif
