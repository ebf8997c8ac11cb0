/* The certificate exchange in the test kit: two clusters, one directory held by the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sojourn/testkit.h>

#include "events/emcc.h"
#include "resources/certificates.h"
#include "resources/ils.h"
#include "resources/session.h"

extern const sj_plugin sj_plugin_descriptor;

enum { MOST_FILES = 32, PREFIX = sizeof "file:///exchange/" - 1 };

#define NEW_YEAR_2027                                                                              \
    INT64_C(1798761600000) /* the test kit's certificate is valid from November 2026 */

/* The exchange directory. */
struct directory {
    struct {
        char name[300];
        char *data;
        size_t length;
    } files[MOST_FILES];
    size_t count;
    char listing[8192];
    bool down, missing;
};

struct clusters {
    sj_testkit *hq, *br;
    struct directory place;
};

static int64_t serve(void *user, const sj_http_call *call, sj_http_result *result) {
    struct directory *place = user;
    assert_memory_equal(call->url, "file:///exchange/", PREFIX);
    const char *name = call->url + PREFIX;
    if (place->down) {
        return 5;
    }
    result->status = SJ_OK;
    result->http_status = 200;
    if (strcmp(call->method, "LIST") == 0 && place->missing) {
        result->status = SJ_E_NOT_FOUND;
        return 5;
    }
    if (strcmp(call->method, "LIST") == 0) {
        int length = snprintf(place->listing, sizeof place->listing,
                              ".\n..\nREADME\n../evil_tomcat.pkcs12\n");
        for (size_t i = 0; i < place->count; i++) {
            length += snprintf(place->listing + length, sizeof place->listing - (size_t)length,
                               "%s\n", place->files[i].name);
        }
        result->body = place->listing;
        result->body_length = strlen(place->listing);
        return 5;
    }
    size_t at = 0;
    while (at < place->count && strcmp(place->files[at].name, name) != 0) {
        at++;
    }
    if (strcmp(call->method, "PUT") == 0) {
        place->missing = false; /* it is made */
        assert_true(at < MOST_FILES);
        if (at == place->count) {
            place->count++;
            (void)snprintf(place->files[at].name, sizeof place->files[at].name, "%s", name);
        } else {
            free(place->files[at].data);
        }
        place->files[at].data = malloc(call->body_length);
        memcpy(place->files[at].data, call->body, call->body_length);
        place->files[at].length = call->body_length;
        return 5;
    }
    assert_true(at < place->count);
    result->body = place->files[at].data;
    result->body_length = place->files[at].length;
    return 5;
}

static sj_testkit *open_cluster(const char *id, const char *name, struct directory *place) {
    sj_error error;
    sj_testkit_options options = {.cluster_id = id, .node = name, .wall_ms = NEW_YEAR_2027};
    sj_testkit *kit = sj_testkit_open(&options);
    sj_testkit_on_fetch(kit, serve, place);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    return kit;
}

static int setup(void **state) {
    struct clusters *both = calloc(1, sizeof *both);
    both->hq = open_cluster("HQ", "hq-1", &both->place);
    both->br = open_cluster("BR", "br-1", &both->place);
    *state = both;
    return 0;
}

static int teardown(void **state) {
    struct clusters *both = *state;
    sj_error error = {0};
    int status = sj_testkit_end(both->hq, &error);
    status = status == SJ_OK ? sj_testkit_end(both->br, &error) : status;
    if (status != SJ_OK) {
        print_error("%s\n", error.text);
    }
    for (size_t i = 0; i < both->place.count; i++) {
        free(both->place.files[i].data);
    }
    free(both);
    return status;
}

/* What a request came to. */
struct outcome {
    bool came;
    int status;
    sj_error error;
    int64_t imported, unchanged, removed, refused;
    char first_key[40], first_use[120], first_refused[240];
    size_t listed, files, skipped, withdrawn;
    char first_skipped[400], message[800];
};

static void took(struct outcome *out, int status, const sj_error *error) {
    out->came = true;
    out->status = status;
    if (error != NULL) {
        out->error = *error;
    }
}

