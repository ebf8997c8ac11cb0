/* Certificates of this node itself; what is known of a remote cluster beyond Validate. */
#ifndef EM_CHECK_PARTNER_H
#define EM_CHECK_PARTNER_H

#include "checks/check_phones.h"
#include "checks/findings.h"
#include "events/emcc.h"
#include "resources/remote_cluster.h"

/* `phones` are this cluster's; `travellers`: it has some. */
void em_check_own_certificates(struct em_findings *findings, const sj_certificates_list_reply *own);
void em_check_trust_without_record(struct em_findings *findings);
void em_check_partner(struct em_findings *findings, const sj_remote_cluster *cluster,
                      const sj_remote_cluster_status *status, const struct em_check_phones *phones,
                      bool travellers);

#endif
