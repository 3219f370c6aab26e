// What Swift cannot say: CRC-32C instructions, atomic access to raw memory, prefetches, an
// open-file-description lock, a mapping of a file that can be stored into without fail, futexes, and
// a thread's name and number.
#ifndef CKVD_SHIMS_H
#define CKVD_SHIMS_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `count` bytes, continuing from `crc` (0 to begin).
uint32_t kvd_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The same checksum without instructions of its own, for the test that compares the two.
uint32_t kvd_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

/// Takes an exclusive open-file-description lock over the whole file.
/// Returns 0, or the errno: EAGAIN or EACCES where another description holds it.
int kvd_lock_file(int descriptor);

/// Whether a store into a mapping of the file can be made one that can not fail: whether it is on ext4,
/// and that does not journal data. Returns 0 or 1.
int kvd_may_map_window(int descriptor);

/// Maps whole pages of such a file, all of which exist, so that a store is a write and can not fail.
///
/// Returns NULL where that can not be promised: on a kernel before Linux 5.14, or beyond the memory that
/// the process may lock.
void *kvd_map_window(int descriptor, int64_t offset, size_t count);

/// Names the calling thread; tools show the first 15 bytes.
void kvd_name_thread(const char *name);

/// A number for the calling thread: the threads of a process are counted as they first ask.
uint32_t kvd_thread_number(void);

/// Waits while the 32-bit word holds `expected`, until a wake; returns without reason now and then.
void kvd_futex_wait(const void *word, uint32_t expected);

/// Wakes up to `count` threads that wait on the word.
void kvd_futex_wake(const void *word, int count);

/// Loads a 32-bit word of an arena that another thread may be publishing.
static inline uint32_t kvd_load_acquire_u32(const void *address) {
    return __atomic_load_n((const uint32_t *)address, __ATOMIC_ACQUIRE);
}

/// Publishes a 32-bit word of an arena to threads that load it with acquire order.
static inline void kvd_store_release_u32(void *address, uint32_t value) {
    __atomic_store_n((uint32_t *)address, value, __ATOMIC_RELEASE);
}

/// Loads a 64-bit word of an arena that another thread may be publishing.
static inline uint64_t kvd_load_acquire_u64(const void *address) {
    return __atomic_load_n((const uint64_t *)address, __ATOMIC_ACQUIRE);
}

/// Publishes a 64-bit word of an arena to threads that load it with acquire order.
static inline void kvd_store_release_u64(void *address, uint64_t value) {
    __atomic_store_n((uint64_t *)address, value, __ATOMIC_RELEASE);
}

/// Loads a 64-bit word that another thread may be replacing, in no order with other words.
static inline uint64_t kvd_load_relaxed_u64(const void *address) {
    return __atomic_load_n((const uint64_t *)address, __ATOMIC_RELAXED);
}

/// Replaces a 64-bit word that other threads may be loading, in no order with other words.
static inline void kvd_store_relaxed_u64(void *address, uint64_t value) {
    __atomic_store_n((uint64_t *)address, value, __ATOMIC_RELAXED);
}

/// Replaces a 64-bit word that holds what was expected; takes it with acquire order.
/// Returns 0 where it held something else.
static inline int kvd_exchange_acquire_u64(void *address, uint64_t expected, uint64_t desired) {
    return __atomic_compare_exchange_n((uint64_t *)address, &expected, desired, 0,
        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/// Replaces a 64-bit word that holds what was expected, and publishes what was written before.
/// Returns 0 where it held something else.
static inline int kvd_exchange_release_u64(void *address, uint64_t expected, uint64_t desired) {
    return __atomic_compare_exchange_n((uint64_t *)address, &expected, desired, 0,
        __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/// Gives free a word that serves as a lock, after all that was done under it.
///
/// Swift's optimiser moves a retain past a store, whatever the store's order, but past nothing that it
/// does not know.
static inline void kvd_unlock_u64(void *address, uint64_t value) {
    __asm__ volatile("" ::: "memory");
    __atomic_store_n((uint64_t *)address, value, __ATOMIC_RELEASE);
}

/// Adds to a 64-bit word, in one order with all other such additions and loads.
static inline void kvd_add_u64(void *address, uint64_t addend) {
    __atomic_fetch_add((uint64_t *)address, addend, __ATOMIC_SEQ_CST);
}

/// Loads a 64-bit word, in one order with all other such additions, loads and stores.
static inline uint64_t kvd_load_ordered_u64(const void *address) {
    return __atomic_load_n((const uint64_t *)address, __ATOMIC_SEQ_CST);
}

/// Replaces a 64-bit word, in one order with all other such additions, loads and stores.
static inline void kvd_store_ordered_u64(void *address, uint64_t value) {
    __atomic_store_n((uint64_t *)address, value, __ATOMIC_SEQ_CST);
}

/// Keeps the loads before it before the loads after it.
static inline void kvd_fence_acquire(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }

/// Keeps the stores before it before the stores after it.
static inline void kvd_fence_release(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }

/// Tells the processor that the caller looks at a word again and again.
static inline void kvd_spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb");
#endif
}

/// Asks for a cache line before it is needed.
static inline void kvd_prefetch(const void *address) { __builtin_prefetch(address); }

#endif
