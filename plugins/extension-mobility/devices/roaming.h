/* What a phone of another cluster gets at home: roaming device pool and calling search spaces. */
#ifndef EM_ROAMING_H
#define EM_ROAMING_H

#include "em.h"
#include "messages/intercluster.h"
#include "policies/css_select.h"
#include "resources/device_pool.h"
#include "resources/remote_cluster.h"

/* The roaming device pool for a visiting phone; NULL when none fits. Free with sj_record_free. */
sj_device_pool *em_roaming_find_device_pool(struct em *em, sj_scope *scope,
                                            const sj_intercluster_login *login,
                                            const sj_remote_cluster *cluster, const char *trace_id);
/* The phone's calling search spaces; memory of `scope` or of `input`. Returns how many, at most 20.
 */
size_t em_roaming_select_spaces(struct em *em, sj_scope *scope, const sj_css_select_input *input,
                                const char *trace_id, const char *spaces[20]);
/* Who decided, and why. */
struct em_roaming_reason {
    bool by_policy;
    const char *text; /* as what decided says */
};
/* The same without log, trace and event; memory of `input`, valid until control is back with the
 * loop. *restored: what a policy left out and cannot take away, or NULL. `why` may be NULL. */
size_t em_roaming_try_spaces(struct em *em, const sj_css_select_input *input,
                             const char *spaces[20], const char **restored,
                             struct em_roaming_reason *why);

#endif
