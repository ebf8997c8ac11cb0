/* The Location Bandwidth Manager in the test kit: what call managers ask, what people ask, leases,
 * changes of the topology, and what is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sojourn/testkit.h>

#include "events/bandwidth.h"
#include "parameters/location_bandwidth_manager.h"
#include "resources/device_pool.h"
#include "resources/location.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"

extern const sj_plugin sj_plugin_descriptor;

struct answer {
    int status; /* 1: none yet */
    sj_bandwidth_outcome outcome;
    int64_t audio, video, immersive, calls;
    bool released;
    char place[110], message[4000];
};

static void put(sj_testkit *kit, const sj_resource_meta *resource, const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(kit, resource, json, &error) != SJ_OK) {
        fail_msg("%s: %s", json, error.text);
    }
}

static int setup(void **state) {
    sj_testkit *kit = sj_testkit_open(NULL);
    sj_error error = {0};
    put(kit, &sj_location_meta, "{\"name\":\"Berlin\"}");
    put(kit, &sj_location_meta, "{\"name\":\"Rome\"}");
    put(kit, &sj_location_link_meta,
        "{\"location\":\"Hub_None\",\"other_location\":\"Berlin\",\"audio_bandwidth\":256,"
        "\"video_bandwidth\":1024}");
    put(kit, &sj_location_link_meta,
        "{\"location\":\"Berlin\",\"other_location\":\"Rome\",\"audio_bandwidth\":100,"
        "\"video_bandwidth\":-1}");
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(kit, 100);
    assert_non_null(sj_testkit_find(kit, "event", "topology.changed"));
    *state = kit;
    return 0;
}

