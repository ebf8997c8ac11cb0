/* What was known before a restart. */
#ifndef ILS_JOURNAL_H
#define ILS_JOURNAL_H

#include "ils.h"

/* `done` leaves the core in the service. */
int ils_journal_load(struct ils_service *service, const struct ils_peer_id *peer,
                     void (*done)(struct ils_service *service), sj_error *error);
void ils_journal_run(struct ils_service *service);
/* Before the core goes: writes what has changed since. */
void ils_journal_stop(struct ils_service *service);

#endif
