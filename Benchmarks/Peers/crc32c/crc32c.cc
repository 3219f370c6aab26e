#include "crc32c/crc32c.h"

extern "C" {
#include "CKvdShims.h"
}

// LevelDB is given the same instructions that kvd uses.
uint32_t crc32c::Extend(uint32_t crc, const uint8_t *data, size_t count) {
    return kvd_crc32c(crc, data, count);
}

// The symbol that LevelDB's build script asks the library for.
extern "C" uint32_t crc32c_value(const uint8_t *data, size_t count) {
    return kvd_crc32c(0, data, count);
}