static int teardown(void **state) {
    sj_error error = {0};
    if (sj_testkit_end(*state, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    return 0;
}

/* ---- asking ---- */

static void keep(struct answer *answer, int status, const sj_error *error, const char *place,
                 const char *message) {
    answer->status = status;
    (void)snprintf(answer->place, sizeof answer->place, "%s", status == SJ_OK ? place : "");
    (void)snprintf(answer->message, sizeof answer->message, "%s",
                   status == SJ_OK ? message : error->text);
}

static void reserved(void *user, int status, const sj_error *error,
                     const sj_bandwidth_reserve_reply *reply) {
    struct answer *answer = user;
    keep(answer, status, error, status == SJ_OK ? reply->place : "",
         status == SJ_OK ? reply->message : "");
    if (status == SJ_OK) {
        answer->outcome = reply->outcome;
        answer->audio = reply->audio;
        answer->video = reply->video;
        answer->immersive = reply->immersive;
        assert_int_equal(reply->lease_s, 60);
    }
}

static void adjusted(void *user, int status, const sj_error *error,
                     const sj_bandwidth_adjust_reply *reply) {
    struct answer *answer = user;
    keep(answer, status, error, status == SJ_OK ? reply->place : "",
         status == SJ_OK ? reply->message : "");
    if (status == SJ_OK) {
        answer->outcome = reply->outcome;
        answer->audio = reply->audio;
        answer->video = reply->video;
    }
}

static void released(void *user, int status, const sj_error *error,
                     const sj_bandwidth_release_reply *reply) {
    struct answer *answer = user;
    keep(answer, status, error, "", "");
    answer->released = status == SJ_OK && reply->released;
}

static void renewed(void *user, int status, const sj_error *error,
                    const sj_bandwidth_renew_reply *reply) {
    struct answer *answer = user;
    keep(answer, status, error, "", "");
    answer->calls = status == SJ_OK ? reply->calls : -1;
}

static sj_bandwidth_reserve call(const char *call_id, const char *from, const char *to,
                                 int64_t audio, int64_t video) {
    return (sj_bandwidth_reserve){.owner = "hq-1",
                                  .instance = "1",
                                  .call_id = call_id,
                                  .from_location = from,
                                  .to_location = to,
                                  .audio_bit_rate = audio,
                                  .video_bit_rate = video,
                                  .trace_id = "0af7651916cd43dd8448eb211c80319c"};
}

static struct answer reserve(sj_testkit *kit, sj_bandwidth_reserve request) {
    struct answer answer = {.status = 1};
    assert_int_equal(
        sj_ask_bandwidth_reserve(sj_testkit_scope(kit), &request, 0, reserved, &answer, NULL),
        SJ_OK);
    sj_testkit_run(kit);
    return answer;
}

static struct answer adjust(sj_testkit *kit, const char *call_id, sj_bandwidth_adjust_step step,
                            int64_t audio, int64_t video) {
    const sj_bandwidth_adjust request = {.owner = "hq-1",
                                         .instance = "1",
                                         .call_id = call_id,
                                         .step = step,
                                         .from_location = "",
                                         .to_location = "",
                                         .audio_bit_rate = audio,
                                         .video_bit_rate = video,
                                         .retry_video_as_audio = true,
                                         .trace_id = ""};
    struct answer answer = {.status = 1};
    assert_int_equal(
        sj_ask_bandwidth_adjust(sj_testkit_scope(kit), &request, 0, adjusted, &answer, NULL),
        SJ_OK);
    sj_testkit_run(kit);
    return answer;
}

static bool release(sj_testkit *kit, const char *call_id) {
    const sj_bandwidth_release request = {.owner = "hq-1", .instance = "1", .call_id = call_id};
    struct answer answer = {.status = 1};
    assert_int_equal(
        sj_ask_bandwidth_release(sj_testkit_scope(kit), &request, 0, released, &answer, NULL),
        SJ_OK);
    sj_testkit_run(kit);
    assert_int_equal(answer.status, SJ_OK);
    return answer.released;
}

static int64_t renew(sj_testkit *kit, const char *instance) {
    const sj_bandwidth_renew request = {.owner = "hq-1", .instance = instance};
    struct answer answer = {.status = 1};
    assert_int_equal(
        sj_ask_bandwidth_renew(sj_testkit_scope(kit), &request, 0, renewed, &answer, NULL), SJ_OK);
    sj_testkit_run(kit);
    assert_int_equal(answer.status, SJ_OK);
    return answer.calls;
}

/* Any request, its reply as JSON. */
struct told {
    const sj_request_meta *meta;
    sj_testkit *kit;
    int status;
    char text[8000];
};

static void on_told(void *user, int status, const sj_error *error, const void *reply) {
    struct told *told = user;
    told->status = status;
    if (status == SJ_OK) {
        char *json =
            told->kit != NULL
                ? sj_testkit_scope(told->kit)->host->record_to_json(told->meta->reply, reply)
                : NULL;
        (void)snprintf(told->text, sizeof told->text, "%s", json != NULL ? json : "");
        sj_text_free(sj_testkit_scope(told->kit), json);
    } else {
        (void)snprintf(told->text, sizeof told->text, "%s", error->text);
    }
}

static struct told ask(sj_testkit *kit, const sj_request_meta *meta, const void *request) {
    struct told told = {.meta = meta, .kit = kit, .status = 1};
    sj_scope *scope = sj_testkit_scope(kit);
    assert_int_equal(
        scope->host->request_ask(scope, SJ_HERE, meta, request, 0, on_told, &told, NULL), SJ_OK);
    sj_testkit_advance(kit, 50);
    return told;
}

static void expect(struct told told, const char *words) {
    if (strstr(told.text, words) == NULL) {
        fail_msg("expected \"%s\", got: %s", words, told.text);
    }
}

static struct told path(sj_testkit *kit, const char *from, const char *to) {
    const sj_lbm_path request = {.from = from, .to = to};
    return ask(kit, &sj_lbm_path_meta, &request);
}

static struct told usage(sj_testkit *kit, const char *place) {
    const sj_lbm_usage request = {.place = place};
    return ask(kit, &sj_lbm_usage_meta, &request);
}

/* ---- tests ---- */

static void calls_are_admitted_and_refused(void **state) {
    sj_testkit *kit = *state;
    struct answer answer = reserve(kit, call("1", "", "Rome", 64, 0));
    assert_int_equal(answer.status, SJ_OK);
    assert_int_equal(answer.outcome, SJ_BANDWIDTH_OUTCOME_ADMITTED);
    assert_int_equal(answer.audio, 80);
    assert_string_equal(answer.message, "");
    answer = reserve(kit, call("2", "", "Rome", 64, 0));
    assert_int_equal(answer.outcome, SJ_BANDWIDTH_OUTCOME_REFUSED);
    assert_string_equal(answer.place, "Berlin@Rome");
    assert_string_equal(answer.message, "Not Enough Bandwidth: the link Berlin@Rome has 20 kbps "
                                        "free for audio, 80 are needed");
    assert_non_null(sj_testkit_find(kit, "event", "\"place\":\"Berlin@Rome\""));
    assert_non_null(sj_testkit_find(kit, "log", "bandwidth refused"));
    /* Video is not allowed to Rome; as audio it is when that will do. */
    sj_bandwidth_reserve video = call("3", "Rome", "Berlin", 0, 384);
    assert_true(release(kit, "1"));
    assert_int_equal(reserve(kit, video).outcome, SJ_BANDWIDTH_OUTCOME_REFUSED);
    video.audio_bit_rate = 8;
    video.retry_video_as_audio = true;
    answer = reserve(kit, video);
    assert_int_equal(answer.outcome, SJ_BANDWIDTH_OUTCOME_ADMITTED_AS_AUDIO);
    assert_int_equal(answer.audio, 24);
    assert_int_equal(answer.video, 0);
    assert_int_equal(reserve(kit, video).status, SJ_E_EXISTS);
    assert_int_equal(reserve(kit, call("4", "Oslo", "Rome", 8, 0)).status, SJ_E_NOT_FOUND);
    assert_true(release(kit, "3"));
    assert_false(release(kit, "3"));
}

/* A node's name may have 255 letters, and another cluster's stands behind its own. */
static void owners_with_long_names(void **state) {
    sj_testkit *kit = *state;
    char name[321] = "HQ/";
    sj_bandwidth_reserve request = call("long", "Berlin", "Rome", 80, 0);
    memset(name + 3, 'n', sizeof name - 4);
    name[sizeof name - 1] = '\0';
    request.owner = name;
    assert_int_equal(reserve(kit, request).status, SJ_OK);
}

static void audio_of_video_calls_by_the_parameter(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    struct answer answer = reserve(kit, call("1", "", "Berlin", 64, 384));
    assert_int_equal(answer.audio, 0);
    assert_int_equal(answer.video, 384);
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_lbm_deduct_audio_bandwidth_portion_meta,
                                          "true", &error),
                     SJ_OK);
    answer = reserve(kit, call("2", "", "Berlin", 64, 384));
    assert_int_equal(answer.audio, 80);
    assert_int_equal(answer.video, 320);
}