static void on_export(void *user, int status, const sj_error *error,
                      const sj_certificates_export_reply *reply) {
    took(user, status, error);
    struct outcome *out = user;
    out->files = reply == NULL ? 0 : reply->files_count;
    (void)snprintf(out->message, sizeof out->message, "%s", reply == NULL ? "" : reply->message);
}

static void on_consolidate(void *user, int status, const sj_error *error,
                           const sj_certificates_consolidate_reply *reply) {
    took(user, status, error);
    struct outcome *out = user;
    out->files = reply == NULL ? 0 : reply->files_count;
    out->skipped = reply == NULL ? 0 : reply->skipped_count;
    (void)snprintf(out->first_skipped, sizeof out->first_skipped, "%s",
                   out->skipped == 0 ? "" : reply->skipped[0]);
}

static void on_import(void *user, int status, const sj_error *error,
                      const sj_certificates_import_reply *reply) {
    struct outcome *out = user;
    took(out, status, error);
    if (reply != NULL) {
        out->imported = reply->imported;
        out->unchanged = reply->unchanged;
        out->listed = reply->certificates_count;
        out->refused = reply->refused;
        out->withdrawn = reply->withdrawn_count;
        (void)snprintf(out->message, sizeof out->message, "%s", reply->message);
        (void)snprintf(out->first_key, sizeof out->first_key, "%s", reply->details[0].key);
        (void)snprintf(out->first_refused, sizeof out->first_refused, "%s",
                       reply->details[0].refused);
        (void)snprintf(out->first_use, sizeof out->first_use, "%s",
                       reply->details[0].also_trusted_for_count > 0
                           ? reply->details[0].also_trusted_for[0]
                           : "");
    }
}

static struct outcome await(sj_testkit *kit, struct outcome *out) {
    sj_testkit_advance(kit, 5000);
    assert_true(out->came);
    return *out;
}

static struct outcome export_all(sj_testkit *kit) {
    struct outcome out = {0};
    sj_certificates_export request = {0};
    assert_int_equal(
        sj_ask_certificates_export(sj_testkit_scope(kit), &request, 0, on_export, &out, NULL),
        SJ_OK);
    return await(kit, &out);
}

static struct outcome consolidate_all(sj_testkit *kit) {
    struct outcome out = {0};
    sj_certificates_consolidate request = {0};
    assert_int_equal(sj_ask_certificates_consolidate(sj_testkit_scope(kit), &request, 0,
                                                     on_consolidate, &out, NULL),
                     SJ_OK);
    return await(kit, &out);
}

static struct outcome import_all(sj_testkit *kit, bool confirm) {
    struct outcome out = {0};
    sj_certificates_import request = {.confirm = confirm};
    assert_int_equal(
        sj_ask_certificates_import(sj_testkit_scope(kit), &request, 0, on_import, &out, NULL),
        SJ_OK);
    return await(kit, &out);
}

static struct outcome import_again(sj_testkit *kit, const char *cluster_id) {
    struct outcome out = {0};
    sj_certificates_import request = {.confirm = true, .again = &cluster_id, .again_count = 1};
    assert_int_equal(
        sj_ask_certificates_import(sj_testkit_scope(kit), &request, 0, on_import, &out, NULL),
        SJ_OK);
    return await(kit, &out);
}

static void set_directory(struct clusters *both) {
    sj_error error;
    static const char record[] = "{\"url\":\"file:///exchange/\"}";
    assert_int_equal(sj_testkit_put(both->hq, &sj_bulk_certificate_management_meta, record, &error),
                     SJ_OK);
    assert_int_equal(sj_testkit_put(both->br, &sj_bulk_certificate_management_meta, record, &error),
                     SJ_OK);
}

static void without_directory_it_says_so(void **state) {
    struct clusters *both = *state;
    struct outcome out = export_all(both->hq);
    assert_int_equal(out.status, SJ_E_UNAVAILABLE);
    assert_non_null(strstr(out.error.text, "sftp://"));
}

