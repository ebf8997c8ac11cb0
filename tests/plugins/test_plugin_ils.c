/* The Intercluster Lookup Service of two clusters, a hub and a spoke: what one configures the other
 * can look up, becomes a record and an event, and is still known after a restart. */
#include "ils_pair.h"

#include "parameters/enterprise.h"
#include "parameters/ils.h"
#include "resources/certificates.h"

extern const sj_plugin sj_plugin_descriptor;

static void what_is_configured_is_known_there(void **state) {
    struct pair *pair = *state;
    pair_advance(pair, 10000);
    struct looked_up answer = pair_look_up(pair->hub, "anna@example.com");
    assert_true(answer.found);
    assert_string_equal(answer.cluster_id, "br");
    assert_string_equal(answer.route, "br.example");
    assert_string_equal(answer.number, "+4930123");
    assert_true(pair_look_up(pair->hub, "54001").found);
    assert_true(pair_look_up(pair->hub, "+19725554001").found);
    assert_string_equal(pair_look_up(pair->hub, "54321").number, "+4930321");
    /* It is in the Cluster View, and was told. */
    sj_remote_cluster *record = NULL;
    assert_int_equal(sj_remote_cluster_get(sj_testkit_scope(pair->hub), "br", &record, NULL),
                     SJ_OK);
    assert_string_equal(record->fully_qualified_name, "127.0.0.2");
    assert_false(record->emcc);
    sj_record_free(sj_testkit_scope(pair->hub), record);
    assert_non_null(sj_testkit_find(pair->hub, "event", "ils.peer_changed"));
    /* A change is told at once, a removal too. */
    pair_put(pair->spoke, &sj_directory_uri_meta, "{\"user\":\"bert\",\"host\":\"example.com\"}");
    sj_error error = {0};
    assert_int_equal(
        sj_directory_uri_delete(sj_testkit_scope(pair->spoke), "anna@Example.com", &error), SJ_OK);
    pair_advance(pair, 5000);
    assert_true(pair_look_up(pair->hub, "bert@example.com").found);
    assert_false(pair_look_up(pair->hub, "anna@example.com").found);
}

static void a_rule_blocks_here_alone(void **state) {
    struct pair *pair = *state;
    pair_put(pair->hub, &sj_learned_block_rule_meta,
             "{\"name\":\"no 54\",\"kind\":\"enterprise\",\"prefix\":\"54\"}");
    pair_advance(pair, 5000);
    const struct looked_up answer = pair_look_up(pair->hub, "54001");
    assert_false(answer.found);
    assert_string_equal(answer.blocked_by, "no 54");
    assert_true(pair_look_up(pair->hub, "anna@example.com").found);
}

/* What somebody has withdrawn by cert remove is not looked up any more, also while it is told. */
static void what_is_withdrawn_does_not_count(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    pair_advance(pair, 5000);
    assert_true(pair_look_up(pair->hub, "anna@example.com").found);
    pair_put(pair->hub, &sj_ils_ground_meta, "{\"cluster_id\":\"br\",\"ground\":\"password\"}");
    assert_false(pair_look_up(pair->hub, "anna@example.com").found);
    pair_advance(pair, MINUTE);
    assert_false(pair_look_up(pair->hub, "54001").found);
    assert_int_equal(sj_ils_ground_delete(sj_testkit_scope(pair->hub), "br", &error), SJ_OK);
    assert_true(pair_look_up(pair->hub, "54001").found);
}

static bool has_record(sj_testkit *kit, const char *cluster_id) {
    sj_remote_cluster *record = NULL;
    const bool there =
        sj_remote_cluster_get(sj_testkit_scope(kit), cluster_id, &record, NULL) == SJ_OK;
    sj_record_free(sj_testkit_scope(kit), record);
    return there;
}

static void remove_record(sj_testkit *kit, const char *cluster_id) {
    sj_error error = {0};
    assert_int_equal(sj_remote_cluster_delete(sj_testkit_scope(kit), cluster_id, &error), SJ_OK);
}

static void on_synchronized(void *user, int status, const sj_error *error,
                            const sj_ils_synchronize_reply *reply) {
    (void)error;
    (void)reply;
    *(int *)user = status;
}

static void synchronize(struct pair *pair) {
    const sj_ils_synchronize request = {0};
    int status = 1;
    sj_error error = {0};
    assert_int_equal(sj_ask_ils_synchronize(sj_testkit_scope(pair->hub), &request, 0,
                                            on_synchronized, &status, &error),
                     SJ_OK);
    pair_advance(pair, 5000);
    assert_int_equal(status, SJ_OK);
}

