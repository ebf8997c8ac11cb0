/* Which clusters took part in which trace: they may be asked for their steps, and may get those of
 * this one. A ring in memory, as the trace journal is. Pure. */
#ifndef EM_SHARED_TRACES_H
#define EM_SHARED_TRACES_H

#include <stdbool.h>
#include <stddef.h>

enum { SHARED_TRACES = 2048 };

struct em_shared_traces {
    struct {
        char trace_id[33], cluster_id[51];
    } ring[SHARED_TRACES];
    size_t next;
};

/* A cluster takes part in a trace; once is enough. */
void em_shared_traces_note(struct em_shared_traces *shared, const char *trace_id,
                           const char *cluster_id);
bool em_shared_traces_has(const struct em_shared_traces *shared, const char *trace_id,
                          const char *cluster_id);
/* The clusters that took part, newest first, borrowed until the next note; at most `room`. */
size_t em_shared_traces_clusters(const struct em_shared_traces *shared, const char *trace_id,
                                 const char **clusters, size_t room);

#endif
