/* The Dialed Number Analyzer Server in the test kit, beside a call manager, a Location Bandwidth
 * Manager and another cluster that the test plays: what it asks further, and what other clusters
 * may ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sojourn/testkit.h>

#include "events/analysis.h"
#include "events/bandwidth.h"
#include "events/sip_trunk.h"
#include "resources/calling_search_space.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"
#include "resources/route_pattern.h"
#include "resources/sip_trunk.h"

#include "pattern_numbers.h"

extern const sj_plugin sj_plugin_descriptor;

static struct {
    sj_call_destination destination; /* what the call manager says */
    char asked[400];                 /* of it */
    int asked_count;
    bool lbm_has_room, no_links;
    const char *answer; /* of the other cluster; NULL: none */
    int http_status;
    int64_t delay_ms;
    char sent[2000], url[200];
    char course[4000], said[40]; /* outcome, status and cause that dna.analyze has answered */
    int status;
    const char *outcome, *learned_from; /* NULL: trunk, nobody */
    bool valid, here_only;
    const char *hangs;                 /* address of the other cluster that never answers */
    int fetched;                       /* so often one was asked */
    bool trunks_fail;                  /* they cannot be asked */
    int trunks_asked;                  /* so often; then they answer */
    bool observed;                     /* they answer once they have been asked */
    const sj_call_destination *others; /* two destinations instead of one */
} world;