/* Who removes the record of a live cluster has it back by synchronizing, or with the next start. */
static void a_removed_record_comes_back(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    pair_advance(pair, 5000);
    assert_true(has_record(pair->hub, "br"));
    remove_record(pair->hub, "br");
    pair_advance(pair, 2 * MINUTE);
    assert_false(has_record(pair->hub, "br"));
    synchronize(pair);
    assert_true(has_record(pair->hub, "br"));
    remove_record(pair->hub, "br");
    assert_int_equal(sj_testkit_stop(pair->hub, "ils", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(pair->hub, &sj_plugin_descriptor, &error), SJ_OK);
    pair_advance(pair, 5000);
    assert_true(has_record(pair->hub, "br"));
}

/* Which services are on in the record of a cluster that is learned is said by parameters. */
static void a_learned_cluster_has_the_services_of_the_parameters(void **state) {
    struct pair *pair = *state;
    sj_remote_cluster *record = NULL;
    sj_error error = {0};
    assert_int_equal(
        sj_testkit_set_param(pair->hub, &sj_param_ils_learned_cluster_lbm_meta, "true", &error),
        SJ_OK);
    pair_advance(pair, 5000);
    assert_int_equal(sj_remote_cluster_get(sj_testkit_scope(pair->hub), "br", &record, NULL),
                     SJ_OK);
    assert_true(record->lbm);
    assert_false(record->emcc || record->pstn_access || record->rsvp_agent);
    sj_record_free(sj_testkit_scope(pair->hub), record);
}

/* The machine of the spoke comes back at another address. */
static void move_spoke(struct pair *pair, const char *address) {
    const sj_testkit_options there = {.cluster_id = "br", .node = "br-1", .address = address};
    sj_ils_peer *identity = NULL;
    char json[100];
    sj_error error = {0};
    assert_int_equal(sj_ils_peer_get(sj_testkit_scope(pair->spoke), "default", &identity, &error),
                     SJ_OK);
    (void)snprintf(json, sizeof json, "{\"peer_id\":\"%s\"}", identity->peer_id);
    sj_record_free(sj_testkit_scope(pair->spoke), identity);
    assert_int_equal(sj_testkit_end(pair->spoke, &error), SJ_OK);
    pair->spoke = sj_testkit_open(&there);
    pair->address = address;
    sj_testkit_on_fetch(pair->spoke, pair_to_hub, pair);
    pair_put(pair->spoke, &sj_ils_peer_meta, json);
    pair_put(pair->spoke, &sj_remote_cluster_meta,
             "{\"cluster_id\":\"hq\",\"fully_qualified_name\":\"127.0.0.1\"}");
    pair_put(pair->spoke, &sj_ils_configuration_meta,
             "{\"role\":\"spoke\",\"registration_server\":\"127.0.0.1\","
             "\"synchronize_clusters_every\":1}");
    assert_int_equal(sj_testkit_start(pair->spoke, &sj_plugin_descriptor, &error), SJ_OK);
    pair_advance(pair, 3 * MINUTE);
}

static void expect_address(struct pair *pair, const char *address, bool emcc) {
    sj_scope *scope = sj_testkit_scope(pair->hub);
    sj_remote_cluster *record = NULL;
    assert_int_equal(sj_remote_cluster_get(scope, "br", &record, NULL), SJ_OK);
    assert_string_equal(record->fully_qualified_name, address);
    assert_int_equal(record->emcc, emcc);
    sj_record_free(scope, record);
}

/* The record that ILS made follows the cluster, also when people have switched services on; not an
 * address that they have written. */
static void a_learned_record_follows_the_cluster(void **state) {
    struct pair *pair = *state;
    char note[400];
    pair_advance(pair, 5000);
    expect_address(pair, "127.0.0.2", false);
    pair_put(pair->hub, &sj_remote_cluster_meta,
             "{\"cluster_id\":\"br\",\"fully_qualified_name\":\"127.0.0.2\",\"emcc\":true}");
    move_spoke(pair, "127.0.0.22");
    expect_address(pair, "127.0.0.22", true);
    assert_int_equal(sj_testkit_count(pair->hub, "log", "had 127.0.0.2, port"), 1);
    pair_note(pair->hub, note);
    assert_string_equal(note, "");
    pair_put(pair->hub, &sj_remote_cluster_meta,
             "{\"cluster_id\":\"br\",\"fully_qualified_name\":\"br.example.com\"}");
    move_spoke(pair, "127.0.0.23");
    expect_address(pair, "br.example.com", false);
    pair_note(pair->hub, note);
    pair_expect(note, "the remote cluster record of br has br.example.com, port 8443, which ILS "
                      "did not write there, so it stays; the cluster itself states 127.0.0.23");
    pair_put(pair->hub, &sj_remote_cluster_meta,
             "{\"cluster_id\":\"br\",\"fully_qualified_name\":\"127.0.0.23\"}");
    synchronize(pair); /* what is right is followed again */
    move_spoke(pair, "127.0.0.24");
    expect_address(pair, "127.0.0.24", false);
}

/* Role and registration server are taken away in one step, as an apply file does it. */
static void who_leaves_says_so(void **state) {
    struct pair *pair = *state;
    pair_advance(pair, 5000);
    assert_true(pair_look_up(pair->hub, "anna@example.com").found);
    pair_put(pair->spoke, &sj_ils_configuration_meta, "{}");
    pair_advance(pair, 5000);
    assert_false(pair_look_up(pair->hub, "anna@example.com").found);
}

static void a_rule_is_written_in_any_form(void **state) {
    struct pair *pair = *state;
    pair_put(pair->hub, &sj_learned_block_rule_meta,
             "{\"name\":\"a pattern\",\"pattern\":\"54xxx\"}");
    pair_put(pair->hub, &sj_learned_block_rule_meta,
             "{\"name\":\"a URI\",\"pattern\":\"anna@EXAMPLE.com\"}");
    pair_advance(pair, 5000);
    assert_string_equal(pair_look_up(pair->hub, "54002").blocked_by, "a pattern");
    assert_true(pair_look_up(pair->hub, "54001").found);
    assert_string_equal(pair_look_up(pair->hub, "anna@example.com").blocked_by, "a URI");
    pair_put(pair->hub, &sj_learned_block_rule_meta,
             "{\"name\":\"a URI\",\"prefix\":\"anna@EXAMPLE\"}");
    pair_advance(pair, 1000);
    assert_string_equal(pair_look_up(pair->hub, "anna@example.com").blocked_by, "a URI");
}

/* What is advertised is what the call manager takes: a mask's digits stand for those of the number.
 */
static void a_mask_is_laid_as_the_call_manager_lays_it(void **state) {
    struct pair *pair = *state;
    pair_put(pair->spoke, &sj_alternate_number_meta,
             "{\"mask\":\"7XX12\",\"directory_number\":\"4001\"}");
    pair_advance(pair, 5000);
    assert_true(pair_look_up(pair->hub, "74012").found);
    assert_false(pair_look_up(pair->hub, "70112").found);
}

static void a_pattern_may_be_open_ended(void **state) {
    struct pair *pair = *state;
    pair_put(pair->spoke, &sj_advertised_pattern_meta, "{\"pattern\":\"+4954!\"}");
    pair_advance(pair, 5000);
    assert_true(pair_look_up(pair->hub, "+495412345").found);
    assert_false(pair_look_up(pair->hub, "+4954").found);
}

static void on_conflicts(void *user, int status, const sj_error *error,
                         const sj_ils_conflicts_reply *reply) {
    char *text = user;
    (void)error;
    (void)snprintf(text, 300, "%s",
                   status == SJ_OK && reply->own_count == 1 ? reply->own[0] : "none");
}

static void own_conflict(sj_testkit *kit, char text[300]) {
    const sj_ils_conflicts request = {0};
    sj_error error = {0};
    assert_int_equal(
        sj_ask_ils_conflicts(sj_testkit_scope(kit), &request, 0, on_conflicts, text, &error),
        SJ_OK);
    sj_testkit_run(kit);
}

/* Two masks make one number: the same record counts whichever is written last, and nothing is told
 * anew when nothing has changed. */
static void two_masks_that_make_one_number(void **state) {
    struct pair *pair = *state;
    char text[300];
    pair_put(pair->spoke, &sj_alternate_number_meta,
             "{\"mask\":\"5400X\",\"directory_number\":\"8001\",\"pstn_failover\":\"+49301\"}");
    pair_put(pair->spoke, &sj_alternate_number_meta,
             "{\"mask\":\"5XXXX\",\"directory_number\":\"4001\",\"pstn_failover\":\"+49302\"}");
    pair_advance(pair, 5000);
    assert_string_equal(pair_look_up(pair->hub, "54001").number, "+49301");
    own_conflict(pair->spoke, text);
    assert_string_equal(text, "54001: the alternate number 5400X@8001 counts, and the alternate "
                              "number 5XXXX@4001 makes the same");
    pair_put(pair->spoke, &sj_alternate_number_meta,
             "{\"mask\":\"5400X\",\"directory_number\":\"8001\",\"pstn_failover\":\"+49303\"}");
    pair_advance(pair, 5000);
    assert_string_equal(pair_look_up(pair->hub, "54001").number, "+49303");
    sj_error error = {0};
    assert_int_equal(
        sj_alternate_number_delete(sj_testkit_scope(pair->spoke), "5400X@8001", &error), SJ_OK);
    pair_advance(pair, 5000);
    assert_string_equal(pair_look_up(pair->hub, "54001").number, "+49302");
    own_conflict(pair->spoke, text);
    assert_string_equal(text, "none");
}

/* The policy of the cluster that looks up says whether the case of letters counts. */
/* In a store from before the rule: the same counts here as for calls (test_directory_uris). */
static void of_two_in_case_the_first_is_advertised(void **state) {
    struct pair *pair = *state;
    char text[300];
    pair_put(pair->spoke, &sj_directory_uri_meta,
             "{\"user\":\"anna\",\"host\":\"example.com\",\"pstn_failover\":\"+4930999\"}");
    pair_advance(pair, 5000);
    assert_string_equal(pair_look_up(pair->hub, "anna@example.com").number, "+4930123");
    own_conflict(pair->spoke, text);
    assert_string_equal(text,
                        "anna@example.com: the directory URI anna@Example.com counts, and the "
                        "directory URI anna@example.com makes the same");
    sj_error error = {0};
    assert_int_equal(
        sj_directory_uri_delete(sj_testkit_scope(pair->spoke), "anna@Example.com", &error), SJ_OK);
    pair_advance(pair, 5000);
    assert_string_equal(pair_look_up(pair->hub, "anna@example.com").number, "+4930999");
}

static void a_uri_is_looked_up_in_any_case(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    pair_put(pair->spoke, &sj_directory_uri_meta, "{\"user\":\"Bea\",\"host\":\"example.com\"}");
    pair_advance(pair, 10000);
    assert_true(pair_look_up(pair->hub, "Bea@EXAMPLE.com").found);
    assert_false(pair_look_up(pair->hub, "bea@example.com").found);
    assert_int_equal(sj_testkit_set_param(pair->hub, &sj_param_enterprise_uri_lookup_policy_meta,
                                          "case_insensitive", &error),
                     SJ_OK);
    assert_true(pair_look_up(pair->hub, "bea@EXAMPLE.com").found);
    assert_true(pair_look_up(pair->hub, "54001").found);
}

struct status {
    sj_ils_role role;
    char message[600];
};

static void keep_status(void *user, int status, const sj_error *error,
                        const sj_ils_status_reply *reply) {
    struct status *kept = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    kept->role = reply->role;
    (void)snprintf(kept->message, sizeof kept->message, "%s", reply->message);
}

static struct status status_of(sj_testkit *kit) {
    const sj_ils_status request = {0};
    struct status kept = {0};
    assert_int_equal(
        sj_ask_ils_status(sj_testkit_scope(kit), &request, 0, keep_status, &kept, NULL), SJ_OK);
    sj_testkit_run(kit);
    return kept;
}

/* What is asked right after a change is answered by it, not by what was before. */
static void answers_are_of_the_records_as_they_are(void **state) {
    struct pair *pair = *state;
    pair_advance(pair, 5000);
    pair_put(pair->hub, &sj_ils_configuration_meta, "{\"role\":\"standalone\"}");
    assert_int_equal(status_of(pair->hub).role, SJ_ILS_ROLE_STANDALONE);
}

/* A hub advertises what belongs to an imported catalog, by the catalog's route string; with the
 * catalog it goes, here and there. */
static void a_catalog_is_advertised_and_goes(void **state) {
    struct pair *pair = *state;
    sj_scope *scope = sj_testkit_scope(pair->hub);
    sj_error error = {0};
    pair_put(pair->hub, &sj_ils_configuration_meta,
             "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"exchange_dial_plan\":true,"
             "\"advertised_route_string\":\"hq.example\"}");
    pair_put(pair->hub, &sj_imported_catalog_meta,
             "{\"name\":\"Old PBX\",\"route_string\":\"pbx.example\"}");
    pair_put(pair->hub, &sj_imported_directory_uri_meta,
             "{\"user\":\"otto\",\"host\":\"pbx.example\",\"catalog\":\"Old PBX\"}");
    pair_put(pair->hub, &sj_imported_number_meta,
             "{\"number\":\"8001\",\"catalog\":\"Old PBX\",\"pstn_failover\":\"+49308001\"}");
    pair_put(pair->hub, &sj_imported_pattern_meta,
             "{\"pattern\":\"81XX\",\"catalog\":\"Old PBX\"}");
    pair_advance(pair, MINUTE + 5000);
    sj_testkit *const kits[] = {pair->spoke, pair->hub};
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(pair_look_up(kits[i], "otto@pbx.example").route, "pbx.example");
        assert_string_equal(pair_look_up(kits[i], "8001").number, "+49308001");
        assert_string_equal(pair_look_up(kits[i], "8177").route, "pbx.example");
        assert_string_equal(pair_look_up(kits[i], "8177").cluster_id, "hq");
    }
    assert_string_equal(pair_look_up(pair->hub, "8001").message,
                        "hq is this cluster, which advertises it for another call control (an "
                        "imported catalog): that is reached by the route string pbx.example, over "
                        "the PSTN by +49308001");
    assert_int_equal(sj_imported_catalog_delete(scope, "Old PBX", &error), SJ_OK);
    pair_advance(pair, MINUTE + 5000);
    for (size_t i = 0; i < 2; i++) {
        assert_false(pair_look_up(kits[i], "otto@pbx.example").found);
        assert_false(pair_look_up(kits[i], "8001").found);
        assert_false(pair_look_up(kits[i], "8177").found);
    }
    assert_int_equal(sj_imported_directory_uri_count(scope, NULL, NULL), 0);
    assert_int_equal(sj_imported_number_count(scope, NULL, NULL), 0);
    assert_int_equal(sj_imported_pattern_count(scope, NULL, NULL), 0);
}