static void changes_of_calls(void **state) {
    sj_testkit *kit = *state;
    assert_int_equal(reserve(kit, call("1", "", "Berlin", 64, 0)).outcome,
                     SJ_BANDWIDTH_OUTCOME_ADMITTED);
    assert_int_equal(adjust(kit, "1", SJ_BANDWIDTH_ADJUST_STEP_PROPOSE, 64, 768).video, 768);
    expect(usage(kit, "Hub_None@Berlin"),
           "\"pool\":\"audio\",\"used\":80,\"remote\":0,\"capacity\":\"256\"");
    expect(usage(kit, "Hub_None@Berlin"),
           "\"pool\":\"video\",\"used\":768,\"remote\":0,\"capacity\":\"1024\"");
    assert_int_equal(adjust(kit, "1", SJ_BANDWIDTH_ADJUST_STEP_WITHDRAW, 0, 0).status, SJ_OK);
    expect(usage(kit, "Hub_None@Berlin"), "\"pool\":\"video\",\"used\":0,");
    assert_int_equal(adjust(kit, "1", SJ_BANDWIDTH_ADJUST_STEP_PROPOSE, 64, 768).status, SJ_OK);
    assert_int_equal(adjust(kit, "1", SJ_BANDWIDTH_ADJUST_STEP_CONFIRM, 0, 0).status, SJ_OK);
    expect(usage(kit, "Hub_None@Berlin"), "\"pool\":\"audio\",\"used\":0,");
    /* More than there is: audio alone. */
    struct answer answer = adjust(kit, "1", SJ_BANDWIDTH_ADJUST_STEP_AT_ONCE, 64, 2000);
    assert_int_equal(answer.outcome, SJ_BANDWIDTH_OUTCOME_ADMITTED_AS_AUDIO);
    expect(usage(kit, "Hub_None@Berlin"), "\"pool\":\"audio\",\"used\":80,");
    expect(usage(kit, "Hub_None@Berlin"), "\"pool\":\"video\",\"used\":0,");
    answer = adjust(kit, "9", SJ_BANDWIDTH_ADJUST_STEP_CONFIRM, 0, 0);
    assert_int_equal(answer.status, SJ_E_NOT_FOUND);
    assert_int_equal(adjust(kit, "9", SJ_BANDWIDTH_ADJUST_STEP_AT_ONCE, 8, 0).status,
                     SJ_E_NOT_FOUND);
}

