/* Who may log out on a phone's page: the phone, not anybody on the network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_cluster.h"

#define LOG_OUT PAGE "SEP1&doLogout=true"

static const char *asked_from(struct cluster *cluster, const char *peer, const char *path) {
    const sj_testkit_request request = {.path = path, .peer = peer};
    const sj_testkit_reply *reply = sj_testkit_send(cluster->kit, &request);
    for (int i = 0; i < 100 && reply->status == 0; i++) {
        sj_testkit_advance(cluster->kit, 100);
    }
    return reply->body;
}

static void log_in(struct cluster *cluster) {
    assert_non_null(strstr(asked_from(cluster, "10.0.0.5", PAGE "SEP1&userid=alice&seq=12345"),
                           "Login successful"));
}

static void another_address(void **state) {
    struct cluster *cluster = *state;
    log_in(cluster);
    assert_non_null(strstr(asked_from(cluster, "10.0.0.66", LOG_OUT), "(28)"));
    assert_non_null(strstr(asked_from(cluster, "10.0.0.66", LOG_OUT "&homeLost=true"), "(28)"));
    assert_non_null(strstr(asked_from(cluster, "10.0.0.66", LOG_OUT "&proof="), "(28)"));
    assert_int_equal(sessions(cluster), 1);
    assert_non_null(strstr(asked_from(cluster, "10.0.0.5", LOG_OUT), "Logout successful"));
    assert_int_equal(sessions(cluster), 0);
    assert_non_null(
        strstr(asked_from(cluster, "10.0.0.66", LOG_OUT), "(19)")); /* there is nothing to guard */
}

/* A phone that has got another address since is known by its registration. */
static void where_the_phone_is_registered(void **state) {
    struct cluster *cluster = *state;
    log_in(cluster);
    cluster->registered_address = "10.0.0.7";
    assert_non_null(strstr(asked_from(cluster, "10.0.0.66", LOG_OUT), "(28)"));
    assert_non_null(strstr(asked_from(cluster, "10.0.0.7", LOG_OUT), "Logout successful"));
}

/* Without the call manager only the place of the login counts. */
static void nobody_knows_registrations(void **state) {
    struct cluster *cluster = *state;
    log_in(cluster);
    sj_handle_close(sj_testkit_scope(cluster->kit), cluster->lookup);
    assert_non_null(strstr(asked_from(cluster, "10.0.0.66", LOG_OUT), "(28)"));
    assert_non_null(strstr(asked_from(cluster, "10.0.0.5", LOG_OUT), "Logout successful"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_address, setup, teardown),
        cmocka_unit_test_setup_teardown(where_the_phone_is_registered, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_knows_registrations, setup, teardown)};
    return cmocka_run_group_tests_name("The right to log out", tests, NULL, NULL);
}