/* What is this cluster's own counts before what it imports, whichever came last; what is told then
 * is told again by the other when the first goes. */
static void own_numbers_count_before_imported_ones(void **state) {
    struct pair *pair = *state;
    char text[300];
    sj_error error = {0};
    pair_put(pair->hub, &sj_ils_configuration_meta,
             "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"exchange_dial_plan\":true,"
             "\"advertised_route_string\":\"hq.example\"}");
    pair_put(pair->hub, &sj_imported_catalog_meta,
             "{\"name\":\"Old PBX\",\"route_string\":\"pbx.example\"}");
    pair_put(pair->hub, &sj_imported_number_meta, "{\"number\":\"64001\",\"catalog\":\"Old PBX\"}");
    pair_advance(pair, 5000);
    assert_string_equal(pair_look_up(pair->spoke, "64001").route, "pbx.example");
    pair_put(pair->hub, &sj_alternate_number_meta,
             "{\"mask\":\"6XXXX\",\"directory_number\":\"4001\"}");
    pair_advance(pair, MINUTE + 5000);
    assert_string_equal(pair_look_up(pair->spoke, "64001").route, "hq.example");
    own_conflict(pair->hub, text);
    assert_string_equal(text, "64001: the alternate number 6XXXX@4001 counts, and 64001 of the "
                              "catalog Old PBX makes the same");
    assert_int_equal(sj_alternate_number_delete(sj_testkit_scope(pair->hub), "6XXXX@4001", &error),
                     SJ_OK);
    pair_put(pair->hub, &sj_imported_catalog_meta,
             "{\"name\":\"Old PBX\",\"route_string\":\"new.example\"}");
    pair_advance(pair, MINUTE + 5000);
    assert_string_equal(pair_look_up(pair->spoke, "64001").route, "new.example");
    own_conflict(pair->hub, text);
    assert_string_equal(text, "none");
}

