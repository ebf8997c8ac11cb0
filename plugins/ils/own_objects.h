/* What this cluster states. */
#ifndef ILS_OWN_OBJECTS_H
#define ILS_OWN_OBJECTS_H

#include "ils.h"
#include "resources/ils.h"

enum { ILS_RECORD_ROOM = 160 };

/* One reading of all that this cluster states. */
struct ils_pass {
    struct ils_service *service;
    sj_map seen; /* what the records say, by kind and key */
};

/* Reads the records anew. `advertised`: this cluster's own dial plan is told; `hub`: that of its
 * imported catalogs. */
void ils_own_objects_read(struct ils_service *service, bool advertised, bool hub);

/* A record, in words, says this. */
void ils_state(struct ils_pass *pass, const struct ils_fact *said, const char *record);
/* What is not told to others, a sentence. */
void ils_not_advertised(struct ils_service *service, const char *sentence);
/* A pattern with its setting for the PSTN; texts are borrowed. */
struct ils_fact ils_pattern_fact(const char *pattern, sj_ils_pattern_failover failover,
                                 int64_t strip, const char *prepend);

#endif
