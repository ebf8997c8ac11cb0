/* Secrets and parameters over a real node: hashes, strangers, the cache, HA1; typed values,
 * defaults, changes, Cluster ID. */
#include "store_fixture.h"

#include <sys/stat.h>

#include "host/bus/bus.h"
#include "host/params/params.h"
#include "host/secret/secret.h"
#include "host/secret/standing.h"
#include "host/secret/verified.h"
#include "host/work/work.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "resources/audio_codec_preference_list.h"
#include "resources/geolocation_filter.h"

static int setup(void **state) {
    struct fixture *fixture;
    sj_error error = {0};
    (void)file_setup(state);
    fixture = *state;
    fixture->node.facts.state_directory = fixture->directory;
    fixture->node.facts.cluster_id = "HQ";
    assert_int_equal(sj_params_open(&fixture->node, &error), SJ_OK);
    assert_int_equal(sj_work_open(&fixture->node, &error), SJ_OK);
    if (sj_secret_open(&fixture->node, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    sj_secret_close(&fixture->node);
    sj_work_close(&fixture->node);
    sj_params_close(&fixture->node);
    return fixture_teardown(state);
}

struct outcome {
    int count, status;
    char hash[160];
};

static void hashed(void *user, int status, const char *hash) {
    struct outcome *outcome = user;
    outcome->count++;
    outcome->status = status;
    (void)snprintf(outcome->hash, sizeof outcome->hash, "%s", hash);
}

static void verified(void *user, int status, const sj_error *error) {
    struct outcome *outcome = user;
    assert_true((status == SJ_OK) == (error == NULL));
    outcome->count++;
    outcome->status = status;
}

static void await(struct fixture *fixture, struct outcome *outcome, int count) {
    for (int i = 0; i < 10000 && outcome->count < count; i++) {
        (void)uv_run(fixture->node.loop, UV_RUN_ONCE);
    }
    assert_int_equal(outcome->count, count);
}

static int verify(struct fixture *fixture, const char *hash, const char *plain) {
    struct outcome outcome = {0};
    sj_host_secret_verify(fixture->node.scope, SJ_HERE, hash, plain, verified, &outcome);
    assert_int_equal(outcome.count, 0); /* never before it returns */
    await(fixture, &outcome, 1);
    return outcome.status;
}

static void hash_and_verify(void **state) {
    struct fixture *fixture = *state;
    struct outcome outcome = {0};
    sj_host_secret_hash(fixture->node.scope, SJ_HERE, "12345", hashed, &outcome);
    await(fixture, &outcome, 1);
    assert_int_equal(outcome.status, SJ_OK);
    assert_int_equal(strncmp(outcome.hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    assert_int_equal(verify(fixture, outcome.hash, "12345"), SJ_OK);
    assert_int_equal(verify(fixture, outcome.hash, "12346"), SJ_E_DENIED);
    assert_int_equal(verify(fixture, "", "12345"), SJ_E_DENIED);
    assert_int_equal(verify(fixture, NULL, ""), SJ_E_DENIED);
    assert_int_equal(verify(fixture, "$argon2id$broken", "12345"),
                     SJ_E_INTERNAL); /* nobody typed that wrong */
    assert_int_equal(verify(fixture, "12345", "12345"), SJ_E_INTERNAL);
}

static void refresh_keeps_what_fits(void **state) {
    struct fixture *fixture = *state;
    struct outcome first = {0}, same = {0}, other = {0};
    sj_secret_refresh(fixture->node.scope, SJ_HERE, false, "", "secret", hashed, &first);
    await(fixture, &first, 1);
    sj_secret_refresh(fixture->node.scope, SJ_HERE, false, first.hash, "secret", hashed, &same);
    await(fixture, &same, 1);
    assert_string_equal(first.hash, same.hash);
    sj_secret_refresh(fixture->node.scope, SJ_HERE, false, first.hash, "other", hashed, &other);
    await(fixture, &other, 1);
    assert_string_not_equal(first.hash, other.hash);
}

static void closing_scopes_hear_nothing(void **state) {
    struct fixture *fixture = *state;
    struct outcome outcome = {0}, last = {0};
    sj_scope *scope = sj_host_scope_open(fixture->node.scope, SJ_HERE, "login", NULL, NULL);
    for (int i = 0; i < 5; i++) {
        sj_host_secret_verify(scope, SJ_HERE, "", "x", verified, &outcome);
    }
    sj_host_scope_close(scope);
    assert_int_equal(verify(fixture, "", "x"), SJ_E_DENIED);
    sj_host_secret_hash(fixture->node.scope, SJ_HERE, "x", hashed, &last);
    await(fixture, &last, 1);
    assert_int_equal(outcome.count, 0);
}

static void set_param(struct fixture *fixture, const sj_param_meta *meta, const char *json,
                      int expected, const char *part) {
    struct sj_problems problems;
    bool changed;
    cJSON *value = cJSON_Parse(json);
    struct sj_path path = {NULL, meta->field.title, 0};
    sj_problems_init(&problems, 1);
    (void)sj_params_set(&fixture->node, meta, value, &path, &problems, &changed);
    assert_int_equal(problems.count > 0 ? problems.list[0].code : SJ_OK, expected);
    if (part != NULL && strstr(problems.list[0].text, part) == NULL) {
        fail_msg("\"%s\" does not hold \"%s\"", problems.list[0].text, part);
    }
    cJSON_Delete(value);
}

static int verify_for(struct fixture *fixture, const char *source, const char *hash,
                      const char *plain) {
    const sj_secret_asker asker = {.size = sizeof asker, .source = source, .name = "alice"};
    struct outcome outcome = {0};
    sj_host_secret_verify_for(fixture->node.scope, SJ_HERE, &asker, hash, plain, verified,
                              &outcome);
    await(fixture, &outcome, 1);
    return outcome.status;
}

/* Many wrong ones bar their source and no other, also when the right one is among those that began
 * together. */
static void guessing_bars_the_source(void **state) {
    enum { WRONG = 4 }; /* the second of them bars it */
    struct fixture *fixture = *state;
    const sj_secret_asker asker = {.size = sizeof asker, .source = "2001:db8::1", .name = "alice"};
    struct outcome first = {0}, wrong = {0}, right = {0};
    sj_host_secret_hash(fixture->node.scope, SJ_HERE, "12345", hashed, &first);
    await(fixture, &first, 1);
    for (int i = 0; i < SJ_STANDING_BARRED - 2; i++) {
        assert_int_equal(verify_for(fixture, "2001:db8::1", first.hash, "54321"), SJ_E_DENIED);
    }
    for (int i = 0; i < WRONG; i++) {
        sj_host_secret_verify_for(fixture->node.scope, SJ_HERE, &asker, first.hash, "54321",
                                  verified, &wrong);
    }
    assert_false(sj_secret_is_barred(&fixture->node, "2001:db8::1"));
    sj_host_secret_verify_for(fixture->node.scope, SJ_HERE, &asker, first.hash, "12345", verified,
                              &right);
    await(fixture, &wrong, WRONG);
    await(fixture, &right, 1);
    assert_int_equal(right.status, SJ_E_LIMIT);
    assert_true(sj_secret_is_barred(&fixture->node,
                                    "2001:db8::9")); /* all addresses of a network are one source */
    assert_int_equal(verify_for(fixture, "2001:db8::2", first.hash, "12345"), SJ_E_LIMIT);
    assert_int_equal(verify_for(fixture, "2001:db8:0:1::1", first.hash, "12345"), SJ_OK);
    assert_int_equal(verify_for(fixture, "192.0.2.1", first.hash, "12345"), SJ_OK);
    assert_int_equal(verify(fixture, first.hash, "12345"), SJ_OK);
}

/* One source has but so many waiting; beyond, it is refused at once. */
static void a_flood_is_refused_early(void **state) {
    enum { FLOOD = 2500 };
    struct fixture *fixture = *state;
    const sj_secret_asker asker = {.size = sizeof asker, .source = "192.0.2.66", .name = "alice"};
    struct outcome flood = {0}, other = {0};
    const sj_secret_asker modest = {.size = sizeof modest, .source = "192.0.2.7", .name = "bob"};
    for (int i = 0; i < FLOOD; i++) {
        sj_host_secret_verify_for(fixture->node.scope, SJ_HERE, &asker, "", "0", verified, &flood);
    }
    sj_host_secret_verify_for(fixture->node.scope, SJ_HERE, &modest, "", "0", verified, &other);
    await(fixture, &other, 1);
    assert_int_equal(other.status, SJ_E_DENIED);
    assert_true(flood.count < FLOOD); /* it did not wait for all of them */
    await(fixture, &flood, FLOOD);
}

/* Whatever allocation fails: each callback comes once. */
static void short_memory_is_told_once(void **state) {
    struct fixture *fixture = *state;
    struct outcome first = {0};
    sj_host_secret_hash(fixture->node.scope, SJ_HERE, "12345", hashed, &first);
    await(fixture, &first, 1);
    for (long n = 1; n < 4; n++) {
        struct outcome compared = {0}, made = {0}, kept = {0};
        fixture->node.fail_allocation = n;
        sj_host_secret_verify(fixture->node.scope, SJ_HERE, first.hash, "12345", verified,
                              &compared);
        sj_host_secret_hash(fixture->node.scope, SJ_HERE, "12345", hashed, &made);
        sj_secret_refresh(fixture->node.scope, SJ_HERE, true, first.hash, "12345", hashed, &kept);
        await(fixture, &compared, 1);
        await(fixture, &made, 1);
        await(fixture, &kept, 1);
        assert_int_equal(fixture->node.fail_allocation, 0);
        assert_int_equal((compared.status == SJ_E_NO_MEMORY) + (made.status == SJ_E_NO_MEMORY) +
                             (kept.status == SJ_E_NO_MEMORY),
                         1);
    }
}

static void the_cache_knows_what_was_right(void **state) {
    struct fixture *fixture = *state;
    struct outcome outcome = {0};
    uint64_t begun;
    sj_host_secret_hash(fixture->node.scope, SJ_HERE, "12345", hashed, &outcome);
    await(fixture, &outcome, 1);
    set_param(fixture, &sj_param_enterprise_verified_pin_cache_meta, "true", SJ_OK, NULL);
    assert_int_equal(verify(fixture, outcome.hash, "12345"), SJ_OK);
    begun = uv_hrtime();
    for (int i = 0; i < 100; i++) {
        assert_int_equal(verify(fixture, outcome.hash, "12345"), SJ_OK);
    }
    assert_true(uv_hrtime() - begun < 500000000u); /* a hundred hashes take more than a second */
    assert_int_equal(verify(fixture, outcome.hash, "12346"), SJ_E_DENIED);
}

static void cache_entries_end(void **state) {
    struct verified *cache = sj_verified_new();
    (void)state;
    sj_verified_add(cache, "hash", "1", 1000);
    assert_true(sj_verified_has(cache, "hash", "1", 1001));
    assert_false(sj_verified_has(cache, "hash", "2", 1001));
    assert_false(sj_verified_has(cache, "hash2", "1", 1001));
    /* Many users at once: none drives another out. */
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 500; i++) {
            char hash[32];
            (void)snprintf(hash, sizeof hash, "hash of %d", i);
            if (round == 0) {
                sj_verified_add(cache, hash, "1", 1000);
            }
            assert_true(sj_verified_has(cache, hash, "1", 1001));
        }
    }
    assert_false(sj_verified_has(cache, "hash", "1", 1000 + SJ_VERIFIED_MS));
    sj_verified_free(cache);
}

static void ha1(void **state) {
    char text[SJ_HA1_TEXT];
    (void)state;
    sj_secret_ha1("alice", SJ_DIGEST_REALM, "wonderland", text);
    assert_string_equal(text, "f5d36eae5ce74b29598403287d1c6e3e:"
                              "0aa02c66b7c905b51fee2513be372fd4cdb71e97f990ebd66e8cb2ee5d6d2eea");
}

static void open_pepper_is_refused(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    char path[128];
    sj_secret_close(&fixture->node);
    (void)snprintf(path, sizeof path, "%s/secret.key", fixture->directory);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_E_IO);
    assert_non_null(strstr(error.text, "mode 0600"));
    assert_int_equal(truncate(path, 5), 0);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_E_CORRUPT);
}

