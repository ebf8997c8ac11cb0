/* The pages of Extension Mobility: what parameters change in them, which addresses may ask for
 * them, and bad input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sojourn/dns.h>

#include "em_cluster.h"
#include "parameters/extension_mobility.h"

static void pages_follow_parameters(void **state) {
    struct cluster *cluster = *state;
    expect(cluster, PAGE "SEP1", "<InputFlags>A</InputFlags>");
    set(cluster, &sj_param_em_alphanumeric_user_id_meta, "false");
    expect(cluster, PAGE "SEP1", "<InputFlags>N</InputFlags>");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    assert_null(strstr(page(cluster, PAGE "SEP1"), "alice"));
    set(cluster, &sj_param_em_remember_the_last_user_logged_in_meta, "true");
    expect(cluster, PAGE "SEP1", "<DefaultValue>alice</DefaultValue>");
    assert_null(strstr(page(cluster, PAGE "SEP1&loginType=DN"), "alice"));
    set(cluster, &sj_param_em_clear_call_logs_on_intra_cluster_em_meta, "true");
    const sj_testkit_reply *done = sj_testkit_get(cluster->kit, PAGE "SEP1&userid=alice&seq=12345");
    assert_non_null(strstr(sj_testkit_reply_header(done, "Refresh"), "&clearCallLogs=true"));
    expect(cluster, PAGE "SEP1&clearCallLogs=true", "Init:CallHistory");
}

static const char *page_from(struct cluster *cluster, const char *path, const char *peer,
                             const char *via) {
    const sj_http_header headers[] = {{"Via", via != NULL ? via : ""}};
    const sj_testkit_request request = {
        .path = path, .peer = peer, .headers = headers, .headers_count = via != NULL ? 1 : 0};
    return sj_testkit_send(cluster->kit, &request)->body;
}

/* The name servers know one name, with two addresses. */
static void know_trusted(void *user, const char *name, sj_dns_type type, sj_dns_answer *answer) {
    static sj_dns_record records[2];
    const bool *reachable = user;
    if (type == SJ_DNS_ADDRESSES && strcmp(name, "kiosk.example") == 0 && *reachable) {
        assert_int_equal(sj_address_parse("2001:db8::7", 0, &records[0].address), SJ_OK);
        assert_int_equal(sj_address_parse("192.0.2.77", 0, &records[1].address), SJ_OK);
        answer->status = SJ_OK;
        answer->records = records;
        answer->count = 2;
    }
}

static void addresses_are_validated(void **state) {
    struct cluster *cluster = *state;
    set(cluster, &sj_param_em_validate_ip_address_meta, "true");
    assert_non_null(
        strstr(page_from(cluster, PAGE "SEP1", "192.0.2.7", NULL), "Login is unavailable(28)"));
    set(cluster, &sj_param_em_trusted_list_of_ips_meta, "192.0.2.1; 192.0.2.7");
    assert_non_null(
        strstr(page_from(cluster, PAGE "SEP1", "192.0.2.7", NULL), "<CiscoIPPhoneInput>"));
    set(cluster, &sj_param_em_trusted_list_of_ips_meta, "");
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.7", NULL),
                           "<CiscoIPPhoneInput>")); /* remembered */
    cluster->registered_address = "192.0.2.8";
    assert_non_null(
        strstr(page_from(cluster, PAGE "SEP1", "192.0.2.8", NULL), "<CiscoIPPhoneInput>"));
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.9", NULL), "(28)"));
    /* Names are looked up beside the pages, which never wait for that. */
    bool reachable = true;
    sj_testkit_on_dns(cluster->kit, know_trusted, &reachable);
    set(cluster, &sj_param_em_trusted_list_of_ips_meta, "kiosk.example; gone.example");
    sj_testkit_run(cluster->kit);
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.9", NULL), "(28)"));
    assert_non_null(
        strstr(page_from(cluster, PAGE "SEP1", "192.0.2.77", NULL), "<CiscoIPPhoneInput>"));
    assert_non_null(
        sj_testkit_find(cluster->kit, "log", "gone.example: the DNS knows no such name"));
    /* What they told last holds while they tell nothing, for the other address too. */
    reachable = false;
    sj_testkit_advance(cluster->kit, 60000);
    assert_non_null(
        strstr(page_from(cluster, PAGE "SEP1", "2001:db8::7", NULL), "<CiscoIPPhoneInput>"));
    sj_testkit_on_dns(cluster->kit, NULL, NULL);
    sj_handle_close(sj_testkit_scope(cluster->kit), cluster->lookup);
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.10", NULL), "(29)"));
    /* Proxies */
    assert_non_null(
        strstr(page_from(cluster, PAGE "SEP1", "192.0.2.8", "1.1 proxy"), "<CiscoIPPhoneInput>"));
    set(cluster, &sj_param_em_allow_proxy_meta, "false");
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.8", "1.1 proxy"), "(30)"));
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1&EMCC=true", "192.0.2.8", "1.1 proxy"),
                           "<CiscoIPPhoneInput>"));
    set(cluster, &sj_param_em_emcc_allow_proxy_meta, "false");
    assert_non_null(
        strstr(page_from(cluster, PAGE "SEP1&EMCC=true", "192.0.2.8", "1.1 proxy"), "(30)"));
    set(cluster, &sj_param_em_validate_ip_address_meta, "false");
    assert_non_null(
        strstr(page_from(cluster, PAGE "SEP1", "192.0.2.8", "1.1 proxy"), "<CiscoIPPhoneInput>"));
}