/* A directory that is mistyped is made by the first file in it: the answer says so. */
static void a_directory_that_is_made_is_said(void **state) {
    struct clusters *both = *state;
    set_directory(both);
    both->place.missing = true;
    const struct outcome made = export_all(both->hq);
    assert_int_equal(made.files, 4);
    assert_non_null(
        strstr(made.message, "; the directory file:///exchange/ was not there and has been made"));
    assert_string_equal(export_all(both->hq).message,
                        "4 files written; consolidate once every cluster has exported");
}

static void the_whole_exchange(void **state) {
    struct clusters *both = *state;
    set_directory(both);
    assert_int_equal(consolidate_all(both->hq).status, SJ_E_CONFLICT);
    assert_int_equal(export_all(both->hq).files, 4);
    struct outcome early = consolidate_all(both->hq);
    assert_int_equal(early.status, SJ_E_CONFLICT);
    assert_non_null(strstr(early.error.text, "HQ"));
    assert_int_equal(import_all(both->hq, true).status, SJ_E_CONFLICT);
    assert_int_equal(export_all(both->br).files, 4);
    assert_int_equal(consolidate_all(both->br).files, 4);

    struct outcome shown = import_all(both->hq, false);
    assert_int_equal(shown.status, SJ_OK);
    assert_int_equal(shown.imported, 0);
    assert_int_equal(shown.listed, 5);
    assert_int_equal(shown.refused, 0);
    assert_true(strncmp(shown.first_key, "EC ", 3) == 0 ||
                strncmp(shown.first_key, "RSA ", 4) == 0);
    assert_string_equal(
        shown.first_use,
        "CallManager of cluster BR"); /* the test kit shows one certificate for all kinds */
    sj_scope *scope = sj_testkit_scope(both->hq);
    assert_int_equal(scope->host->store_count(scope, &sj_trusted_certificate_meta, NULL, NULL), 0);

    /* The test kit shows the same certificate for every kind: it is trusted once. */
    struct outcome done = import_all(both->hq, true);
    assert_int_equal(done.imported, 1);
    assert_int_equal(scope->host->store_count(scope, &sj_trusted_certificate_meta, NULL, NULL), 1);
    assert_non_null(sj_testkit_find(both->hq, "event", "certificates.imported"));
    struct outcome again = import_all(both->hq, true);
    assert_int_equal(again.imported, 0);
    assert_int_equal(again.unchanged, 5);
    sj_query own = {.field = "cluster_id", .value = "HQ"};
    assert_int_equal(scope->host->store_count(scope, &sj_trusted_certificate_meta, &own, NULL), 0);
}

static void on_remove(void *user, int status, const sj_error *error,
                      const sj_certificates_remove_reply *reply) {
    struct outcome *out = user;
    took(out, status, error);
    out->removed = reply == NULL ? 0 : reply->removed;
}

static struct outcome remove_of(sj_testkit *kit, const char *cluster_id, bool force) {
    struct outcome out = {0};
    const sj_certificates_remove request = {.cluster_id = cluster_id, .force = force};
    assert_int_equal(
        sj_ask_certificates_remove(sj_testkit_scope(kit), &request, 0, on_remove, &out, NULL),
        SJ_OK);
    return await(kit, &out);
}

/* Without the certificates neither cluster could notify the other of a logout. */
static void certificates_in_use_go_by_force_only(void **state) {
    struct clusters *both = *state;
    sj_error error;
    set_directory(both);
    assert_int_equal(export_all(both->hq).files, 4);
    assert_int_equal(export_all(both->br).files, 4);
    assert_int_equal(consolidate_all(both->br).files, 4);
    assert_int_equal(import_all(both->hq, true).status, SJ_OK);
    assert_int_equal(sj_testkit_put(both->hq, &sj_session_meta,
                                    "{\"device_name\":\"SEP000000000001\",\"user_id\":\"alice\","
                                    "\"kind\":\"home\",\"state\":\"active\","
                                    "\"remote_cluster_id\":\"BR\"}",
                                    &error),
                     SJ_OK);
    const struct outcome refused = remove_of(both->hq, "BR", false);
    assert_int_equal(refused.status, SJ_E_IN_USE);
    assert_non_null(strstr(refused.error.text, "alice is logged in on SEP000000000001 at BR"));
    assert_non_null(strstr(refused.error.text, "force=true removes them all the same"));
    assert_true(remove_of(both->hq, "BR", true).removed > 0);
}

