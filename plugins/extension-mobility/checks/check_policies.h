/* What operators' policies do to travellers. */
#ifndef EM_CHECK_POLICIES_H
#define EM_CHECK_POLICIES_H

#include "checks/check_spaces.h"
#include "checks/findings.h"
#include "events/policy.h"
#include "resources/remote_cluster.h"

/* At the first places of a cluster; the first is number 0. `each` gets the calling search spaces
 * that some of them would have there.
 */
void em_check_policies_report(struct em_findings *findings, const sj_policy_list_reply *policies);
typedef void (*check_spaces_fn)(void *user, const struct em_check_spaces *spaces);
void em_check_policy_at_place(struct em_findings *findings, const sj_remote_cluster *cluster,
                              const sj_remote_cluster_status_place *place, size_t number,
                              check_spaces_fn each, void *user);

#endif
