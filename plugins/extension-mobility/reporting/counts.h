/* Refusals by code, and how many sessions, base devices and reachable partners there are: what
 * /metrics shows of them. */
#ifndef EM_COUNTS_H
#define EM_COUNTS_H

#include <sojourn/sojourn.h>

enum em_failed { EM_FAILED_LOGIN, EM_FAILED_LOGOUT, EM_FAILED_OTHER, EM_FAILED_KINDS };
enum { EM_CODES = 256 }; /* the largest code is 216 */

struct em_counts {
    sj_metric *failed[EM_FAILED_KINDS][EM_CODES]; /* made when it first happens */
    sj_metric *sessions[3];                       /* by sj_session_kind */
    sj_metric *base_devices_free, *base_devices_used;
    sj_metric *partners, *partners_reachable;
    int64_t sessions_count[3], base_devices;
};

struct em;
void em_counts_open(struct em *em);
void em_counts_add_failure(struct em *em, enum em_failed what, int code);
/* One more or one less of a kind; none of any. */
void em_counts_add_sessions(struct em *em, int kind, int64_t step);
void em_counts_clear_sessions(struct em *em);
/* Looked up in the store. */
void em_counts_read_base_devices(struct em *em);
void em_counts_read_partners(struct em *em);

#endif
