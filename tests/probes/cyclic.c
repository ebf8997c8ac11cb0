/* A probe: needs what its partner provides, who needs what this one provides. */
#include "probe.h"

#ifdef PARTNER
PROBE("cyclic-b", "request:probe.a", "request:probe.b", struct probe, probe_init, probe_start, NULL,
      NULL);
#else
PROBE("cyclic-a", "request:probe.b", "request:probe.a", struct probe, probe_init, probe_start, NULL,
      NULL);
#endif
