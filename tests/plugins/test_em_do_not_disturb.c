/* Do Not Disturb that was switched during a session: in the profile, in the live device, on the
 * next phone; with the phone where its log-out profile runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_cluster.h"
#include "resources/device_profile.h"
#include "resources/live_device.h"
#include "resources/phone.h"

static char kept_in[64];
static int outcome;

static void on_kept(void *user, int status, const sj_error *error,
                    const sj_do_not_disturb_keep_reply *reply) {
    (void)user;
    (void)error;
    outcome = status;
    (void)snprintf(kept_in, sizeof kept_in, "%s", status == SJ_OK ? reply->device_profile : "");
}

static int keep(struct cluster *cluster, const char *device, bool on) {
    const sj_do_not_disturb_keep request = {.device_name = device, .do_not_disturb = on};
    sj_error error = {0};
    outcome = 1;
    assert_int_equal(sj_ask_do_not_disturb_keep(sj_testkit_scope(cluster->kit), &request, 0,
                                                on_kept, NULL, &error),
                     SJ_OK);
    sj_testkit_run(cluster->kit);
    sj_testkit_advance(cluster->kit, 10);
    return outcome;
}

static bool live_state(struct cluster *cluster, const char *device) {
    sj_live_device *live = NULL;
    assert_int_equal(sj_live_device_get(sj_testkit_scope(cluster->kit), device, &live, NULL),
                     SJ_OK);
    const bool on = live->do_not_disturb;
    sj_record_free(sj_testkit_scope(cluster->kit), live);
    return on;
}

static bool profile_state(struct cluster *cluster, const char *name) {
    sj_device_profile *profile = NULL;
    assert_int_equal(sj_device_profile_get(sj_testkit_scope(cluster->kit), name, &profile, NULL),
                     SJ_OK);
    const bool on = profile->do_not_disturb;
    sj_record_free(sj_testkit_scope(cluster->kit), profile);
    return on;
}

static bool phone_state(struct cluster *cluster, const char *name) {
    sj_phone *phone = NULL;
    assert_int_equal(sj_phone_get(sj_testkit_scope(cluster->kit), name, &phone, NULL), SJ_OK);
    const bool on = phone->do_not_disturb;
    sj_record_free(sj_testkit_scope(cluster->kit), phone);
    return on;
}

static void kept_with_the_profile(void **state) {
    struct cluster *cluster = *state;
    assert_int_equal(keep(cluster, "SEP1", true),
                     SJ_E_NOT_FOUND); /* no user is logged in: the call manager's to keep */
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    assert_false(live_state(cluster, "SEP1"));
    const size_t resets = cluster->resets;
    assert_int_equal(keep(cluster, "SEP1", true), SJ_OK);
    assert_string_not_equal(kept_in, "");
    assert_true(live_state(cluster, "SEP1"));
    assert_true(profile_state(cluster, kept_in));
    assert_false(phone_state(cluster, "SEP1"));
    sj_testkit_advance(cluster->kit, MINUTE);
    assert_int_equal(cluster->resets, resets); /* nobody restarts his phone by that */
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    expect(cluster, PAGE "SEP2&userid=alice&seq=12345", "Login successful");
    assert_true(live_state(cluster, "SEP2"));
    assert_int_equal(keep(cluster, "SEP2", false), SJ_OK);
    assert_false(profile_state(cluster, kept_in));
}

static void log_out_profile(void **state) {
    struct cluster *cluster = *state;
    put(cluster, &sj_phone_meta,
        "{\"name\":\"SEP1\",\"model\":\"Cisco "
        "8851\",\"enable_extension_mobility\":true,\"logout_profile\":\"alice-8851\"}");
    sj_testkit_advance(cluster->kit, 1000);
    const size_t resets = cluster->resets;
    assert_int_equal(keep(cluster, "SEP1", true), SJ_OK);
    assert_string_equal(kept_in, "");
    assert_true(live_state(cluster, "SEP1"));
    assert_true(phone_state(cluster, "SEP1"));
    assert_false(profile_state(cluster, "alice-8851"));
    sj_testkit_advance(cluster->kit, MINUTE);
    assert_true(live_state(cluster, "SEP1"));
    assert_int_equal(cluster->resets, resets); /* nobody restarts his phone by that */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kept_with_the_profile, setup, teardown),
        cmocka_unit_test_setup_teardown(log_out_profile, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
