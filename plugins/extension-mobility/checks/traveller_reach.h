/* What a login on a phone of another cluster would let its user reach. */
#ifndef EM_TRAVELLER_REACH_H
#define EM_TRAVELLER_REACH_H

#include "devices/roaming.h"
#include "resources/device_profile.h"
#include "resources/end_user.h"

struct em_traveller_reach {
    sj_css_select_input input;
    const char *spaces[20]; /* calling search spaces, in their order */
    size_t count;
    const char *restored; /* what a policy left out and cannot take away, or NULL */
    struct em_roaming_reason why;
};

/* The profile that the user would most likely log in with; free with sj_record_free. */
bool em_traveller_profile(struct em *em, const sj_end_user *user, sj_device_profile **profile);
/* As a login decides it, without log, trace and event. Memory of the records and of `scope`, valid
 * until control is back with the loop. `pool` (may be NULL) is the roaming device pool. */
void em_traveller_reach(struct em *em, sj_scope *scope, const sj_end_user *user,
                        const sj_device_profile *profile, const char *cluster_id,
                        const sj_device_pool *pool, const sj_civic_address *place,
                        struct em_traveller_reach *reach);

int em_traveller_reach_open(struct em *em, sj_error *error); /* answers traveller.reach */

#endif
