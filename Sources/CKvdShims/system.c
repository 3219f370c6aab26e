#define _GNU_SOURCE
#include "CKvdShims.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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
