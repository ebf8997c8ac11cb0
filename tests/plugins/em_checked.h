/* Two clusters of which `sojourn emcc check` finds nothing to say, and what it says of them. */
#ifndef EM_CHECKED_H
#define EM_CHECKED_H

#include "em_world.h"
#include "events/call.h"
#include "events/emcc.h"
#include "events/sip_trunk.h"

#define FAR "2036-01-01T00:00:00Z"

#define PROFILE                                                                                    \
    "{\"emcc_active\":true,\"pstn_access_active\":true,\"pstn_access_sip_trunk\":\"EMCC-Trunk\"}"
#define TRUNK                                                                                      \
    "{\"name\":\"EMCC-Trunk\",\"trunk_service_type\":\"extension_mobility_cross_clusters\","       \
    "\"send_geolocation\":true,"                                                                   \
    "\"calling_search_space\":\"From home\"}"
#define ALICES                                                                                     \
    "{\"name\":\"alice-8851\",\"model\":\"Cisco 8851\",\"emcc_calling_search_space\":\"EMCC\","    \
    "\"lines\":[{\"directory_number\":\"1001\",\"display\":\"Alice\"}]}"
#define POOL(name, place)                                                                          \
    "{\"name\":\"" name "\",\"geolocation\":\"" place "\",\"local_route_group\":\"Gateways\"}"
#define VISITORS(more) "{\"name\":\"UK visitors\",\"geolocation\":\"London\"" more "}"
#define SERVICE(more)                                                                              \
    "{\"name\":\"EM\",\"url\":\"http://127.0.0.1:8080/emapp/"                                      \
    "EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#\"" more "}"
#define DESK(more)                                                                                 \
    "{\"name\":\"" PHONE "\",\"model\":\"Cisco "                                                   \
    "8851\",\"device_pool\":\"Leeds\",\"enable_extension_mobility\":true" more "}"
#define REMOTE(more) "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"127.0.0.2\"" more "}"

/* Before a test: the world in order, in *state. */
int ready(void **state);
/* What the call managers of both clusters say of their SIP trunk Gateway, full service before each
 * test. */
extern sj_sip_trunk_status_reply_trunk_state gateway_state;
/* They take that question and do not answer it. */
extern bool call_managers_are_silent;
/* A destination of that trunk is a node of BR, which takes no calls. */
extern bool partners_node_is_dead;

/* What the call manager of HQ says of every emergency number; nothing is asked of it elsewhere. */
extern sj_number_analyse_reply_result_outcome emergency_outcome;
extern char analysed[256]; /* what it was asked last: the numbers, and the calling search spaces
                              behind "via" */

/* Parts of it, to be put anew. */
void put_certificate(struct world *world, int cluster, int kind, const char *not_after);
void put_activation(struct world *world, int cluster, const char *service, bool activated);
void put_alice(struct world *world, const char *more);
/* The regions' bit rates of the two clusters differ; a thousand more travellers, none with a line.
 */
void region(struct world *world);
void many_travellers(struct world *world);

enum { SENTENCES = 64 };

struct report {
    bool answered, ready;
    int status;
    size_t count;
    char sentences[SENTENCES][1024]; /* problems as they are; notes after "note: " */
    int64_t travellers, phones, base_devices, free_base_devices;
    char error[700];
};

/* What is said of the remote cluster `with`, or of all (""); the caller frees it. */
struct report *check(struct world *world, int cluster, const char *with, bool offline);
void reported(void *user, int status, const sj_error *error, const sj_emcc_check_reply *reply);
/* Exactly these sentences, up to three; NULL ends them. Frees the report. */
void expect_report(const char *what, struct report *report, const char *const wanted[3],
                   bool ready_wanted);

/* One thing broken in the two clusters that are in order, and the sentences that it makes. */
struct check_case {
    const char *what;
    void (*break_it)(struct world *world);
    int at; /* where it is asked */
    bool ready;
    const char *sentences[3];
};
/* Each by itself, in a world of its own. */
void expect_each(const struct check_case *cases, size_t count);

#endif
