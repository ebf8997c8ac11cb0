/* A hub and a spoke of the Intercluster Lookup Service in the test kit, and what people ask of
 * them.
 */
#ifndef ILS_PAIR_H
#define ILS_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sojourn/testkit.h>

#include "events/ils.h"
#include "resources/ils.h"
#include "resources/remote_cluster.h"

enum { MINUTE = 60000 };

struct pair {
    sj_testkit *hub, *spoke;
    int status; /* what the hub's HTTP answers instead; 0: what it is */
    bool down;
    const char *alive;       /* only this address and port of the hub answers; NULL: all do */
    int asked;               /* so often the hub was */
    const char *certificate; /* whose the hub shows */
    const char *address;     /* from which the spoke asks */
    char request[4096];      /* the spoke's last */
    size_t request_length;
};

void pair_put(sj_testkit *kit, const sj_resource_meta *meta, const char *json);
void pair_advance(struct pair *pair, int64_t ms);
/* sj_testkit_fetch_fn of the spoke; user: the pair. */
int64_t pair_to_hub(void *user, const sj_http_call *call, sj_http_result *result);
int pair_setup(void **state);
int pair_teardown(void **state);

struct looked_up {
    int status;
    bool found;
    char cluster_id[51], route[65], number[64], blocked_by[51], message[700];
    int64_t others;
};

struct looked_up pair_look_up(sj_testkit *kit, const char *dialled);

/* The first sentences of ils status and ils conflicts. */
struct told {
    char disputes[400], reason[400], passwords[400], claims[400], status[700], same_id[400],
        conflicts[600], not_here[400], learned[600];
    bool complete; /* so all clusters are shown */
    char hub[256], unknown[400];
    size_t unknown_count, conflicts_count;
    char last_key[260];
};

struct told pair_tell(sj_testkit *kit);
void pair_expect(const char *text, const char *part);
/* The first note of ils peers. */
void pair_note(sj_testkit *kit, char note[400]);

#endif