static void on_trunk_status(void *user, sj_question *question, const sj_sip_trunk_status *request) {
    sj_testkit *kit = user;
    const sj_sip_trunk_status_reply reply = {.trunks = NULL};
    assert_true(request->ask);
    world.trunks_asked++;
    if (world.trunks_fail) {
        sj_fail(sj_testkit_scope(kit), question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    world.destination.reachable = world.destination.reachable || world.observed;
    sj_reply_sip_trunk_status(sj_testkit_scope(kit), question, &reply);
}

static void on_analyse(void *user, sj_question *question, const sj_call_analyse *request) {
    sj_testkit *kit = user;
    const sj_routing_step step = {.kind = SJ_ROUTING_STEP_KIND_OUTCOME,
                                  .subject = "trunk",
                                  .before = "",
                                  .after = "",
                                  .text = "decided"};
    const sj_call_analyse_reply reply = {.outcome = world.outcome != NULL ? world.outcome : "trunk",
                                         .learned_from = sj_or_empty(world.learned_from),
                                         .explanation = "It goes out.",
                                         .steps = &step,
                                         .steps_count = 1,
                                         .destinations = world.others != NULL ? world.others
                                                                              : &world.destination,
                                         .destinations_count = world.others != NULL ? 2 : 1,
                                         .at = request->at};
    world.asked_count++;
    (void)snprintf(world.asked, sizeof world.asked, "%s from %s phone %s%s route %s shown %s",
                   request->digits, request->remote_cluster_id, request->device_name,
                   request->returned ? " returned" : "", request->route_string,
                   request->calling_number);
    sj_reply_call_analyse(sj_testkit_scope(kit), question, &reply);
}

static void on_simulate(void *user, sj_question *question, const sj_lbm_simulate *request) {
    sj_testkit *kit = user;
    const char *const path[] = {request->from, "Hub_None", request->to};
    const bool counted = strcmp(sj_or_empty(request->to_cluster), "BR") == 0;
    const sj_lbm_simulate_reply reply = {.admitted = world.lbm_has_room ? 1 : 0,
                                         .audio = 80,
                                         .path = path,
                                         .path_count = counted || world.no_links ? 0 : 3,
                                         .place = "Hub_None@Rome",
                                         .message = counted          ? "It is counted there."
                                                    : world.no_links ? "No links lead there."
                                                                     : ""};
    sj_reply_lbm_simulate(sj_testkit_scope(kit), question, &reply);
}

static int64_t on_fetch(void *user, const sj_http_call *call, sj_http_result *result) {
    (void)user;
    (void)snprintf(world.url, sizeof world.url, "%s", call->url);
    (void)snprintf(world.sent, sizeof world.sent, "%.*s", (int)call->body_length,
                   (const char *)call->body);
    assert_string_equal(call->peer_cluster, "BR");
    world.fetched++;
    if (world.answer == NULL || (world.hangs != NULL && strstr(call->url, world.hangs) != NULL)) {
        return -1;
    }
    result->status = SJ_OK;
    result->http_status = world.http_status;
    result->body = world.answer;
    result->body_length = strlen(world.answer);
    return world.delay_ms;
}

static void on_analyzed(void *user, int status, const sj_error *error,
                        const sj_dna_analyze_reply *reply) {
    (void)user;
    world.status = status;
    if (status != SJ_OK) {
        print_error("%s\n", error->text);
        return;
    }
    (void)snprintf(world.said, sizeof world.said, "%s %d %d", reply->outcome, (int)reply->status,
                   (int)reply->cause);
    for (size_t i = 0; i < reply->course_count; i++) {
        const size_t used = strlen(world.course);
        (void)snprintf(world.course + used, sizeof world.course - used, "%d %s %s|%s\n",
                       (int)reply->course[i].depth,
                       sj_routing_step_kind_text(reply->course[i].kind), reply->course[i].subject,
                       reply->course[i].text);
    }
}

static int setup(void **state) {
    sj_error error = {0};
    sj_testkit *kit = sj_testkit_open(NULL);
    memset(&world, 0, sizeof world);
    world.destination = (sj_call_destination){.device = "To-BR",
                                              .address = "sip:6100@192.0.2.7",
                                              .called_number = "6100",
                                              .calling_number = "4002",
                                              .next_cluster_id = "BR",
                                              .reachable = true};
    *state = kit;
    sj_testkit_on_fetch(kit, on_fetch, NULL);
    if (sj_testkit_put(kit, &sj_remote_cluster_meta,
                       "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"192.0.2.7\"}",
                       &error) != SJ_OK ||
        sj_testkit_start(kit, &sj_plugin_descriptor, &error) != SJ_OK ||
        sj_answer_call_analyse(sj_testkit_scope(kit), on_analyse, kit, &error) == NULL ||
        sj_answer_sip_trunk_status(sj_testkit_scope(kit), on_trunk_status, kit, &error) == NULL) {
        print_error("%s\n", error.text);
        return 1;
    }
    return 0;
}

static int teardown(void **state) {
    sj_error error = {0};
    const int status = sj_testkit_end(*state, &error);
    if (status != SJ_OK) {
        print_error("%s\n", error.text);
    }
    return status;
}

static void put(sj_testkit *kit, const sj_resource_meta *meta, const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(kit, meta, json, &error) != SJ_OK) {
        fail_msg("%s: %s", json, error.text);
    }
}

static void analyze(sj_testkit *kit, int64_t advance_ms) {
    const sj_dna_analyze request = {.device_name = "SEP001122334455", .digits = "86100"};
    sj_error error = {0};
    world.course[0] = '\0';
    world.status = -1;
    assert_int_equal(
        sj_ask_dna_analyze(sj_testkit_scope(kit), &request, 0, on_analyzed, NULL, &error), SJ_OK);
    sj_testkit_run(kit);
    sj_testkit_advance(kit, advance_ms);
    assert_int_equal(world.status, SJ_OK);
}

static void holds(const char *part) {
    if (strstr(world.course, part) == NULL) {
        fail_msg("expected \"%s\" in\n%s", part, world.course);
    }
}

/* ---- asking further ---- */

static void the_next_cluster_goes_on(void **state) {
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"phone\",\"explanation\":\"It rings.\","
                   "\"steps\":[{\"depth\":0,\"kind\":\"caller\",\"subject\":\"To-HQ\"},{\"depth\":"
                   "-7,\"kind\":\"match\",\"subject\":\"6100\"},{\"kind\":\"of the future\"}]}";
    world.http_status = 200;
    analyze(*state, 0);
    holds("0 outcome trunk|decided\n0 cluster BR|phone there: It rings.\n1 caller To-HQ|\n1 match "
          "6100|\n");
    assert_string_equal(world.url, "https://192.0.2.7:8443/intercluster/v1/analysis");
    assert_non_null(strstr(world.sent, "\"digits\":\"6100\""));
    assert_non_null(strstr(world.sent, "hq 86100"));
    assert_non_null(strstr(world.sent, "\"calling_number\":\"4002\""));
}

/* What another cluster says is shown a line each, and no deeper than can be read. */
static void an_answer_is_bounded(void **state) {
    world.answer =
        "{\"cluster_id\":\"BR\",\"outcome\":\"phone\\u001b[2J\",\"explanation\":\"ok\\nnot ok 1 - "
        "x\",\"steps\":[{\"depth\":1000000,\"kind\":\"note\",\"subject\":\"a\\u0085b\"},{\"depth\":"
        "2147483647,\"kind\":\"note\",\"text\":\"c\\r\\nd\"}]}";
    world.http_status = 200;
    analyze(*state, 0);
    holds("0 cluster BR|phone [2J there: ok not ok 1 - x\n100 note a b|\n100 note |c  d\n");
    world.answer = "{\"cluster_id\":\"BR\",\"code\":1,\"cause\":\"no\\nway\"}";
    analyze(*state, 0);
    holds("not known: no way\n");
}

static void what_cannot_be_learned_is_a_sentence(void **state) {
    sj_testkit *kit = *state;
    analyze(kit, 6000); /* nobody answers */
    holds("0 cluster BR|how it goes on there is not known: 192.0.2.7 did not answer in time");
    world.answer = "no\n";
    world.http_status = 404;
    analyze(kit, 0);
    holds("the Dialed Number Analyzer Server does not run on 192.0.2.7, or is busy");
    world.http_status = 200;
    analyze(kit, 0);
    holds("its answer cannot be read: ");
    world.answer = "{\"cluster_id\":\"XX\"}";
    analyze(kit, 0);
    holds("not known: another cluster answered");
    world.answer = "{\"cluster_id\":\"BR\",\"code\":1,\"cause\":\"no SIP trunk leads to HQ\"}";
    analyze(kit, 0);
    holds("not known: no SIP trunk leads to HQ");
}

/* An address that hangs costs its share of the time; the one that answered is asked first then. */
static void the_addresses_of_a_cluster_are_tried(void **state) {
    sj_testkit *kit = *state;
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"phone\",\"explanation\":\"It rings.\"}";
    world.http_status = 200;
    world.hangs = "//192.0.2.8:";
    put(kit, &sj_remote_cluster_status_meta,
        "{\"cluster_id\":\"BR\",\"learnt_from\":\"192.0.2.7:8443\",\"last_succeeded\":"
        "\"2026-01-05T08:00:00Z\",\"services\":[{\"service\":\"emcc\",\"addresses\":["
        "\"192.0.2.8\"]}]}");
    analyze(kit, 3000);
    holds("0 cluster BR|phone there: It rings.");
    assert_int_equal(world.fetched, 2);
    analyze(kit, 0);
    holds("0 cluster BR|phone there: It rings.");
    assert_int_equal(world.fetched, 3);
}

static void bandwidth_on_the_way(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    world.destination = (sj_call_destination){.device = "SEP00AA",
                                              .next_cluster_id = "",
                                              .takes_bandwidth = true,
                                              .from_location = "Berlin",
                                              .to_location = "Rome",
                                              .audio_bit_rate = 64};
    analyze(kit, 0);
    holds("0 admission SEP00AA|whether there is bandwidth from Berlin to Rome is not known: ");
    assert_non_null(sj_answer_lbm_simulate(sj_testkit_scope(kit), on_simulate, kit, &error));
    analyze(kit, 0);
    holds("from Berlin to Rome by way of Berlin, Hub_None, Rome: with audio of 64 kbps the call "
          "takes 80 kbps; there is too little now at Hub_None@Rome: the call is refused: Not "
          "Enough Bandwidth");
    holds("0 outcome refused|It goes out. The call would be answered 488: Not Enough Bandwidth "
          "(cause 125).");
    assert_string_equal(world.said, "refused 488 125");
    world.destination.alternate_number = "004969123";
    world.destination.alternate_calling_search_space = "AAR";
    analyze(kit, 0);
    holds("at Hub_None@Rome: automated alternate routing dials 004969123 through AAR");
    assert_string_equal(world.said, "trunk 0 0");
    world.destination.never_refused = true;
    analyze(kit, 0);
    holds("at Hub_None@Rome: an emergency call is made all the same");
    world.no_links = true;
    analyze(kit, 0);
    holds("from Berlin to Rome: an emergency call is made all the same. No links lead there.\n");
    world.no_links = false;
    world.lbm_has_room = true;
    analyze(kit, 0);
    holds("there is enough now");
    const sj_call_destination two[] = {world.destination, {.device = "Gateway"}};
    world.others = two;
    world.lbm_has_room = world.destination.never_refused = false;
    world.destination.alternate_number = "";
    analyze(kit, 0); /* the other one takes nothing */
    assert_string_equal(world.said, "trunk 0 0");
}

/* A call to a cluster that counts together with this one: that one is told from where it comes. */
static void bandwidth_that_another_cluster_counts(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    assert_non_null(sj_answer_lbm_simulate(sj_testkit_scope(kit), on_simulate, kit, &error));
    world.lbm_has_room = true;
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"phone\"}";
    world.destination = (sj_call_destination){.device = "To-BR",
                                              .next_cluster_id = "BR",
                                              .takes_bandwidth = true,
                                              .from_location = "Berlin",
                                              .to_location = "Shadow",
                                              .to_cluster = "BR",
                                              .audio_bit_rate = 64};
    analyze(kit, 0);
    holds("0 admission To-BR|from Berlin to Shadow: It is counted there.");
    assert_non_null(strstr(world.sent, "\"from_location\":\"Berlin\""));
}

static void on_admit(void *user, sj_question *question, const sj_visited_bandwidth_admit *request) {
    sj_testkit *kit = user;
    const sj_visited_bandwidth_admit_reply reply = {
        .asked = true,
        .answered = true,
        .outcome =
            world.lbm_has_room ? SJ_BANDWIDTH_OUTCOME_ADMITTED : SJ_BANDWIDTH_OUTCOME_REFUSED,
        .message = world.lbm_has_room ? "there is enough" : "there is too little"};
    assert_int_equal(request->step, SJ_VISITED_BANDWIDTH_STEP_SIMULATE);
    (void)snprintf(world.sent, sizeof world.sent, "%s %s+%s", request->cluster_id,
                   request->device_name, request->other_device_name);
    sj_reply_visited_bandwidth_admit(sj_testkit_scope(kit), question, &reply);
}

/* The cluster in which a traveller's phone stands decides, too, and is asked what it would. */
static void bandwidth_where_a_phone_stands(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    world.destination = (sj_call_destination){.device = "SEP00AA",
                                              .caller_cluster_id = "BR",
                                              .caller_device = "SEP00BB",
                                              .audio_bit_rate = 64};
    analyze(kit, 0);
    holds(
        "0 admission SEP00AA|whether there is bandwidth at cluster BR, in which the phone stands, "
        "is not known: ");
    assert_non_null(
        sj_answer_visited_bandwidth_admit(sj_testkit_scope(kit), on_admit, kit, &error));
    analyze(kit, 0);
    assert_string_equal(world.sent, "BR SEP00BB+");
    holds("at cluster BR: there is too little: the call is refused: Not Enough Bandwidth");
    world.lbm_has_room = true;
    world.destination.callee_cluster_id = "BR";
    analyze(kit, 0);
    assert_string_equal(world.sent, "BR SEP00BB+SEP00AA");
    holds("at cluster BR: there is enough\n");
    world.destination.caller_cluster_id = "";
    analyze(kit, 0);
    assert_string_equal(world.sent, "BR SEP00AA+");
}

static void keep_waiting(void *user, sj_question *question,
                         const sj_visited_bandwidth_admit *request) {
    (void)user;
    (void)question; /* it is never answered */
    (void)snprintf(world.sent, sizeof world.sent, "%s", request->cluster_id);
}

/* A cluster that hangs costs the time of one question, whatever rings there. */
static void a_visited_cluster_that_hangs(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    world.destination = (sj_call_destination){
        .device = "SEP00AA", .caller_cluster_id = "BR", .callee_cluster_id = "LX"};
    assert_non_null(
        sj_answer_visited_bandwidth_admit(sj_testkit_scope(kit), keep_waiting, kit, &error));
    analyze(kit, 6000);
    assert_string_equal(world.sent, "BR");
    holds("at cluster BR, in which the phone stands, is not known: ");
    holds("at cluster LX, in which the phone stands, is not known: no time is left to ask");
}

/* ---- the emergency matrix ---- */

static void on_emergency(void *user, int status, const sj_error *error,
                         const sj_dna_emergency_reply *reply) {
    (void)user;
    world.status = status;
    if (status != SJ_OK) {
        print_error("%s\n", error->text);
        return;
    }
    world.valid = reply->valid;
    (void)snprintf(world.course, sizeof world.course, "%d holes, %d not known\n%s\n",
                   (int)reply->holes, (int)reply->not_known, reply->message);
    for (size_t i = 0; i < reply->rows_count; i++) {
        const sj_dna_emergency_reply_row *row = &reply->rows[i];
        const size_t used = strlen(world.course);
        (void)snprintf(world.course + used, sizeof world.course - used, "%s %s %s %s|%s\n",
                       row->caller, row->number, row->gateway, row->hole, row->text);
    }
}

static void emergency(sj_testkit *kit, const char *number) {
    const char *const numbers[] = {number};
    const sj_dna_emergency request = {
        .numbers = numbers, .numbers_count = number == NULL ? 0 : 1, .here_only = world.here_only};
    world.course[0] = '\0';
    world.status = -1;
    assert_int_equal(
        sj_ask_dna_emergency(sj_testkit_scope(kit), &request, 0, on_emergency, NULL, NULL), SJ_OK);
    sj_testkit_run(kit);
    sj_testkit_advance(kit, 7000); /* a cluster that does not answer is waited for */
    assert_int_equal(world.status, SJ_OK);
}

static void a_phone(sj_testkit *kit) {
    put(kit, &sj_partition_meta, "{\"name\":\"Help\"}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"All\",\"partitions\":[\"Help\"]}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\",\"calling_search_space\":\"All\"}");
}

/* Only a gateway that can be called is a way. */
static void a_gateway_that_cannot_be_called_is_none(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    world.destination.unreachable = true;
    emergency(kit, "112");
    holds("1 holes, 0 not known\n");
    holds("SEP001122334455 112  yes|it goes to To-BR, which does not answer: sojourn sip-trunk "
          "status");
    world.destination.unreachable = false;
    world.destination.address = "";
    emergency(kit, "112");
    holds("112  yes|it goes to To-BR, which cannot be called at present");
    assert_false(world.valid);
}

/* The cluster to which a call goes is asked what it does with it. */
static void the_next_cluster_is_asked(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.http_status = 200;
    world.answer =
        "{\"cluster_id\":\"BR\",\"outcome\":\"trunk\",\"explanation\":\"It leaves by Rome.\","
        "\"reached\":true}";
    emergency(kit, "112");
    holds("0 holes, 0 not known\n");
    holds("SEP001122334455 112 To-BR no|at cluster BR: It leaves by Rome.\n");
    assert_non_null(strstr(world.sent, "\"digits\":\"6100\""));
    assert_non_null(strstr(world.sent, "\"observe\":true"));
    world.answer =
        "{\"cluster_id\":\"BR\",\"outcome\":\"trunk\",\"explanation\":\"It leaves by Rome.\"}";
    emergency(kit, "112");
    holds(
        "112 To-BR not known|at cluster BR: It leaves by Rome.; that such a trunk answers has not "
        "been observed there\n");
    world.answer =
        "{\"cluster_id\":\"BR\",\"outcome\":\"no_match\",\"explanation\":\"Nothing fits.\"}";
    emergency(kit, "112");
    holds("112  yes|at cluster BR: Nothing fits.\n");
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"trunk\",\"explanation\":\"It leaves by "
                   "Rome.\",\"not_callable\":true}";
    emergency(kit, "112");
    holds("112  yes|at cluster BR: It leaves by Rome.; none of these trunks can be called\n");
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"trunk\",\"explanation\":\"On to LX.\","
                   "\"steps\":[{\"kind\":\"cluster\",\"subject\":\"LX\"}]}";
    emergency(kit, "112");
    holds("112 To-BR not known|at cluster BR: On to LX.\n");
    world.answer = NULL;
    emergency(kit, "112");
    holds("112 To-BR not known|cluster BR decides, and has not said: 192.0.2.7");
}

/* A call that comes back with the same number leads nowhere; unless another way is left. */
static void a_circle_between_clusters_is_a_hole(void **state) {
    static const sj_call_destination two[] = {{.device = "To-BR",
                                               .address = "sip:1@192.0.2.7",
                                               .called_number = "6100",
                                               .next_cluster_id = "BR",
                                               .reachable = true},
                                              {.device = "To-LX",
                                               .address = "sip:1@192.0.2.8",
                                               .called_number = "6100",
                                               .next_cluster_id = "LX",
                                               .reachable = true}};
    sj_testkit *kit = *state;
    a_phone(kit);
    world.http_status = 200;
    world.answer =
        "{\"cluster_id\":\"BR\",\"code\":1,\"cause\":\"It has been here.\",\"circle\":true}";
    emergency(kit, "112");
    holds("1 holes, 0 not known\n");
    holds("112  yes|at cluster BR: It has been here.\n");
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"trunk\",\"explanation\":\"Back to HQ.\","
                   "\"circle\":true,\"steps\":[{\"kind\":\"cluster\",\"subject\":\"HQ\"}]}";
    emergency(kit, "112");
    holds("1 holes, 0 not known\n");
    holds("112  yes|at cluster BR: Back to HQ.; from there it goes in a circle\n");
    world.others = two;
    emergency(kit, "112");
    holds("0 holes, 1 not known\n");
}

/* Nothing that was not observed is a way, whether trunks could be asked or not. */
static void an_untested_gateway_is_no_way(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    world.destination.reachable = false;
    world.observed = true;
    emergency(kit, "112");
    holds("112 To-BR no|\n");
    assert_true(world.valid);
    world.trunks_fail = true;
    emergency(kit, "112");
    holds("112 To-BR no|\n"); /* as it was observed before */
    holds("Trunks could not be asked: out of memory");
    assert_false(world.valid);
    world.destination.reachable = false;
    emergency(kit, "112");
    holds("0 holes, 1 not known\n");
    holds("112 To-BR not known|that To-BR answers has not been observed: sojourn sip-trunk status "
          "To-BR\n");
    assert_false(world.valid);
}

/* So is the one in which a traveller is, for its rows. */
static void the_visited_cluster_is_asked_for_its_rows(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.outcome = "return_to_visiting_cluster";
    world.destination.remote_cluster_id = "BR";
    world.http_status = 200;
    world.answer = "{\"cluster_id\":\"BR\",\"rows\":["
                   "{\"place\":\"Rome\",\"number\":\"6100\",\"gateway\":\"G\",\"hole\":\"no\"},"
                   "{\"place\":\"Oslo\",\"number\":\"6100\",\"gateway\":\"H\",\"hole\":\"no\"}]}";
    emergency(kit, "112");
    holds("0 holes, 0 not known\n3 ways");
    holds("SEP001122334455 112 To-BR no|cluster BR has a gateway for it at each of its places\n");
    holds("a visitor 6100 G no|\na visitor 6100 H no|\n");
    assert_non_null(strstr(world.url, "/intercluster/v1/emergency"));
    assert_non_null(strstr(world.sent, "\"numbers\":[\"6100\"]"));
    assert_true(world.valid);
    world.answer =
        "{\"cluster_id\":\"BR\",\"rows\":["
        "{\"place\":\"Rome\",\"number\":\"6100\",\"hole\":\"yes\",\"text\":\"No trunk.\"},"
        "{\"place\":\"Oslo\",\"number\":\"6100\",\"gateway\":\"H\",\"hole\":\"no\"}]}";
    emergency(kit, "112");
    holds("2 holes, 0 not known\n");
    holds("112 To-BR yes|from Rome at cluster BR: No trunk.\n");
    world.answer = "{\"cluster_id\":\"BR\",\"rows\":[]}";
    emergency(kit, "112");
    holds("112 To-BR not known|cluster BR has no phone of which it could say");
    world.answer = "{\"cluster_id\":\"BR\",\"code\":1,\"cause\":\"busy\"}";
    emergency(kit, "112");
    holds("of its visitors; it was asked, and has not said: busy\n");
    world.answer = "{\"cluster_id\":\"XX\"}";
    emergency(kit, "112");
    holds("has not said: another cluster answered\n");
}

/* Only a gateway here is a way: others decide about what goes to them. */
static void a_way_ends_at_a_gateway(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    emergency(kit, "112");
    holds("0 holes, 0 not known\n");
    holds("SEP001122334455 112 To-BR no|\n");
    assert_true(world.valid);
    world.destination.next_cluster_id = "BR";
    world.here_only = true;
    emergency(kit, "112");
    holds("0 holes, 1 not known\n");
    holds("The line of what is not known says how to learn it.");
    holds(
        "SEP001122334455 112 To-BR not known|cluster BR decides: ask there, sojourn dna emergency "
        "numbers=6100\n");
    assert_false(world.valid);
    world.outcome = "return_to_visiting_cluster";
    world.destination.remote_cluster_id = "BR";
    emergency(kit, "112");
    holds("numbers=6100, of its visitors\n");
    assert_false(world.valid);
    world.outcome = NULL;
    world.learned_from = "BR";
    emergency(kit, "112");
    holds("1 hole, 0 not known.");
    holds(
        "SEP001122334455 112  yes|it is a number that cluster BR advertises, and no gateway here");
    assert_false(world.valid);
}

static void patterns_stand_for_numbers(void **state) {
    static const struct {
        const char *pattern, *numbers;
    } cases[] = {
        {"112", "112"},
        {"9.999", "9999"},
        {"11[0-2]", "110 111 112"},
        {"9.11X", "9110 9111 9112 9113 9114 9115 9116 9117 9118 9119"},
        {"1[12]x",
         "110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 127 128 129"},
        {"[19][13]*", "11* 13* 91* 93*"},
        {"\\+11[^0-8]#", "+119#"},
        {"00[A*]d", "00*D 00AD"},
        {"1[123]X", ""}, /* thirty */
        {"9.!", ""},
        {"11?", ""},
        {"11+", ""},
        {"9.@", ""},
        {"11[0-", ""},
        {"11[2-0]", ""},
        {"[^0-9]", ""},
        {"", ""},
        {".", ""},
        {"1234567890123456789012345678901234567890123456789012345678901234", ""},
    };
    char numbers[PATTERN_NUMBERS_MAX][PATTERN_NUMBER_ROOM], all[1400];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t count = pattern_numbers(cases[i].pattern, numbers);
        all[0] = '\0';
        for (size_t k = 0; k < count; k++) {
            const size_t used = strlen(all);
            (void)snprintf(all + used, sizeof all - used, "%s%s", k > 0 ? " " : "", numbers[k]);
        }
        assert_string_equal(all, cases[i].numbers);
    }
}

