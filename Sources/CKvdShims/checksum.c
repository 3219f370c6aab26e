#include "CKvdShims.h"

#include <string.h>

// The reflected Castagnoli polynomial.
#define KVD_CRC32C_POLYNOMIAL 0x82F63B78u

static uint32_t table[256];

__attribute__((constructor)) static void fill_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) ? KVD_CRC32C_POLYNOMIAL : 0);
        }
        table[byte] = crc;
    }
}

uint32_t kvd_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    crc = ~crc;
    while (count--) {
        crc = (crc >> 8) ^ table[(crc ^ *next++) & 0xFF];
    }
    return ~crc;
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc32c_instructions(
    uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint64_t state = (uint32_t)~crc;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        state = _mm_crc32_u64(state, word);
        next += 8;
        count -= 8;
    }
    while (count--) {
        state = _mm_crc32_u8((uint32_t)state, *next++);
    }
    return ~(uint32_t)state;
}

static int has_instructions(void) { return __builtin_cpu_supports("sse4.2"); }

#elif defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>

#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif

__attribute__((target("crc"))) static uint32_t crc32c_instructions(
    uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint32_t state = ~crc;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        state = __crc32cd(state, word);
        next += 8;
        count -= 8;
    }
    while (count--) {
        state = __crc32cb(state, *next++);
    }
    return ~state;
}

static int has_instructions(void) { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

#else

static uint32_t crc32c_instructions(uint32_t crc, const void *bytes, size_t count) {
    return kvd_crc32c_portable(crc, bytes, count);
}

static int has_instructions(void) { return 0; }

#endif

static int use_instructions;

// Asked once before main, so that the hot path pays one predictable branch.
__attribute__((constructor)) static void detect(void) { use_instructions = has_instructions(); }

uint32_t kvd_crc32c(uint32_t crc, const void *bytes, size_t count) {
    if (use_instructions) {
        return crc32c_instructions(crc, bytes, count);
    }
    return kvd_crc32c_portable(crc, bytes, count);
}
