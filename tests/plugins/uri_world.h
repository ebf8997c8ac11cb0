/* Two phones, a trunk to another cluster, and a lookup service that the test plays: for calls to
 * URIs and to what other clusters have advertised. */
#ifndef URI_WORLD_H
#define URI_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/analysis.h"
#include "events/call.h"
#include "events/ils.h"
#include "parameters/enterprise.h"
#include "resources/calling_search_space.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/ils.h"
#include "resources/live_device.h"
#include "resources/partition.h"
#include "resources/route_pattern.h"
#include "resources/sip_profile.h"
#include "resources/sip_route_pattern.h"
#include "resources/sip_trunk.h"
#include "resources/translation_pattern.h"

static const char *const far_cluster = "192.0.2.99";

/* ---- what the lookup service knows ---- */

static unsigned asked;
static char last_asked[300];

struct known {
    const char *dialled, *kind, *key, *failover, *route;
};

static const struct known known[] = {
    {"112", "enterprise_number", "112", "", "b.example"},
    {"tina@b.example", "directory_uri", "tina@b.example", "00492222", "b.example"},
    {"ghost@c.example", "directory_uri", "ghost@c.example", "", "nowhere.example"},
    {"54001", "enterprise_number", "54001", "94001", "b.example"},
    {"54777", "enterprise_pattern", "54XXX", "", "b.example"},
    {"+4930100", "e164_pattern", "+4930!", "", "b.example"},
    {"1002", "enterprise_number", "1002", "", "b.example"},
};

static inline void on_lookup(void *user, sj_question *question, const sj_ils_lookup *request) {
    sj_ils_lookup_reply reply = {.cluster_id = "b", .kind = "", .key = "", .route_string = ""};
    reply.pstn_failover = reply.blocked_by = reply.message = "";
    asked++;
    (void)snprintf(last_asked, sizeof last_asked, "%s", request->dialled);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].dialled, request->dialled) == 0) {
            reply.found = true;
            reply.kind = known[i].kind;
            reply.key = known[i].key;
            reply.pstn_failover = known[i].failover;
            reply.route_string = known[i].route;
        }
    }
    sj_reply_ils_lookup(user, question, &reply);
}

static inline void answer_lookups(sj_testkit *kit) {
    sj_error error;
    assert_non_null(
        sj_answer_ils_lookup(sj_testkit_scope(kit), on_lookup, sj_testkit_scope(kit), &error));
}

/* ---- the world ---- */

static inline int setup_world(void **state) {
    if (setup(state) != 0) {
        return 1;
    }
    sj_testkit *kit = *state;
    asked = 0;
    last_asked[0] = '\0';
    put(kit, &sj_partition_meta, "{\"name\":\"Global Learned Enterprise Numbers\"}");
    put(kit, &sj_partition_meta, "{\"name\":\"Global Learned Enterprise Patterns\"}");
    put(kit, &sj_partition_meta, "{\"name\":\"Global Learned E.164 Patterns\"}");
    put(kit, &sj_sip_profile_meta,
        "{\"name\":\"Between clusters\",\"options_ping\":false,"
        "\"send_ils_learned_destination_route_string\":true}");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"To-B\",\"calling_search_space\":\"All\",\"sip_trunk_security_profile\":"
        "\"UDP\",\"sip_profile\":\"Between clusters\","
        "\"destinations\":[{\"address\":\"192.0.2.99\"}]}");
    put(kit, &sj_sip_route_pattern_meta,
        "{\"pattern\":\"b.example\",\"partition\":\"Internal\",\"sip_trunk\":\"To-B\"}");
    put(kit, &sj_calling_search_space_meta,
        "{\"name\":\"All\",\"partitions\":[\"Internal\",\"PSTN\","
        "\"Global Learned Enterprise Numbers\",\"Global Learned Enterprise Patterns\","
        "\"Global Learned E.164 Patterns\"]}");
    both_register(kit);
    return 0;
}

static inline void call_uri(sj_testkit *kit, const char *from, const char *uri, const char *caller,
                            const char *more) {
    static unsigned count;
    char text[2000];
    count++;
    (void)snprintf(text, sizeof text,
                   "INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKu%u\r\n"
                   "Max-Forwards: 10\r\nFrom: \"Me\" <sip:%s@x>;tag=mine\r\nTo: <%s>\r\n"
                   "Call-ID: uri-%u\r\nCSeq: 1 INVITE\r\nContact: <sip:%s@%s:5060>\r\n%s"
                   "Content-Type: application/sdp\r\nContent-Length: 9\r\n\r\noffer-sdp",
                   uri, from, count, caller, uri, count, caller, from, more);
    send_text(kit, from, 5060, text);
    sj_testkit_run(kit);
}

static inline void alice_calls(sj_testkit *kit, const char *uri) {
    call_uri(kit, alice, uri, "1001", "");
}

#endif
