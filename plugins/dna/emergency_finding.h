/* What the parts share that find out which emergency calls there are: who may call
 * (emergency_callers.c), which numbers (emergency_numbers.c), and both together
 * (emergency_cases.c). */
#ifndef DNA_EMERGENCY_FINDING_H
#define DNA_EMERGENCY_FINDING_H

#include <sojourn/base/map.h>

#include "emergency.h"

/* Stands for all who call from a place of this cluster and of whom the same decides. */
struct emergency_caller {
    const char *name;                  /* as rows have it */
    const char *device_pool;           /* the place */
    const char *line_css, *device_css; /* what is searched, in this order; "": none */
    const char *number, *mask;
    const char *device, *line; /* asked about as it is now, whatever the above; NULL: not */
    const char *visited;       /* the cluster in which that phone stands; "": this one */
    const char *adjunct;       /* then, of its place */
};

/* Phones at one place on which users may log in, and of which the same decides. */
struct emergency_site {
    const char *phone, *device_pool, *device_css;
};

/* Lines of device profiles of which the same decides. */
struct emergency_profile_line {
    const char *profile, *line, *line_css, *number, *mask;
    bool first;
    bool intercom; /* the device CSS does not count */
};

/* Lines of users who may log in on phones of other clusters, of which the same decides. */
struct emergency_traveller {
    const char *name, *user_id, *device_profile, *line;
};

struct emergency_finding;
typedef void emergency_step_fn(struct emergency_finding *finding); /* a turn's work */

struct emergency_finding {
    struct dna *dna;
    sj_scope *scope;
    struct emergency_cases *cases;
    const char *numbers[EMERGENCY_NUMBERS_MAX]; /* as asked for */
    size_t numbers_count;
    const char *callers_of_numbers[EMERGENCY_NUMBERS_MAX]; /* of visitors; NULL: not known */
    const char *own_numbers[EMERGENCY_NUMBERS_MAX];        /* of this cluster's places */
    size_t own_numbers_count;
    emergency_cases_fn *done;
    void *user;
    sj_list pools, spaces, clusters;
    sj_list intercoms; /* partitions whose numbers are those of intercom lines */
    sj_list marked,
        urgent;  /* route patterns of emergency numbers, and those with urgent priority */
    sj_map seen; /* what decides of the callers, travellers, ... that are there already */
    struct emergency_caller *callers;
    size_t callers_count, callers_room;
    struct emergency_site *sites;
    size_t sites_count, sites_room;
    struct emergency_profile_line *profile_lines;
    size_t profile_lines_count, profile_lines_room;
    struct emergency_traveller *travellers;
    size_t travellers_count, travellers_room;
    bool one_by_one; /* a policy may decide otherwise of each traveller */
    emergency_step_fn *step, *then;
    char after[130];                     /* the last record of what the step reads */
    size_t next_site, next_profile_line; /* that come together next */
    size_t next_caller;
    size_t next_cluster, next_pool; /* whose visitors, and where travellers, come next */
};

/* A copy that lives as long as the finding; "" for NULL. */
const char *emergency_keep(const struct emergency_finding *finding, const char *text);

/* Reads who may call, a page a turn; `then` comes next. A failure ends the finding. */
void emergency_callers_read(struct emergency_finding *finding, emergency_step_fn *then);
/* Whether a caller of this cluster who was read searches that calling search space. */
bool emergency_is_searched(const struct emergency_finding *finding, const char *space);
void emergency_callers_clear(struct emergency_finding *finding);
/* Runs finding->step in the next turn. */
void emergency_finding_go_on(struct emergency_finding *finding);

/* The numbers of a place: those asked for, or the dial plan's emergency numbers. `adjunct` is the
 * adjunct CSS of the place; NULL: it is one of this cluster, whose callers are known by now. */
size_t emergency_numbers_at(struct emergency_finding *finding, const char *adjunct,
                            const char *numbers[EMERGENCY_NUMBERS_MAX]);
size_t emergency_number_add(struct emergency_finding *finding, const char **numbers, size_t count,
                            const char *number);

#endif