static void calls_for_help(void **state) {
    sj_testkit *kit = *state;
    sj_bandwidth_reserve help = call("h", "Rome", "Berlin", 64, 0);
    help.emergency = true;
    assert_int_equal(reserve(kit, call("1", "Rome", "Berlin", 64, 0)).outcome,
                     SJ_BANDWIDTH_OUTCOME_ADMITTED);
    struct answer answer = reserve(kit, help);
    assert_int_equal(answer.outcome, SJ_BANDWIDTH_OUTCOME_OVERBOOKED);
    assert_non_null(strstr(answer.message, "an emergency call is not refused"));
    assert_non_null(sj_testkit_find(kit, "event", "bandwidth.overbooked"));
    expect(usage(kit, ""), "\"overbooked\":1");
    expect(usage(kit, "Berlin@Rome"), "\"used\":160,\"remote\":0,\"capacity\":\"100\"");
}

static void silent_call_managers_give_back(void **state) {
    sj_testkit *kit = *state;
    assert_int_equal(reserve(kit, call("1", "Rome", "Berlin", 64, 0)).outcome,
                     SJ_BANDWIDTH_OUTCOME_ADMITTED);
    sj_testkit_advance(kit, 50000);
    assert_int_equal(renew(kit, "1"), 1);
    sj_testkit_advance(kit, 50000);
    assert_null(sj_testkit_find(kit, "event", "bandwidth.given_back"));
    sj_testkit_advance(kit, 12000);
    const char *event = sj_testkit_find(kit, "event", "bandwidth.given_back");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"calls\":1"));
    assert_non_null(strstr(event, "\"reason\":\"silent\""));
    expect(usage(kit, "Berlin@Rome"), "\"used\":0");
    /* One that has started anew has lost its calls; it may say which stand all the same. */
    assert_int_equal(reserve(kit, call("2", "Rome", "Berlin", 64, 0)).outcome,
                     SJ_BANDWIDTH_OUTCOME_ADMITTED);
    assert_int_equal(renew(kit, "2"), 0);
    assert_non_null(sj_testkit_find(kit, "event", "started_anew"));
    sj_bandwidth_reserve again = call("3", "Rome", "Berlin", 64, 4000);
    again.instance = "2";
    again.in_progress = true;
    assert_int_equal(reserve(kit, again).outcome, SJ_BANDWIDTH_OUTCOME_OVERBOOKED);
    assert_int_equal(renew(kit, "2"), 1);
}

static void the_topology_changes(void **state) {
    sj_testkit *kit = *state;
    assert_int_equal(reserve(kit, call("1", "Rome", "", 64, 0)).outcome,
                     SJ_BANDWIDTH_OUTCOME_ADMITTED);
    sj_testkit_forget(kit);
    put(kit, &sj_location_link_meta,
        "{\"location\":\"Hub_None\",\"other_location\":\"Rome\",\"audio_bandwidth\":500,"
        "\"weight\":7}");
    put(kit, &sj_location_meta, "{\"name\":\"Oslo\"}");
    sj_testkit_advance(kit, 100);
    assert_int_equal(sj_testkit_count(kit, "event", "topology.changed"), 1); /* once for both */
    expect(path(kit, "Rome", "Hub_None"), "\"weight\":7");
    expect(path(kit, "Oslo", "Hub_None"), "\"place\":\"Oslo@Hub_None\",\"weight\":50,\"audio\":"
                                          "\"unlimited\",\"video\":\"384\"");
    /* The call keeps the way that it has. */
    expect(usage(kit, "Berlin@Rome"), "\"used\":80");
    expect(usage(kit, "Hub_None@Rome"), "\"used\":0");
    assert_true(release(kit, "1"));
    expect(usage(kit, "Berlin@Rome"), "\"used\":0");
    assert_int_equal(sj_location_link_delete(sj_testkit_scope(kit), "Hub_None@Rome", NULL), SJ_OK);
    sj_testkit_advance(kit, 100);
    expect(path(kit, "Rome", "Hub_None"), "\"weight\":100");
    assert_int_equal(usage(kit, "Hub_None@Rome").status, SJ_E_NOT_FOUND);
}

