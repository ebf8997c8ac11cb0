/* A probe: needs a request that nobody answers. */
#include "probe.h"

PROBE("missing-need", "request:probe.nowhere", "", struct probe, probe_init, probe_start, NULL,
      NULL);