/* Of a pattern each number is asked about; one of too many is named. */
static void patterns_of_several_numbers(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"destinations\":[{\"address\":\"192.0.2.9\"}]}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.11[0-2]\",\"partition\":\"Help\",\"sip_trunk\":\"Gateway\","
        "\"emergency_services_number\":true}");
    emergency(kit, NULL);
    holds("3 ways of emergency calls, 0 holes");
    holds("SEP001122334455 9110 To-BR no|\nSEP001122334455 9111 To-BR no|\nSEP001122334455 9112 ");
    assert_true(world.valid);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"12!\",\"partition\":\"Help\",\"sip_trunk\":\"Gateway\","
        "\"emergency_services_number\":true}");
    emergency(kit, NULL);
    holds("3 ways of emergency calls, 0 holes");
    holds(" 12!: more than 20 numbers each, which are not asked about; name those of help with "
          "numbers=112,911.");
    assert_false(world.valid);
    emergency(kit, "112");
    assert_true(world.valid);
}

/* ---- being asked ---- */

static const sj_testkit_reply *asked_by(sj_testkit *kit, const char *cluster, const char *body) {
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/analysis",
                                        .content_type = "application/json",
                                        .body = body,
                                        .peer = "192.0.2.7",
                                        .tls = true,
                                        .peer_cluster = cluster};
    return sj_testkit_send(kit, &request);
}