static void paths_of_phones_and_pools(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_device_pool_meta, "{\"name\":\"Romans\",\"location\":\"Rome\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco 8851\",\"device_pool\":\"Romans\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334402\",\"model\":\"Cisco 8851\","
        "\"device_pool\":\"Romans\",\"location\":\"Berlin\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334403\",\"model\":\"Cisco 8851\","
        "\"device_pool\":\"Romans\",\"location\":\"Hub_None\"}");
    expect(path(kit, "SEP001122334401", "SEP001122334402"), "\"from\":\"Rome\",\"to\":\"Berlin\"");
    expect(path(kit, "SEP001122334403", "Default"), "\"from\":\"Rome\",\"to\":\"Hub_None\"");
    expect(path(kit, "Romans", "Shadow"), "\"from\":\"Rome\",\"to\":\"Hub_None\"");
    expect(path(kit, "Rome", "Phantom"), "they are not counted");
    assert_int_equal(path(kit, "Rome", "SEP009999999999").status, SJ_E_NOT_FOUND);
}

static void simulations_take_nothing(void **state) {
    sj_testkit *kit = *state;
    const char *without[] = {"Hub_None@Berlin"}, *const no_link[] = {"Rome@Oslo"};
    sj_lbm_simulate request = {.from = "Hub_None", .to = "Rome", .calls = 100, .audio_bit_rate = 8};
    expect(ask(kit, &sj_lbm_simulate_meta, &request),
           "\"admitted\":4,\"refused\":96,\"audio\":24,\"video\":0,\"immersive\":0,\"path\":"
           "[\"Hub_None\",\"Berlin\",\"Rome\"],\"place\":\"Berlin@Rome\",\"pool\":\"audio\","
           "\"message\":\"After 4 calls the link Berlin@Rome has 4 kbps free for audio; a call "
           "needs 24.\"");
    request.calls = 3;
    expect(ask(kit, &sj_lbm_simulate_meta, &request), "\"admitted\":3,\"refused\":0");
    request.without = without;
    request.without_count = 1;
    expect(ask(kit, &sj_lbm_simulate_meta, &request),
           "No links lead from Hub_None to Rome: calls between them are refused.");
    without[0] = "Berlin@Hub_None"; /* a link has no direction */
    expect(ask(kit, &sj_lbm_simulate_meta, &request),
           "No links lead from Hub_None to Rome: calls between them are refused.");
    expect(usage(kit, "Berlin@Hub_None"), "\"place\":\"Hub_None@Berlin\"");
    request.without = no_link;
    assert_int_equal(ask(kit, &sj_lbm_simulate_meta, &request).status, SJ_E_NOT_FOUND);
    expect(usage(kit, ""), "\"calls\":0");
}

/* Whoever mistypes a place is told which one may have been meant. */
static void a_place_that_is_not_known_has_a_near_one(void **state) {
    sj_testkit *kit = *state;
    const char *without[] = {"Berlin@Roma"};
    sj_lbm_simulate request = {.from = "Hubnone", .to = "Rome", .calls = 1, .audio_bit_rate = 8};
    expect(path(kit, "Brelin", "Rome"),
           "got \"Brelin\" (did you mean Berlin?); sojourn lbm topology");
    expect(path(kit, "Berlin", "rome"), "got \"rome\" (did you mean Rome?)");
    expect(usage(kit, "Berln"), "got \"Berln\" (did you mean Berlin?)");
    expect(usage(kit, "Berlin@Rom"), "got \"Berlin@Rom\" (did you mean Berlin@Rome?)");
    expect(usage(kit, "Tasmania"), "got \"Tasmania\"; sojourn lbm topology");
    expect(ask(kit, &sj_lbm_simulate_meta, &request), "got \"Hubnone\" (did you mean Hub_None?)");
    request.from = "Hub_None";
    request.without = without;
    request.without_count = 1;
    expect(ask(kit, &sj_lbm_simulate_meta, &request), "(did you mean Berlin@Rome?)");
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"BRANCH\",\"fully_qualified_name\":\"127.0.0.2\"}");
    const sj_lbm_path other = {.from = "Rome", .to = "Shadow", .to_cluster = "BRNACH"};
    expect(ask(kit, &sj_lbm_path_meta, &other), "got \"BRNACH\" (did you mean BRANCH?)");
}