/* Though the journal is written once a minute at most. */
static void a_stop_forgets_nothing(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    pair_advance(pair, INT64_C(3) * MINUTE);
    pair_put(pair->spoke, &sj_alternate_number_meta,
             "{\"mask\":\"6XXXX\",\"directory_number\":\"8001\"}");
    pair_advance(pair, 10000);
    pair_put(pair->spoke, &sj_alternate_number_meta,
             "{\"mask\":\"7XXXX\",\"directory_number\":\"8001\"}");
    assert_int_equal(
        sj_alternate_number_delete(sj_testkit_scope(pair->spoke), "6XXXX@8001", &error), SJ_OK);
    pair_advance(pair, 10000);
    assert_true(pair_look_up(pair->hub, "78001").found);
    assert_int_equal(sj_testkit_stop(pair->hub, "ils", &error), SJ_OK);
    pair->down = true;
    assert_int_equal(sj_testkit_start(pair->hub, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(pair->hub, 1000);
    assert_true(pair_look_up(pair->hub, "78001").found);
    assert_false(pair_look_up(pair->hub, "68001").found);
}

static void it_is_known_after_a_restart(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    pair_advance(pair, INT64_C(3) * MINUTE);
    assert_true(pair_look_up(pair->hub, "anna@example.com").found);
    assert_null(strstr(status_of(pair->hub).message, "not been heard of"));
    assert_int_equal(sj_testkit_stop(pair->hub, "ils", &error), SJ_OK);
    pair->down = true;
    assert_int_equal(sj_testkit_start(pair->hub, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(pair->hub, 1000);
    assert_true(pair_look_up(pair->hub, "anna@example.com").found);
    assert_non_null(strstr(status_of(pair->hub).message,
                           "1 of the clusters has not been heard of since the start"));
    /* Nobody hears of the spoke any more. */
    sj_testkit_advance(pair->hub, INT64_C(13) * MINUTE);
    assert_false(pair_look_up(pair->hub, "anna@example.com").found);
    assert_non_null(sj_testkit_find(pair->hub, "event", "\"silent\""));
}

static void expect_a_gap(sj_testkit *kit, const char *sentence) {
    const struct told told = pair_tell(kit);
    pair_expect(told.not_here, sentence);
    pair_expect(told.status, "; not all is here of br");
    pair_expect(told.conflicts, "; not all is here of br, so that there may be more");
    pair_expect(told.learned, "; not all is here of br");
    pair_expect(pair_look_up(kit, "nobody@example.com").message,
                "no cluster advertises nobody@example.com; not all is here of br");
    assert_false(told.complete);
}

static void expect_no_gap(sj_testkit *kit) {
    const struct told told = pair_tell(kit);
    assert_string_equal(told.not_here, "");
    assert_null(strstr(told.status, "not all is here"));
    assert_null(strstr(told.conflicts, "not all is here"));
    assert_null(strstr(told.learned, "not all is here"));
    assert_null(strstr(pair_look_up(kit, "anna@example.com").message, "not all is here"));
    assert_true(told.complete);
}

static void the_limit_is_told(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    assert_int_equal(
        sj_testkit_set_param(pair->hub, &sj_param_ils_max_learned_objects_meta, "2", &error),
        SJ_OK);
    pair_advance(pair, 10000);
    const char *alarm = sj_testkit_find(pair->hub, "event", "ils.alarm");
    assert_non_null(alarm);
    assert_non_null(strstr(alarm, "ILSLearnedObjectsLimit"));
    expect_a_gap(pair->hub, "not all is here of br: the limit is reached. It is learned when there "
                            "is room for all of it");
    pair_expect(pair_look_up(pair->hub, "anna@example.com").message,
                "; not all is here of br, so that another cluster, or a closer pattern, may count");
    assert_int_equal(
        sj_testkit_set_param(pair->hub, &sj_param_ils_max_learned_objects_meta, "3", &error),
        SJ_OK);
    pair_advance(pair, 2 * MINUTE);
    expect_a_gap(pair->hub, "not all is here of br: there was no room for it. It is learned when "
                            "there is room for all of it");
    assert_int_equal(
        sj_testkit_set_param(pair->hub, &sj_param_ils_max_learned_objects_meta, "4", &error),
        SJ_OK);
    pair_advance(pair, 2 * MINUTE);
    expect_no_gap(pair->hub);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_configured_is_known_there, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(a_rule_blocks_here_alone, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(what_is_withdrawn_does_not_count, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(a_removed_record_comes_back, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(a_learned_cluster_has_the_services_of_the_parameters,
                                        pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(a_learned_record_follows_the_cluster, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(who_leaves_says_so, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(a_rule_is_written_in_any_form, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(a_mask_is_laid_as_the_call_manager_lays_it, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(a_pattern_may_be_open_ended, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(two_masks_that_make_one_number, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(of_two_in_case_the_first_is_advertised, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(a_uri_is_looked_up_in_any_case, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(answers_are_of_the_records_as_they_are, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(a_catalog_is_advertised_and_goes, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(own_numbers_count_before_imported_ones, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(it_is_known_after_a_restart, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(a_stop_forgets_nothing, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(the_limit_is_told, pair_setup, pair_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