static void a_paired_cluster_is_answered(void **state) {
    sj_testkit *kit = *state;
    world.destination.next_cluster_id = "";
    const sj_testkit_reply *reply =
        asked_by(kit, "BR",
                 "{\"cluster_id\":\"BR\",\"way\":[\"BR 5\"],\"wait_ms\":4000,\"digits\":\"4001\","
                 "\"calling_number\":\"6100\",\"route_string\":\"hq.example\"}");
    assert_int_equal(reply->status, 200);
    assert_string_equal(world.asked, "4001 from BR phone  route hq.example shown 6100");
    assert_non_null(strstr(reply->body, "\"explanation\":\"It goes out.\""));
    reply = asked_by(kit, "BR",
                     "{\"cluster_id\":\"BR\",\"wait_ms\":4000,\"digits\":\"999\",\"device_name\":"
                     "\"SEP00BB\"}");
    assert_int_equal(reply->status, 200);
    assert_string_equal(world.asked, "999 from BR phone SEP00BB returned route  shown ");
}

/* The rows about the users of who asks, and no others. */
static void a_paired_cluster_is_told_its_rows(void **state) {
    sj_testkit *kit = *state;
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/emergency",
                                        .content_type = "application/json",
                                        .body = "{\"cluster_id\":\"BR\",\"numbers\":[\"112\"]}",
                                        .peer = "192.0.2.7",
                                        .tls = true,
                                        .peer_cluster = "BR"};
    a_phone(kit);
    world.destination.next_cluster_id = "";
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"192.0.2.7\",\"emcc\":true}");
    const sj_testkit_reply *reply = sj_testkit_send(kit, &request);
    assert_int_equal(reply->status, 200);
    assert_non_null(strstr(reply->body, "\"rows\":[{\"place\":"));
    assert_non_null(strstr(reply->body, "\"number\":\"112\",\"gateway\":\"To-BR\""));
    assert_null(strstr(strstr(reply->body, "\"number\"") + 1, "\"number\"")); /* not the phone's */
    assert_non_null(strstr(world.asked, "phone SEP001122334455 returned"));
    sj_testkit_request other = request;
    other.peer_cluster = "XX";
    assert_int_equal(sj_testkit_send(kit, &other)->status, 403);
}