static void parameters(void **state) {
    struct fixture *fixture = *state;
    sj_scope *scope = fixture->node.scope;
    assert_int_equal(sj_param_enterprise_max_phones(scope), 60000);
    set_param(fixture, &sj_param_enterprise_max_phones_meta, "70000", SJ_OK, NULL);
    assert_int_equal(sj_param_enterprise_max_phones(scope), 70000);
    set_param(fixture, &sj_param_enterprise_max_phones_meta, "0", SJ_E_INVALID,
              "Maximum Number of Phones: expected a number from 1");
    set_param(fixture, &sj_param_enterprise_max_phones_meta, "\"many\"", SJ_E_INVALID,
              "a whole number, got the text \"many\"");
    assert_int_equal(sj_param_enterprise_max_phones(scope), 70000);
    set_param(fixture, &sj_param_enterprise_max_phones_meta, "null", SJ_OK, NULL);
    assert_int_equal(sj_param_enterprise_max_phones(scope), 60000);
    set_param(fixture, &sj_param_enterprise_cluster_security_mode_meta, "\"mixed\"", SJ_OK, NULL);
    assert_int_equal(sj_param_enterprise_cluster_security_mode(scope),
                     SJ_ENTERPRISE_CLUSTER_SECURITY_MODE_MIXED);
    set_param(fixture, &sj_param_enterprise_cluster_security_mode_meta, "\"open\"", SJ_E_INVALID,
              "one of \"non_secure\", \"mixed\"");
}

