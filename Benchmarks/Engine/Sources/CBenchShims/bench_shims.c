// syncfs and prctl are Linux's own.
#define _GNU_SOURCE
#include "bench_shims.h"

#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int bench_syncfs(int descriptor) { return syncfs(descriptor); }

int bench_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL); }

int bench_device_of(const char *folder, unsigned *major_number, unsigned *minor_number) {
    struct stat status;
    if (stat(folder, &status) != 0) return -1;
    *major_number = major(status.st_dev);
    *minor_number = minor(status.st_dev);
    return 0;
}

void bench_trim_memory(void) { malloc_trim(0); }