static void trust_is_withdrawn(void **state) {
    struct clusters *both = *state;
    set_directory(both);
    (void)export_all(both->hq);
    (void)export_all(both->br);
    (void)consolidate_all(both->hq);
    assert_int_equal(import_all(both->hq, true).imported, 1);
    sj_scope *scope = sj_testkit_scope(both->hq);

    struct outcome other = remove_of(both->hq, "XX", false);
    assert_int_equal(other.status, SJ_E_NOT_FOUND);
    assert_string_equal(other.error.text, "no certificate of cluster XX is trusted");
    assert_int_equal(scope->host->store_count(scope, &sj_trusted_certificate_meta, NULL, NULL), 1);

    struct outcome out = remove_of(both->hq, "BR", false);
    assert_int_equal(out.status, SJ_OK);
    assert_int_equal(out.removed, 1);
    assert_int_equal(scope->host->store_count(scope, &sj_trusted_certificate_meta, NULL, NULL), 0);
    assert_int_equal(remove_of(both->hq, "BR", false).status, SJ_E_NOT_FOUND);

    /* Which is known after a restart, whatever else runs; an import that is not meant for BR leaves
     * it out, and shows that before. */
    sj_ils_ground *noted = NULL;
    assert_int_equal(sj_ils_ground_get(scope, "BR", &noted, NULL), SJ_OK);
    assert_int_equal(noted->ground, SJ_ILS_TRUST_WITHDRAWN);
    sj_record_free(scope, noted);
    for (int confirm = 0; confirm < 2; confirm++) {
        out = import_all(both->hq, confirm == 1);
        assert_int_equal(out.status, SJ_OK);
        assert_int_equal(out.imported, 0);
        assert_int_equal(out.refused, 0);
        assert_int_equal(out.withdrawn, 1);
        assert_string_equal(out.first_refused,
                            "trust in BR was withdrawn here: again=BR trusts it again");
        assert_non_null(strstr(out.message,
                               "; 5 of BR left out, as trust in it was withdrawn here (again=BR)"));
    }
    assert_int_equal(scope->host->store_count(scope, &sj_trusted_certificate_meta, NULL, NULL), 0);
    assert_int_equal(import_again(both->hq, "BR").imported, 1);
    assert_int_equal(import_all(both->hq, true).unchanged, 5);
}

static void a_damaged_file_stops_the_import(void **state) {
    struct clusters *both = *state;
    set_directory(both);
    (void)export_all(both->hq);
    (void)export_all(both->br);
    (void)consolidate_all(both->hq);
    for (size_t i = 0; i < both->place.count; i++) {
        if (strstr(both->place.files[i].name, "bulk_capf") != NULL) {
            both->place.files[i].data[both->place.files[i].length / 2] ^= 1;
        }
    }
    struct outcome out = import_all(both->br, true);
    assert_int_equal(out.status, SJ_E_INVALID);
    assert_non_null(strstr(out.error.text, "bulk_capf"));
    sj_scope *scope = sj_testkit_scope(both->br);
    assert_int_equal(scope->host->store_count(scope, &sj_trusted_certificate_meta, NULL, NULL), 0);
}

/* A PKCS#12 file without content whose MAC asks for 2^31 iterations: computed, they take twelve
 * minutes. */
static void lay_down_an_endless_file(struct directory *place, const char *name) {
    static const unsigned char file[] = {
        0x30, 0x56, 0x02, 0x01, 0x03, 0x30, 0x11, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
        0x01, 0x07, 0x01, 0xa0, 0x04, 0x04, 0x02, 0x30, 0x00, 0x30, 0x3e, 0x30, 0x21, 0x30, 0x09,
        0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14, 1,    2,    3,    4,
        5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   15,   16,   17,   18,   19,
        20,   0x04, 0x12, 1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12,
        13,   14,   15,   16,   17,   18,   0x02, 0x05, 0x00, 0x80, 0x00, 0x00, 0x00};
    const size_t length = sizeof file;
    place->files[place->count].data = malloc(length);
    assert_non_null(place->files[place->count].data);
    memcpy(place->files[place->count].data, file, length);
    place->files[place->count].length = sizeof file;
    (void)snprintf(place->files[place->count].name, sizeof place->files[place->count].name, "%s",
                   name);
    place->count++;
}

