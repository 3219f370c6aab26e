// What Swift cannot say: reading the processor's time stamp counter.
#pragma once
#include <stdint.h>
#include <time.h>

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
