#define _GNU_SOURCE
#include "CKvdShims.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

// An open-file-description lock and not a process lock: it also keeps a second engine of the same
// process out, and closing an unrelated descriptor of the file does not drop it.
int kvd_lock_file(int descriptor) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return fcntl(descriptor, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

// A store has no way to report an error: the kernel kills the process. It needs one where a page has
// to be read again (these are locked in memory), and where a page that is written to for the first time
// needs a block (these are written to here, by a call that reports errors). Later a store may find its
// page written back and has to make it dirty again, which asks for nothing where blocks are overwritten
// in place.
void *kvd_map_window(int descriptor, int64_t offset, size_t count) {
    struct statfs filesystem;
    if (fstatfs(descriptor, &filesystem) != 0) return NULL;
    if (filesystem.f_type != EXT4_SUPER_MAGIC && filesystem.f_type != XFS_SUPER_MAGIC) return NULL;
    void *mapped = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, offset);
    if (mapped == MAP_FAILED) return NULL;
    if (mlock2(mapped, count, MLOCK_ONFAULT) != 0 || madvise(mapped, count, MADV_POPULATE_WRITE) != 0) {
        munmap(mapped, count);
        return NULL;
    }
    return mapped;
}

void kvd_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

static uint32_t thread_count;
static _Thread_local uint32_t thread_number;

uint32_t kvd_thread_number(void) {
    if (thread_number == 0) {
        thread_number = __atomic_add_fetch(&thread_count, 1, __ATOMIC_RELAXED);
    }
    return thread_number;
}

// Every error is a reason to look at the word again: EAGAIN where it has changed, EINTR.
void kvd_futex_wait(const void *word, uint32_t expected) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

void kvd_futex_wake(const void *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}