/* Of an emergency call a trunk of which nothing was observed is asked first, and no other. */
static void a_paired_cluster_has_trunks_observed(void **state) {
    static const char question[] = "{\"cluster_id\":\"BR\",\"wait_ms\":4000,\"digits\":\"112\"%s}";
    sj_testkit *kit = *state;
    char body[200];
    world.destination.next_cluster_id = "";
    world.destination.reachable = false;
    (void)snprintf(body, sizeof body, question, "");
    assert_non_null(strstr(asked_by(kit, "BR", body)->body, "\"reached\":false"));
    assert_int_equal(world.trunks_asked, 0);
    (void)snprintf(body, sizeof body, question, ",\"observe\":true");
    assert_non_null(strstr(asked_by(kit, "BR", body)->body, "\"reached\":false"));
    assert_int_equal(world.trunks_asked, 1);
    world.observed = true;
    assert_non_null(strstr(asked_by(kit, "BR", body)->body, "\"reached\":true"));
    assert_int_equal(world.trunks_asked, 2);
    assert_non_null(strstr(asked_by(kit, "BR", body)->body, "\"reached\":true"));
    assert_int_equal(world.trunks_asked, 2);
}

static void others_are_not(void **state) {
    sj_testkit *kit = *state;
    static const char question[] = "{\"cluster_id\":\"BR\",\"wait_ms\":4000,\"digits\":\"4001\"}";
    char longer[20000];
    assert_int_equal(asked_by(kit, NULL, question)->status, 403);
    assert_int_equal(asked_by(kit, "XX", question)->status, 403);
    assert_int_equal(
        asked_by(kit, "XX", "{\"cluster_id\":\"XX\",\"wait_ms\":4000,\"digits\":\"1\"}")->status,
        403); /* its certificate is there, and no record */
    assert_int_equal(asked_by(kit, "BR", "{")->status, 400);
    memset(longer, ' ', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(asked_by(kit, "BR", longer)->status, 400);
    assert_int_equal(world.asked_count, 0);
}

static void circles_and_long_ways_end(void **state) {
    sj_testkit *kit = *state;
    const sj_testkit_reply *reply =
        asked_by(kit, "BR",
                 "{\"cluster_id\":\"BR\",\"way\":[\"hq 4001\",\"BR 5\"],\"wait_ms\":"
                 "4000,\"digits\":\"4001\"}");
    assert_non_null(strstr(reply->body, "it goes in a circle"));
    assert_non_null(strstr(reply->body, "\"circle\":true"));
    reply = asked_by(kit, "BR",
                     "{\"cluster_id\":\"BR\",\"way\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\","
                     "\"8\"],\"wait_ms\":4000,\"digits\":\"4001\"}");
    assert_non_null(strstr(reply->body, "too many clusters"));
    reply = asked_by(kit, "BR", "{\"cluster_id\":\"BR\",\"wait_ms\":0,\"digits\":\"4001\"}");
    assert_non_null(strstr(reply->body, "there is no time left"));
    assert_int_equal(world.asked_count, 0);
    /* A call that goes back with the number that it came with is not asked about again. */
    reply = asked_by(kit, "BR",
                     "{\"cluster_id\":\"BR\",\"way\":[\"BR 6100\"],\"wait_ms\":4000,\"digits\":"
                     "\"4001\"}");
    assert_non_null(strstr(reply->body, "the call came from there with the same number"));
    assert_non_null(strstr(reply->body, "\"circle\":true"));
    assert_int_equal(sj_testkit_count(kit, "http", NULL), 0);
}

/* The questions of one cluster wait for BR; another one is still answered. */
static void one_cluster_leaves_room_for_others(void **state) {
    static const char *const body = "{\"cluster_id\":\"%s\",\"wait_ms\":4000,\"digits\":\"4001\"}";
    sj_testkit *kit = *state;
    const sj_testkit_reply *waiting[4];
    char theirs[100], others[100];
    (void)snprintf(theirs, sizeof theirs, body, "CC");
    (void)snprintf(others, sizeof others, body, "DD");
    assert_int_equal(
        sj_testkit_put(kit, &sj_remote_cluster_meta,
                       "{\"cluster_id\":\"CC\",\"fully_qualified_name\":\"192.0.2.8\"}", NULL),
        SJ_OK);
    assert_int_equal(
        sj_testkit_put(kit, &sj_remote_cluster_meta,
                       "{\"cluster_id\":\"DD\",\"fully_qualified_name\":\"192.0.2.9\"}", NULL),
        SJ_OK);
    for (size_t i = 0; i < 4; i++) {
        waiting[i] = asked_by(kit, "CC", theirs);
        assert_int_equal(waiting[i]->status, 0);
    }
    assert_int_equal(asked_by(kit, "CC", theirs)->status, 503);
    const sj_testkit_reply *other = asked_by(kit, "DD", others);
    assert_int_equal(other->status, 0); /* it is asked about */
    sj_testkit_advance(kit, 5000);
    assert_int_equal(other->status, 200);
    assert_int_equal(waiting[3]->status, 200);
    world.destination.next_cluster_id = "";
    assert_int_equal(asked_by(kit, "CC", theirs)->status, 200); /* its places are free again */
}

/* ---- dna.test ---- */

static char judged[400];

static void on_judged(void *user, int status, const sj_error *error,
                      const sj_dna_test_reply *reply) {
    (void)user;
    judged[0] = '\0';
    (void)snprintf(judged, sizeof judged, "%.300s", status == SJ_OK ? "" : error->text);
    for (size_t i = 0; status == SJ_OK && i < reply->results_count; i++) {
        const size_t used = strlen(judged);
        (void)snprintf(judged + used, sizeof judged - used, "%s%s%.60s; ",
                       reply->results[i].passed ? "ok" : "not ok",
                       reply->results[i].passed ? "" : " ",
                       reply->results[i].passed ? "" : reply->results[i].text);
    }
}

static void judge(sj_testkit *kit, const sj_dna_test_test *tests, size_t count) {
    const sj_dna_test request = {.tests = (sj_dna_test_test *)tests, .tests_count = count};
    sj_error error = {0};
    assert_int_equal(sj_ask_dna_test(sj_testkit_scope(kit), &request, 0, on_judged, NULL, &error),
                     SJ_OK);
    sj_testkit_run(kit);
}

/* Each field means the same in both, at any of the devices that are tried. */
static void must_and_must_not_mean_the_same(void **state) {
    static const sj_call_destination two[] = {
        {.device = "To-BR",
         .called_number = "6100",
         .calling_number = "1",
         .next_cluster_id = "BR"},
        {.device = "Gateway", .called_number = "86100", .calling_number = "2"}};
    static const struct {
        sj_expected_route expected;
        bool so;
    } cases[] = {
        {{.remote_cluster_id = "BR"}, true},
        {{.remote_cluster_id = "FAR"}, true}, /* which has advertised it */
        {{.remote_cluster_id = "AU"}, false},
        {{.device = "To-BR"}, true},
        {{.device = "Gateway"}, true},
        {{.device = "Other"}, false},
        {{.device = "Gateway", .called_number = "86100", .calling_number = "2"}, true},
        {{.device = "Gateway", .called_number = "6100"}, false},
        {{.device = "Gateway", .calling_number = "1"}, false},
        {{.outcome = SJ_EXPECTED_ROUTE_OUTCOME_TRUNK, .device = "Gateway"}, true},
        {{.outcome = SJ_EXPECTED_ROUTE_OUTCOME_PHONE, .device = "Gateway"}, false},
    };
    sj_testkit *kit = *state;
    world.others = two;
    world.learned_from = "FAR";
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"FAR\",\"fully_qualified_name\":\"192.0.2.8\"}");
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"AU\",\"fully_qualified_name\":\"192.0.2.9\"}");
    put(kit, &sj_sip_trunk_meta, "{\"name\":\"To-BR\"}");
    put(kit, &sj_sip_trunk_meta, "{\"name\":\"Gateway\"}");
    put(kit, &sj_sip_trunk_meta, "{\"name\":\"Other\"}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const sj_dna_test_test tests[] = {
            {.name = "must", .digits = "86100", .must = cases[i].expected},
            {.name = "must not", .digits = "86100", .must_not = cases[i].expected}};
        judge(kit, &tests[0], 1);
        assert_int_equal(strcmp(judged, "ok; ") == 0, cases[i].so);
        judge(kit, &tests[1], 1);
        assert_int_equal(strcmp(judged, "ok; ") == 0, !cases[i].so);
    }
}

