/* The node's identities on disk: made once, kept, and damaged in every way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/x509v3.h>

#include "host/core/node.h"
#include "host/tls/certificate.h"
#include "host/tls/identity.h"

static struct node node;
static char directory[] = "/tmp/sj-identity-XXXXXX";

static int setup(void **state) {
    (void)state;
    memset(&node, 0, sizeof node);
    (void)strcpy(directory, "/tmp/sj-identity-XXXXXX");
    node.facts.state_directory = mkdtemp(directory);
    node.facts.name = "hq-1";
    node.facts.cluster_id = "HQ";
    node.facts.address = "127.0.0.9";
    return node.facts.state_directory != NULL ? 0 : -1;
}

static int teardown(void **state) {
    char command[200];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command); /* NOLINT: a directory of this test */
}

static const char *path(const char *name) {
    static char text[200];
    (void)snprintf(text, sizeof text, "%s/identity/%s", directory, name);
    return text;
}

static void overwrite(const char *name, const char *text) {
    FILE *file = fopen(path(name), "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    assert_int_equal(chmod(path(name), 0600),
                     0); /* a key that others may read is refused for that */
}

static void made_once_and_kept(void **state) {
    struct identity first, second;
    struct stat info;
    sj_error error;
    char name[200];
    (void)state;
    assert_int_equal(sj_identity_load(&node.facts, SJ_IDENTITY_TOMCAT, &first, &error), SJ_OK);
    assert_int_equal(stat(path("tomcat.key"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(stat(path("tomcat.pem"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(stat(path(""), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(sj_identity_load(&node.facts, SJ_IDENTITY_TOMCAT, &second, &error), SJ_OK);
    assert_string_equal(first.certificate_pem, second.certificate_pem);
    assert_int_equal(EVP_PKEY_get_base_id(first.key), EVP_PKEY_EC);
    (void)X509_NAME_oneline(X509_get_subject_name(first.certificate), name, sizeof name);
    assert_string_equal(name, "/O=HQ/CN=hq-1");
    assert_int_equal(X509_check_ip_asc(first.certificate, "127.0.0.9", 0), 1);
    assert_int_equal(X509_check_host(first.certificate, "hq-1", 4, 0, NULL), 1);
    assert_int_equal(X509_check_ip_asc(first.certificate, "127.0.0.8", 0), 0);
    assert_int_equal(X509_verify(first.certificate, first.key), 1);
    sj_identity_clear(&first);
    sj_identity_clear(&second);
    assert_int_equal(sj_identity_load(&node.facts, SJ_IDENTITY_CALLMANAGER, &first, &error), SJ_OK);
    assert_int_equal(EVP_PKEY_get_base_id(first.key), EVP_PKEY_RSA);
    assert_int_equal(EVP_PKEY_get_bits(first.key), 2048);
    sj_identity_clear(&first);
}

static void expect_refusal(const char *sentence) {
    struct identity identity;
    sj_error error = {.text = ""};
    assert_int_equal(sj_identity_load(&node.facts, SJ_IDENTITY_TVS, &identity, &error),
                     SJ_E_CORRUPT);
    assert_null(identity.key);
    if (strstr(error.text, sentence) == NULL || strstr(error.text, "TVS") == NULL) {
        fail_msg("%s", error.text);
    }
}

static void damaged(void **state) {
    struct identity identity, other;
    sj_error error;
    char *key;
    (void)state;
    assert_int_equal(sj_identity_load(&node.facts, SJ_IDENTITY_TVS, &identity, &error), SJ_OK);
    assert_int_equal(sj_identity_load(&node.facts, SJ_IDENTITY_TOMCAT, &other, &error), SJ_OK);
    overwrite("TVS.pem", "nonsense");
    expect_refusal("a certificate in PEM form was expected");
    overwrite("TVS.pem", "");
    expect_refusal("a certificate in PEM form was expected");
    overwrite("TVS.pem", other.certificate_pem);
    expect_refusal("do not belong together");
    overwrite("TVS.pem", identity.certificate_pem);
    overwrite("TVS.key",
              "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n");
    expect_refusal("a private key in PEM form was expected");
    assert_int_equal(unlink(path("TVS.key")), 0);
    expect_refusal("is missing");
    /* A key alone is what a crash between the two writes leaves: the certificate is made for it. */
    overwrite("TVS.key", identity.key_pem);
    assert_int_equal(unlink(path("TVS.pem")), 0);
    key = strdup(identity.key_pem);
    sj_identity_clear(&identity);
    assert_int_equal(sj_identity_load(&node.facts, SJ_IDENTITY_TVS, &identity, &error), SJ_OK);
    assert_string_equal(identity.key_pem, key);
    assert_int_equal(access(path("TVS.pem"), R_OK), 0);
    free(key);
    sj_identity_clear(&identity);
    sj_identity_clear(&other);
}

static void unwritable(void **state) {
    struct identity identity;
    sj_error error;
    (void)state;
    node.facts.state_directory = "/proc/nowhere";
    assert_int_equal(sj_identity_load(&node.facts, SJ_IDENTITY_TOMCAT, &identity, &error), SJ_E_IO);
    assert_non_null(strstr(error.text, "/proc/nowhere/identity"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(made_once_and_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged, setup, teardown),
        cmocka_unit_test_setup_teardown(unwritable, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
