/* Trust follows the resource trusted_certificate, whoever writes it. */
#include "../unit/store_fixture.h"

#include <openssl/x509.h>

#include "host/bus/bus.h"
#include "host/node/host_table.h"
#include "host/tls/certificate.h"
#include "host/tls/context.h"
#include "host/tls/expiry.h"
#include "resources/certificates.h"

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    sj_error error;
    (void)snprintf(fixture->path, sizeof fixture->path, ":memory:");
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(sj_node_init(&fixture->node, &fixture->loop, &error), SJ_OK);
    sj_table_fill(&fixture->node.table);
    fixture->node.schema = &sojourn_schema;
    assert_int_equal(sj_bus_open(&fixture->node, &error), SJ_OK);
    assert_int_equal(sj_store_open_at(&fixture->node, fixture->path, &error), SJ_OK);
    assert_int_equal(sj_tls_open(&fixture->node, &error), SJ_OK);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    sj_node_close_scope(&fixture->node);
    sj_tls_close(&fixture->node);
    sj_store_close(&fixture->node);
    sj_bus_close(&fixture->node);
    sj_node_finish(&fixture->node);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    free(fixture);
    return 0;
}

static void turn(struct fixture *fixture) {
    for (int i = 0; i < 20; i++) {
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
}

static void follows(void **state) {
    struct fixture *fixture = *state;
    struct node *node = &fixture->node;
    struct certificate_names names = {"br-1", "BR", "127.0.0.2"};
    sj_error error;
    EVP_PKEY *key = sj_key_make(false, &error);
    X509 *certificate = sj_certificate_make(key, &names, &error);
    char *pem = sj_certificate_pem(certificate);
    unsigned char fingerprint[32];
    char text[SJ_FINGERPRINT_TEXT], record_key[200];
    sj_trusted_certificate record = {
        .cluster_id = "BR", .kind = SJ_TRUSTED_CERTIFICATE_KIND_TOMCAT, .pem = pem};
    sj_certificate_fingerprint(certificate, fingerprint);
    sj_fingerprint_format(fingerprint, text);
    record.fingerprint = text;
    assert_int_equal(sj_tls_trust(node)->count, 0);
    if (sj_trusted_certificate_put(node->scope, &record, 0, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    turn(fixture);
    assert_int_equal(sj_tls_trust(node)->count, 1);
    assert_string_equal(
        sj_trust_find(sj_tls_trust(node), fingerprint, NULL, "tomcat", sj_tls_wall_ms(node)), "BR");
    /* Five years from now it will have expired, whatever the record says. */
    assert_null(sj_trust_find(sj_tls_trust(node), fingerprint, NULL, "tomcat",
                              sj_tls_wall_ms(node) + 5LL * 366 * 86400 * 1000));
    /* A fingerprint that is not the certificate's is no ground for trust. */
    text[0] = text[0] == 'a' ? 'b' : 'a';
    assert_int_equal(sj_trusted_certificate_put(node->scope, &record, 0, &error), SJ_OK);
    turn(fixture);
    assert_int_equal(sj_tls_trust(node)->count, 1);
    sj_fingerprint_format(fingerprint, text);
    (void)snprintf(record_key, sizeof record_key, "%s@BR", text);
    assert_int_equal(sj_trusted_certificate_delete(node->scope, record_key, &error), SJ_OK);
    turn(fixture);
    assert_int_equal(sj_tls_trust(node)->count, 0);
    /* Who vouches for phones ends too. */
    const sj_certificate_authority authority = {
        .name = "factory one", .purpose = SJ_TRUST_PURPOSE_PHONES, .fingerprint = text, .pem = pem};
    sj_text metrics = {0};
    if (sj_certificate_authority_put(node->scope, &authority, 0, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    sj_tls_add_expiry(&metrics, node);
    assert_non_null(strstr(metrics.data,
                           "{use=\"authority\",name=\"factory one\",kind=\"phones\",fingerprint="));
    sj_text_clear(&metrics);
    free(pem);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(follows, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