static void names_that_are_expected_are_there(void **state) {
    static const sj_dna_test_test tests[] = {
        {.name = "1", .digits = "1", .must_not = {.remote_cluster_id = "NOSUCH"}},
        {.name = "2", .digits = "1", .must = {.remote_cluster_id = "NOSUCH"}},
        {.name = "3", .digits = "1", .must = {.device = "NOSUCH"}},
        {.name = "4", .digits = "1", .must_not = {.partition = "NOSUCH"}},
        {.name = "5", .digits = "1", .must_not = {.remote_cluster_id = "BR"}},
    };
    judge(*state, tests, sizeof tests / sizeof tests[0]);
    assert_string_equal(judged,
                        "not ok must_not.remote_cluster_id: there is no remote cluster NOSUC; "
                        "not ok must.remote_cluster_id: there is no remote cluster NOSUCH, n; "
                        "not ok must.device: there is no trunk and no phone NOSUCH, neither ; "
                        "not ok must_not.partition: there is no partition NOSUCH, neither in; "
                        "not ok it goes where it must not. It goes out.; ");
}

static void digits_have_no_blanks(void **state) {
    static const sj_dna_test_test tests[] = {
        {.name = "1", .digits = " ", .must = {.device = "To-BR"}},
        {.name = "2", .digits = "826001 ", .must_not = {.device = "To-BR"}},
    };
    put(*state, &sj_sip_trunk_meta, "{\"name\":\"To-BR\"}");
    judge(*state, tests, sizeof tests / sizeof tests[0]);
    assert_string_equal(judged,
                        "not ok digits: expected a number or a URI without blanks, got \" \"; "
                        "not ok digits: expected a number or a URI without blanks, got \"8260; ");
    assert_int_equal(world.asked_count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(must_and_must_not_mean_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(names_that_are_expected_are_there, setup, teardown),
        cmocka_unit_test_setup_teardown(digits_have_no_blanks, setup, teardown),
        cmocka_unit_test_setup_teardown(the_next_cluster_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_learned_is_a_sentence, setup, teardown),
        cmocka_unit_test_setup_teardown(the_addresses_of_a_cluster_are_tried, setup, teardown),
        cmocka_unit_test_setup_teardown(bandwidth_on_the_way, setup, teardown),
        cmocka_unit_test_setup_teardown(bandwidth_where_a_phone_stands, setup, teardown),
        cmocka_unit_test_setup_teardown(a_visited_cluster_that_hangs, setup, teardown),
        cmocka_unit_test_setup_teardown(a_gateway_that_cannot_be_called_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(the_next_cluster_is_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_circle_between_clusters_is_a_hole, setup, teardown),
        cmocka_unit_test_setup_teardown(an_untested_gateway_is_no_way, setup, teardown),
        cmocka_unit_test_setup_teardown(a_paired_cluster_has_trunks_observed, setup, teardown),
        cmocka_unit_test_setup_teardown(the_visited_cluster_is_asked_for_its_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(a_paired_cluster_is_told_its_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(bandwidth_that_another_cluster_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_way_ends_at_a_gateway, setup, teardown),
        cmocka_unit_test(patterns_stand_for_numbers),
        cmocka_unit_test_setup_teardown(patterns_of_several_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_paired_cluster_is_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(others_are_not, setup, teardown),
        cmocka_unit_test_setup_teardown(one_cluster_leaves_room_for_others, setup, teardown),
        cmocka_unit_test_setup_teardown(circles_and_long_ways_end, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