/* What path and simulate say of a call between clusters is what becomes of it: here of clusters
 * that do not count together, and of places that no links join with Hub_None. */
static void calls_between_clusters_are_asked_about_as_they_are_made(void **state) {
    static const struct {
        const char *from, *to, *from_cluster, *to_cluster, *admitted, *place, *says;
    } cases[] = {
        {"Isle", "Shadow", "", "BR", "1", "\"place\":\"Isle\"",
         "No links lead from Isle to Hub_None: the call takes from its party's location alone."},
        {"Shadow", "Isle", "BR", "", "1", "\"place\":\"Isle\"",
         "No links lead from Hub_None to Isle: the call takes from its party's location alone."},
        {"Milan", "Isle", "BR", "", "1", "\"place\":\"Isle\"", "its party's location alone."},
        {"Isle", "Isle", "BR", "BR", "1", "\"steps\":[]", "passes through takes nothing here."},
        {"Isle", "Berlin", "", "", "0", "\"steps\":[]", "calls between them are refused."},
        {"Rome", "Shadow", "", "BR", "1", "\"place\":\"Berlin@Rome\"", ""},
        {"Rome", "Shadow", "BR", "", "1", "\"place\":\"Hub_None\"", ""},
        {"Phantom", "Shadow", "", "BR", "1", "\"steps\":[]", "with an end in Phantom take no"},
    };
    sj_testkit *kit = *state;
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"192.0.2.7\"}");
    put(kit, &sj_location_meta, "{\"name\":\"Isle\"}");
    put(kit, &sj_location_meta, "{\"name\":\"Rock\"}");
    put(kit, &sj_location_link_meta, "{\"location\":\"Isle\",\"other_location\":\"Rock\"}");
    sj_testkit_advance(kit, 100);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char admitted[40], call_id[20];
        const sj_lbm_path path = {.from = cases[i].from,
                                  .to = cases[i].to,
                                  .from_cluster = cases[i].from_cluster,
                                  .to_cluster = cases[i].to_cluster};
        const sj_lbm_simulate simulate = {.from = cases[i].from,
                                          .to = cases[i].to,
                                          .from_cluster = cases[i].from_cluster,
                                          .to_cluster = cases[i].to_cluster,
                                          .calls = 1,
                                          .audio_bit_rate = 64};
        const struct told told = ask(kit, &sj_lbm_path_meta, &path);
        expect(told, cases[i].place);
        expect(told, cases[i].says);
        (void)snprintf(admitted, sizeof admitted, "\"admitted\":%s,", cases[i].admitted);
        expect(ask(kit, &sj_lbm_simulate_meta, &simulate), admitted);
        expect(ask(kit, &sj_lbm_simulate_meta, &simulate), cases[i].says);
        if (strcmp(cases[i].from, "Milan") != 0) { /* the call manager has named it Hub_None */
            (void)snprintf(call_id, sizeof call_id, "between %zu", i);
            sj_bandwidth_reserve request = call(call_id, cases[i].from, cases[i].to, 64, 0);
            request.from_cluster = cases[i].from_cluster;
            request.to_cluster = cases[i].to_cluster;
            assert_int_equal(reserve(kit, request).outcome, cases[i].admitted[0] == '1'
                                                                ? SJ_BANDWIDTH_OUTCOME_ADMITTED
                                                                : SJ_BANDWIDTH_OUTCOME_REFUSED);
            (void)release(kit, call_id);
        }
    }
}