/* Blanks around a user id or a PIN are no part of it, as with the API: on a keypad the key 0 gives
 * one. */
static void blanks_around_values_are_left_out(void **state) {
    struct cluster *cluster = *state;
    expect(cluster, PAGE "SEP1&userid=alice%20&seq=12345", "Login successful");
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    expect(cluster, PAGE "SEP1&userid=%20%20alice%0D%0A&seq=12345%0D", "Login successful");
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    expect(cluster, PAGE "SEP1&userid=al%20ice&seq=12345", "(201)");
    expect(cluster,
           "/changecredential/"
           "ChangeCredentialServlet?device=SEP1&userid=alice%20&oldpin=12345&newpin=54321&"
           "confirmpin=54321",
           "PIN changed");
    expect(cluster, PAGE "SEP1&userid=alice&seq=54321", "Login successful");
}

/* What the phone shows when it accepts these character sets. */
static const sj_testkit_reply *page_in(struct cluster *cluster, const char *path,
                                       const char *accept_charset) {
    const sj_http_header headers[] = {{"Accept-Charset", accept_charset}};
    const sj_testkit_request request = {.path = path, .headers = headers, .headers_count = 1};
    return sj_testkit_send(cluster->kit, &request);
}

static void old_phones_read_iso_8859_1(void **state) {
    struct cluster *cluster = *state;
    put_user(cluster, "zo\xc3\xab", "\"bob-8851\"", "");
    expect(cluster, PAGE "SEP1&userid=zo%C3%AB&seq=12345", "Login successful");
    const sj_testkit_reply *reply = page_in(cluster, PAGE "SEP1", "iso-8859-1");
    assert_string_equal(reply->content_type, "text/xml; charset=ISO-8859-1");
    assert_non_null(strstr(reply->body, "encoding=\"ISO-8859-1\""));
    assert_non_null(strstr(reply->body, "<Text>zo\xeb is logged in"));
    reply = page_in(cluster, PAGE "SEP1", "utf-8,;q=0.8");
    assert_string_equal(reply->content_type, "text/xml; charset=UTF-8");
    assert_non_null(strstr(reply->body, "<Text>zo\xc3\xab is logged in"));
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    /* What such a phone sends back is in that character set, too. */
    assert_non_null(strstr(page_in(cluster, PAGE "SEP1&userid=zo%EB&seq=12345", "iso-8859-1")->body,
                           "Login successful"));
}

static void bad_input_harms_nothing(void **state) {
    struct cluster *cluster = *state;
    char path[8192];
    memset(path, 'A', sizeof path);
    memcpy(path, PAGE, strlen(PAGE));
    path[sizeof path - 1] = '\0';
    expect(cluster, path, "(11)");
    (void)snprintf(path, sizeof path, PAGE "SEP1&userid=%0500d&seq=1", 7);
    expect(cluster, path, "(201)");
    expect(cluster, PAGE "SEP1&userid=%3Cscript%3E%00&seq=1", "(20");
    expect(cluster, PAGE "SEP1&choice=zzz&profile=x", "(201)");
    assert_non_null(strstr(sj_testkit_post_form(cluster->kit, "/emapp/EMAppServlet",
                                                "device=SEP1&userid=alice&seq=12345")
                               ->body,
                           "Login successful"));
}

static void refuses_head(struct cluster *cluster, const char *path) {
    const sj_testkit_request request = {.method = "HEAD", .path = path};
    const sj_testkit_reply *reply = sj_testkit_send(cluster->kit, &request);
    assert_int_equal(reply->status, 405);
    assert_string_equal(sj_testkit_reply_header(reply, "Allow"), "GET, POST");
}

static void a_head_changes_nothing(void **state) {
    struct cluster *cluster = *state;
    refuses_head(cluster, PAGE "SEP1&userid=alice&seq=12345");
    expect(cluster, PAGE "SEP1", "<CiscoIPPhoneInput>");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    refuses_head(cluster, PAGE "SEP1&doLogout=true");
    refuses_head(cluster, "/changecredential/"
                          "ChangeCredentialServlet?device=SEP1&userid=alice&oldpin=12345&newpin="
                          "54321&confirmpin=54321");
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_follow_parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(addresses_are_validated, setup, teardown),
        cmocka_unit_test_setup_teardown(blanks_around_values_are_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(old_phones_read_iso_8859_1, setup, teardown),
        cmocka_unit_test_setup_teardown(a_head_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_input_harms_nothing, setup, teardown),
    };
    return cmocka_run_group_tests_name("Pages of Extension Mobility", tests, NULL, NULL);
}
