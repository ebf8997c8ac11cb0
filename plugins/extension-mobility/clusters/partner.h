/* How this cluster sees a partner, and what it knows of it: the rules that logins, updates and
 * changes of a PIN share. */
#ifndef EM_PARTNER_H
#define EM_PARTNER_H

#include "em.h"
#include "messages/intercluster.h"
#include "reporting/error_codes.h"
#include "resources/remote_cluster.h"

/* Whether there is another cluster whose users may log in here. */
bool em_partner_exists(struct em *em);
/* Whether applications of that cluster may log in users of this one without PIN: Accept Logins by
 * Applications of its record.
 */
bool em_partner_accepts_applications(struct em *em, const char *cluster_id);
/* Whether a partner's phones may serve this cluster's users: EM_OK, or 35, 38, 211 with the cause.
 */
enum em_code em_partner_standing(struct em *em, const char *cluster_id, char cause[EM_CAUSE_ROOM]);
/* The same with all that the partner may know of it, for the answer to its request for information;
 * memory of `scope`. */
void em_partner_describe(struct em *em, sj_scope *scope, const char *cluster_id,
                         sj_intercluster_information *own);
/* Whether the last update said that the partner's release knows secure logins across clusters; true
 * when nothing is known. */
bool em_partner_supports_secure(struct em *em, const char *cluster_id, char cause[EM_CAUSE_ROOM]);

/* What a record says of where the cluster is: addresses learnt from another are not used. */
void em_partner_learnt_from(const sj_remote_cluster *cluster,
                            char learnt_from[SJ_PEER_LEARNT_FROM_ROOM]);

/* The version of the protocol that a conversation runs in: the lower of both; 0 for what is none.
 */
int64_t em_partner_protocol(int64_t theirs);
/* Whether a partner's text can be a host: a name, or the address of one host, and nothing else that
 * could stand in a URL. */
bool em_partner_host_is_valid(const char *text);
/* A partner's port for files of phones, which come from 1024 upwards or from a web server's: a
 * partner cannot send phones to another service. 0: not given, or not accepted. */
int64_t em_partner_tftp_http_port(struct em *em, const char *cluster_id, int64_t port);

#endif
