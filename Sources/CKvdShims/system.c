#define _GNU_SOURCE
#include "CKvdShims.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
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
// A mount as /proc/self/mountinfo has it: its third field is the device, its options are at the end.
static int journals_data(dev_t device) {
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    // What is not known must be taken for a yes.
    if (mounts == NULL) return 1;
    char *line = NULL;
    size_t size = 0;
    int isFound = 0, journals = 0;
    while (getline(&line, &size, mounts) > 0) {
        unsigned majorNumber, minorNumber;
        if (sscanf(line, "%*d %*d %u:%u", &majorNumber, &minorNumber) != 2) continue;
        if (makedev(majorNumber, minorNumber) != device) continue;
        isFound = 1;
        if (strstr(line, "data=journal") != NULL) journals = 1;
    }
    free(line);
    fclose(mounts);
    return !isFound || journals;
}

int kvd_may_map_window(int descriptor) {
    struct statfs filesystem;
    struct stat file;
    if (fstatfs(descriptor, &filesystem) != 0 || filesystem.f_type != EXT4_SUPER_MAGIC) return 0;
    // A folder may have its files' data journaled though the filesystem does not (chattr +j).
    int flags = 0;
    if (ioctl(descriptor, FS_IOC_GETFLAGS, &flags) != 0 || (flags & FS_JOURNAL_DATA_FL) != 0) return 0;
    return fstat(descriptor, &file) == 0 && !journals_data(file.st_dev);
}

// A store has no way to report an error: the kernel kills the process. It needs one where a page has
// to be read again (these are locked in memory), and where a page that is written to for the first time
// needs a block (these are written to here, by a call that reports errors). Later a store may find its
// page written back and has to make it dirty again, for which ext4 asks nothing where the block is there
// and data is not journaled. XFS does ask, and refuses once it has shut down.
void *kvd_map_window(int descriptor, int64_t offset, size_t count) {
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