/* A call comes from and goes to clusters that there are. */
static void clusters_are_other_ones_that_there_are(void **state) {
    sj_testkit *kit = *state;
    const char *own = sj_testkit_scope(kit)->host->node->cluster_id;
    for (int i = 0; i < 2; i++) {
        const char *names[] = {"NoSuchCluster", own};
        const int wrong[] = {SJ_E_NOT_FOUND, SJ_E_INVALID};
        const sj_lbm_path to = {.from = "Rome", .to = "Shadow", .to_cluster = names[i]},
                          from = {.from = "Rome", .to = "Shadow", .from_cluster = names[i]};
        const sj_lbm_simulate simulate_to = {
            .from = "Rome", .to = "Shadow", .to_cluster = names[i], .calls = 1};
        const sj_lbm_simulate simulate_from = {
            .from = "Rome", .to = "Shadow", .from_cluster = names[i], .calls = 1};
        assert_int_equal(ask(kit, &sj_lbm_path_meta, &to).status, wrong[i]);
        assert_int_equal(ask(kit, &sj_lbm_path_meta, &from).status, wrong[i]);
        assert_int_equal(ask(kit, &sj_lbm_simulate_meta, &simulate_to).status, wrong[i]);
        assert_int_equal(ask(kit, &sj_lbm_simulate_meta, &simulate_from).status, wrong[i]);
    }
}

static void what_is_shown(void **state) {
    sj_testkit *kit = *state;
    const sj_lbm_topology table = {0}, svg = {.svg = true}, dot = {.dot = true},
                          both = {.svg = true, .dot = true};
    const sj_lbm_validate validate = {0};
    expect(ask(kit, &sj_lbm_topology_meta, &table),
           "{\"link\":\"Hub_None@Berlin\",\"weight\":50,\"audio\":\"0 / 256\",\"video\":\"0 / "
           "1024\",\"immersive\":\"0 / 384\",\"implied\":false}");
    expect(ask(kit, &sj_lbm_topology_meta, &svg), "<svg xmlns=");
    expect(ask(kit, &sj_lbm_topology_meta, &dot), "graph locations {");
    assert_int_equal(ask(kit, &sj_lbm_topology_meta, &both).status, SJ_E_INVALID);
    expect(ask(kit, &sj_lbm_validate_meta, &validate), "\"valid\":true");
    put(kit, &sj_location_link_meta,
        "{\"location\":\"Hub_None\",\"other_location\":\"Rome\",\"audio_bandwidth\":10,"
        "\"weight\":100}");
    sj_testkit_advance(kit, 100);
    struct told told = ask(kit, &sj_lbm_validate_meta, &validate);
    expect(told, "\"valid\":false");
    expect(told, "the link Hub_None@Rome has 10 kbps for audio");
    expect(told, "between Hub_None and Rome two paths have the weight 100");
    expect(path(kit, "Hub_None", "Rome"), "another path has the same weight");
}

static void before_the_locations_are_read(void **state) {
    sj_testkit *kit = sj_testkit_open(NULL);
    sj_error error = {0};
    (void)state;
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    const struct answer answer = reserve(kit, call("1", "", "", 64, 0));
    assert_true(answer.status == SJ_OK || answer.status == SJ_E_UNAVAILABLE);
    sj_testkit_advance(kit, 100);
    assert_int_equal(reserve(kit, call("2", "", "", 64, 0)).status, SJ_OK);
    assert_int_equal(sj_testkit_end(kit, &error), SJ_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_are_admitted_and_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(owners_with_long_names, setup, teardown),
        cmocka_unit_test_setup_teardown(audio_of_video_calls_by_the_parameter, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_of_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_for_help, setup, teardown),
        cmocka_unit_test_setup_teardown(silent_call_managers_give_back, setup, teardown),
        cmocka_unit_test_setup_teardown(the_topology_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(paths_of_phones_and_pools, setup, teardown),
        cmocka_unit_test_setup_teardown(simulations_take_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_place_that_is_not_known_has_a_near_one, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_between_clusters_are_asked_about_as_they_are_made,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(clusters_are_other_ones_that_there_are, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_shown, setup, teardown),
        cmocka_unit_test(before_the_locations_are_read)};
    return cmocka_run_group_tests_name("lbm", tests, NULL, NULL);
}