/* A parameter refers to a record as records do: to one that exists, and which then stays. */
static void parameters_that_refer(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture->node.store;
    sj_scope *scope = fixture->node.scope;
    const sj_geolocation_filter filter = {
        .name = "City", .description = "", .use_community_name = true};
    sj_error error = {0};
    set_param(fixture, &sj_param_emcc_geolocation_filter_meta, "\"City\"", SJ_E_INVALID,
              "\"City\", which does not exist");
    assert_int_equal(sj_store_put(store, &sj_geolocation_filter_meta, &filter, SJ_PUT_ANY, &error),
                     SJ_OK);
    set_param(fixture, &sj_param_emcc_geolocation_filter_meta, "\"City\"", SJ_OK, NULL);
    assert_string_equal(sj_param_emcc_geolocation_filter(scope), "City");
    assert_int_equal(sj_store_delete(store, &sj_geolocation_filter_meta, "City", 0, &error),
                     SJ_E_IN_USE);
    assert_non_null(strstr(error.text, "EMCC Geolocation Filter"));
    set_param(fixture, &sj_param_emcc_geolocation_filter_meta, "null", SJ_OK, NULL);
    assert_int_equal(sj_store_delete(store, &sj_geolocation_filter_meta, "City", 0, &error), SJ_OK);
    /* What a default refers to stays as well. */
    assert_int_equal(sj_store_delete(store, &sj_audio_codec_preference_list_meta,
                                     "Factory Default low loss", 0, &error),
                     SJ_E_IN_USE);
    assert_non_null(strstr(error.text, "by default"));
    assert_int_equal(sj_store_delete(store, &sj_audio_codec_preference_list_meta,
                                     "Factory Default lossy", 0, &error),
                     SJ_OK);
}