static void one_bad_file_does_not_stop_the_others(void **state) {
    struct clusters *both = *state;
    set_directory(both);
    lay_down_an_endless_file(&both->place, "evil_tomcat.pkcs12");
    struct outcome alone = consolidate_all(both->hq);
    assert_int_equal(alone.status, SJ_E_CONFLICT);
    assert_non_null(strstr(alone.error.text, "iterations"));
    (void)export_all(both->hq);
    (void)export_all(both->br);
    struct outcome out = consolidate_all(both->hq);
    assert_int_equal(out.status, SJ_OK);
    assert_int_equal(out.files, 4);
    assert_int_equal(out.skipped, 1);
    assert_non_null(strstr(out.first_skipped, "evil_tomcat.pkcs12"));
    assert_non_null(strstr(out.first_skipped, "iterations"));
    assert_int_equal(import_all(both->br, true).imported, 1);
}

static void what_cannot_work_is_not_imported(void **state) {
    struct clusters *both = *state;
    set_directory(both);
    (void)export_all(both->hq);
    (void)export_all(both->br);
    (void)consolidate_all(both->hq);
    sj_testkit_set_wall(both->br, NEW_YEAR_2027 - INT64_C(31536000000));
    struct outcome out = import_all(both->br, true);
    assert_int_equal(out.imported, 0);
    assert_int_equal(out.refused, 5);
    assert_non_null(strstr(out.first_refused, "it is not valid before 2026-11-23"));
    sj_scope *scope = sj_testkit_scope(both->br);
    assert_int_equal(scope->host->store_count(scope, &sj_trusted_certificate_meta, NULL, NULL), 0);
    sj_testkit_set_wall(both->br, NEW_YEAR_2027);
    assert_int_equal(import_all(both->br, true).imported, 1);
}

static void settings_for_sftp_count_for_sftp_alone(void **state) {
    struct clusters *both = *state;
    sj_error error;
    static const char stale[] =
        "{\"url\":\"file:///exchange/\",\"user_id\":\"emcc\",\"password_file\":\"/nonexistent/p\"}";
    static const char missing[] =
        "{\"url\":\"sftp://files/exchange/\",\"password_file\":\"/nonexistent/p\"}";
    assert_int_equal(sj_testkit_put(both->hq, &sj_bulk_certificate_management_meta, stale, &error),
                     SJ_OK);
    assert_int_equal(export_all(both->hq).files, 4);
    assert_int_equal(
        sj_testkit_put(both->hq, &sj_bulk_certificate_management_meta, missing, &error), SJ_OK);
    struct outcome out = export_all(both->hq);
    assert_int_equal(out.status, SJ_E_CONFLICT); /* the disk of the node is not full */
    assert_string_equal(out.error.field, "password_file");
}

static void an_unreachable_server_is_reported(void **state) {
    struct clusters *both = *state;
    set_directory(both);
    both->place.down = true;
    assert_int_equal(export_all(both->hq).status, SJ_E_UNAVAILABLE);
    assert_int_equal(import_all(both->hq, true).status, SJ_E_UNAVAILABLE);
    assert_int_equal(sj_testkit_owned(both->hq, "certificates", "fetch"), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(without_directory_it_says_so),
        TEST(certificates_in_use_go_by_force_only),
        TEST(a_directory_that_is_made_is_said),
        TEST(the_whole_exchange),
        TEST(trust_is_withdrawn),
        TEST(a_damaged_file_stops_the_import),
        TEST(one_bad_file_does_not_stop_the_others),
        TEST(what_cannot_work_is_not_imported),
        TEST(settings_for_sftp_count_for_sftp_alone),
        TEST(an_unreachable_server_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
