/* A probe: built for an ABI of long ago. */
#include <sojourn/sojourn.h>
#undef SJ_ABI_MAJOR
#define SJ_ABI_MAJOR 0
#undef SJ_ABI_MINOR
#define SJ_ABI_MINOR 0
#include "probe.h"

PROBE("too-old", "", "", struct probe, probe_init, probe_start, NULL, NULL);