static void cluster_id_follows(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    const char *before = sj_param_enterprise_cluster_id(fixture->node.scope);
    assert_string_equal(before, "HQ");
    set_param(fixture, &sj_param_enterprise_cluster_id_meta, "\"H Q\"", SJ_E_INVALID,
              "letters, digits");
    set_param(fixture, &sj_param_enterprise_cluster_id_meta, "\"\"", SJ_E_INVALID, "required");
    set_param(fixture, &sj_param_enterprise_cluster_id_meta, "\"HQ-2\"", SJ_OK, NULL);
    assert_string_equal(before, "HQ"); /* until control is back at the loop */
    assert_string_equal(fixture->node.facts.cluster_id, "HQ-2");
    sj_params_close(&fixture->node);
    fixture->node.facts.cluster_id = "HQ";
    assert_int_equal(sj_params_open(&fixture->node, &error), SJ_OK);
    assert_string_equal(fixture->node.facts.cluster_id,
                        "HQ-2"); /* the node file gives the first value only */
}

static void copies_of_metadata_share_the_value(void **state) {
    struct fixture *fixture = *state;
    const sj_param_meta copy = sj_param_enterprise_max_phones_meta;
    set_param(fixture, &copy, "5", SJ_OK, NULL);
    assert_int_equal(sj_param_enterprise_max_phones(fixture->node.scope), 5);
    sj_params_forget_addresses(&fixture->node);
    assert_int_equal(sj_param_enterprise_max_phones(fixture->node.scope), 5);
}

static void rolled_back_values_never_were(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    assert_int_equal(sj_store_transaction_begin(fixture->node.store, "test", &error), SJ_OK);
    set_param(fixture, &sj_param_enterprise_max_phones_meta, "5", SJ_OK, NULL);
    sj_store_transaction_rollback(fixture->node.store);
    assert_int_equal(sj_param_enterprise_max_phones(fixture->node.scope), 60000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hash_and_verify, setup, teardown),
        cmocka_unit_test_setup_teardown(refresh_keeps_what_fits, setup, teardown),
        cmocka_unit_test_setup_teardown(closing_scopes_hear_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(guessing_bars_the_source, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_is_refused_early, setup, teardown),
        cmocka_unit_test_setup_teardown(short_memory_is_told_once, setup, teardown),
        cmocka_unit_test_setup_teardown(the_cache_knows_what_was_right, setup, teardown),
        cmocka_unit_test(cache_entries_end),
        cmocka_unit_test(ha1),
        cmocka_unit_test_setup_teardown(open_pepper_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(parameters_that_refer, setup, teardown),
        cmocka_unit_test_setup_teardown(cluster_id_follows, setup, teardown),
        cmocka_unit_test_setup_teardown(copies_of_metadata_share_the_value, setup, teardown),
        cmocka_unit_test_setup_teardown(rolled_back_values_never_were, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
