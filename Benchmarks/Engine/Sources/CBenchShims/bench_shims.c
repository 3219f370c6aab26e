#include "bench_shims.h"
