/* PINs within one cluster: changed from the phone, and never told to anybody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_cluster.h"
#include "parameters/enterprise.h"
#include "parameters/extension_mobility.h"

static void secrets_stay_secret(void **state) {
    struct cluster *cluster = *state;
    expect(cluster, PAGE "SEP1&userid=alice&seq=987654", "(201)");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    for (const char *kind = "event"; kind != NULL;
         kind = strcmp(kind, "event") == 0 ? "log" : NULL) {
        assert_null(sj_testkit_find(cluster->kit, kind, "987654"));
        assert_null(sj_testkit_find(cluster->kit, kind, "12345\""));
    }
}

#define CHANGE "/changecredential/ChangeCredentialServlet?device=SEP1"

static void pins_are_changed(void **state) {
    struct cluster *cluster = *state;
    put_user(cluster, "alice", "\"alice-8851\"", ",\"pin_change_required\":true");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345",
           "/changecredential/ChangeCredentialServlet?device=SEP1</URL>");
    expect(cluster, CHANGE, "<QueryStringParam>newpin</QueryStringParam>");
    expect(cluster, CHANGE "&userid=alice&oldpin=12345&newpin=777777&confirmpin=777778",
           "The new PINs differ");
    expect(cluster, CHANGE "&userid=alice&oldpin=12345&newpin=777&confirmpin=777",
           "A PIN has 4 to 64 digits");
    expect(cluster, CHANGE "&userid=alice&oldpin=12345&newpin=12345&confirmpin=12345",
           "The new PIN is the old one");
    expect(cluster, CHANGE "&userid=alice&oldpin=11111&newpin=777777&confirmpin=777777", "(201)");
    expect(cluster, CHANGE "&userid=zoe&oldpin=11111&newpin=777777&confirmpin=777777", "(201)");
    expect(cluster, CHANGE "&userid=alice&oldpin=12345&newpin=777777&confirmpin=777777",
           "PIN changed");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "(201)");
    expect(cluster, PAGE "SEP1&userid=alice&seq=777777", "Login successful");
    expect(cluster, CHANGE, "<DefaultValue>alice</DefaultValue>");
    assert_null(sj_testkit_find(cluster->kit, "log", "777777"));
}

/* The form tells who is logged in: only to phones, and to whom the login page would tell it. */
static void the_form_is_for_phones(void **state) {
    struct cluster *cluster = *state;
    expect(cluster, "/changecredential/ChangeCredentialServlet?device=SEP00DEADBEEF00",
           "Login is unavailable(11)");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    expect(cluster, CHANGE, "<DefaultValue>alice</DefaultValue>");
    set(cluster, &sj_param_em_validate_ip_address_meta, "true");
    expect(cluster, CHANGE, "Login is unavailable(28)");
    set(cluster, &sj_param_em_validate_ip_address_meta, "false");
    expect(cluster, CHANGE, "<DefaultValue>alice</DefaultValue>");
}

static void pins_grow_old(void **state) {
    struct cluster *cluster = *state;
    static const char login[] = PAGE "SEP1&userid=alice&seq=12345",
                      logout[] = PAGE "SEP1&doLogout=true";
    set(cluster, &sj_param_enterprise_credential_expires_after_meta, "2");
    /* Since when the PIN holds is not known: it counts from its first use. */
    expect(cluster, login, "Login successful");
    expect(cluster, logout, "Logout successful");
    sj_testkit_advance(cluster->kit, INT64_C(47) * 60 * MINUTE);
    expect(cluster, login, "Login successful");
    expect(cluster, logout, "Logout successful");
    sj_testkit_advance(cluster->kit, 60 * MINUTE);
    expect(cluster, login, "PIN change is required");
    expect(cluster, PAGE "SEP1&userid=alice&seq=54321", "(201)");
    put_user(cluster, "alice", "\"alice-8851\"", ",\"pin_does_not_expire\":true");
    expect(cluster, login, "Login successful");
    expect(cluster, logout, "Logout successful");
    put_user(cluster, "alice", "\"alice-8851\"", "");
    expect(cluster, login, "PIN change is required");
    expect(cluster, CHANGE "&userid=alice&oldpin=12345&newpin=777777&confirmpin=777777",
           "PIN changed");
    expect(cluster, PAGE "SEP1&userid=alice&seq=777777", "Login successful");
    expect(cluster, logout, "Logout successful");
    sj_testkit_advance(cluster->kit, INT64_C(49) * 60 * MINUTE);
    expect(cluster, PAGE "SEP1&userid=alice&seq=777777", "PIN change is required");
    set(cluster, &sj_param_enterprise_credential_expires_after_meta, "0");
    expect(cluster, PAGE "SEP1&userid=alice&seq=777777", "Login successful");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(secrets_stay_secret, setup, teardown),
        cmocka_unit_test_setup_teardown(pins_are_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(pins_grow_old, setup, teardown),
        cmocka_unit_test_setup_teardown(the_form_is_for_phones, setup, teardown),
    };
    return cmocka_run_group_tests_name("PINs on the phone", tests, NULL, NULL);
}
