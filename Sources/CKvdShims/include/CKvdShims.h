// What Swift cannot say: CRC-32C instructions, acquire/release access to raw memory,
// an open-file-description lock, and a thread's name.
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

/// Names the calling thread; tools show the first 15 bytes.
void kvd_name_thread(const char *name);

/// Loads a 32-bit word of an arena that another thread may be publishing.
static inline uint32_t kvd_load_acquire_u32(const void *address) {
    return __atomic_load_n((const uint32_t *)address, __ATOMIC_ACQUIRE);
}

/// Publishes a 32-bit word of an arena to threads that load it with acquire order.
static inline void kvd_store_release_u32(void *address, uint32_t value) {
    __atomic_store_n((uint32_t *)address, value, __ATOMIC_RELEASE);
}

#endif
