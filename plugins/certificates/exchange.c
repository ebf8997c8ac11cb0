/* See exchange.h. */
#include "exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "resources/certificates.h"

enum { MOST_FILES = 500, NAME_ROOM = 300, URL_ROOM = 700, PASSWORD_ROOM = 256, FETCH_TIMEOUT_MS = 30000 };

struct exchange {
    sj_scope *scope;
    char directory[512]; /* URL with a slash at its end */
    char user_id[160], host_key[80], password[PASSWORD_ROOM];

    /* the operation under way */
    int wanted;
    bool bulk;
    bundle *read_into;
    const bundle *write_from;
    char prefix[300];
    char names[MOST_FILES][NAME_ROOM];
    size_t names_count, next;
    exchange_done_fn done;
    void *done_user;
};

static int read_password(exchange *place, const char *path, sj_error *error) {
    FILE *file = fopen(path, "re");
    if (file == NULL || fgets(place->password, sizeof place->password, file) == NULL) {
        int status = sj_error_field(error, SJ_E_IO, "password_file", "the SFTP password file %s cannot be read: %s", path,
                                    file == NULL ? strerror(errno) : "it is empty");
        if (file != NULL) {
            (void)fclose(file);
        }
        return status;
    }
    (void)fclose(file);
    place->password[strcspn(place->password, "\r\n")] = '\0';
    return SJ_OK;
}

exchange *exchange_open(sj_scope *scope, sj_error *error) {
    sj_bulk_certificate_management *settings = NULL;
    if (sj_bulk_certificate_management_get(scope, "default", &settings, error) != SJ_OK) {
        return NULL;
    }
    exchange *place = sj_scope_alloc(scope, sizeof *place);
    if (place == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "no memory to exchange certificates");
    } else if (settings->url[0] == '\0') {
        (void)sj_error_field(
            error, SJ_E_UNAVAILABLE, "url",
            "Bulk Certificate Management has no SFTP server and directory yet: set url to sftp://HOST:PORT/DIRECTORY/ "
            "or file:///DIRECTORY/");
        place = NULL;
    } else {
        size_t length = strlen(settings->url);
        place->scope = scope;
        (void)snprintf(place->directory, sizeof place->directory, "%s%s", settings->url,
                       settings->url[length - 1] == '/' ? "" : "/");
        (void)snprintf(place->user_id, sizeof place->user_id, "%s", settings->user_id);
        (void)snprintf(place->host_key, sizeof place->host_key, "%s", settings->host_key_sha256);
        if (settings->password_file[0] != '\0' && read_password(place, settings->password_file, error) != SJ_OK) {
            place = NULL;
        }
    }
    sj_record_free(scope, settings);
    return place;
}

static void finish(exchange *place, int status, const sj_error *error) {
    place->done(place->done_user, status, error);
}

static void fetch(exchange *place, const char *method, const char *name, const void *body, size_t length,
                  sj_http_result_fn done) {
    char url[URL_ROOM];
    sj_error error;
    (void)snprintf(url, sizeof url, "%s%s", place->directory, name);
    sj_http_call call = {.size = sizeof call,
                         .method = method,
                         .url = url,
                         .body = body,
                         .body_length = length,
                         .timeout_ms = FETCH_TIMEOUT_MS,
                         .user = place->user_id,
                         .password = place->password,
                         .host_key_sha256 = place->host_key};
    if (sj_http_fetch(place->scope, &call, done, place, &error) == NULL) {
        finish(place, error.code, &error);
    }
}

static void get_next(exchange *place);

static void on_file(void *user, const sj_http_result *result) {
    exchange *place = user;
    const char *name = place->names[place->next];
    int type = certificate_type_of_file(name, place->bulk);
    sj_error error;
    int status = result->status != SJ_OK ? result->status
                                         : bundle_decode((const unsigned char *)result->body, result->body_length, name,
                                                         &place->read_into[type], &error);
    if (status != SJ_OK) {
        finish(place, status, result->status != SJ_OK ? result->error : &error);
        return;
    }
    place->next++;
    get_next(place);
}

static void get_next(exchange *place) {
    if (place->next == place->names_count) {
        finish(place, SJ_OK, NULL);
        return;
    }
    fetch(place, "GET", place->names[place->next], NULL, 0, on_file);
}

/* A name from the server becomes part of a URL: only plain names are taken. */
static bool plain_name(const char *name) {
    return name[0] != '.' && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == strlen(name);
}

static void on_listing(void *user, const sj_http_result *result) {
    exchange *place = user;
    if (result->status != SJ_OK) {
        finish(place, result->status, result->error);
        return;
    }
    for (const char *line = result->body; *line != '\0';) {
        size_t length = strcspn(line, "\r\n");
        char *name = place->names[place->names_count];
        if (length > 0 && length < NAME_ROOM) {
            memcpy(name, line, length);
            name[length] = '\0';
            int type = certificate_type_of_file(name, place->bulk);
            if (type >= 0 && certificate_type_wanted(place->wanted, (size_t)type) && plain_name(name)) {
                if (place->names_count == MOST_FILES - 1) {
                    sj_error error;
                    (void)sj_error_set(&error, SJ_E_LIMIT, "more than %d certificate files in %s", MOST_FILES - 1,
                                       place->directory);
                    finish(place, SJ_E_LIMIT, &error);
                    return;
                }
                place->names_count++;
            }
        }
        line += length + strspn(line + length, "\r\n");
    }
    get_next(place);
}

void exchange_gather(exchange *place, int wanted, bool bulk, bundle *bundles, exchange_done_fn done, void *user) {
    place->wanted = wanted;
    place->bulk = bulk;
    place->read_into = bundles;
    place->names_count = 0;
    place->next = 0;
    place->done = done;
    place->done_user = user;
    fetch(place, "LIST", "", NULL, 0, on_listing);
}

static void put_next(exchange *place);

static void on_written(void *user, const sj_http_result *result) {
    exchange *place = user;
    if (result->status != SJ_OK) {
        finish(place, result->status, result->error);
        return;
    }
    place->next++;
    put_next(place);
}

static void put_next(exchange *place) {
    while (place->next < CERTIFICATE_TYPES &&
           (!certificate_type_wanted(place->wanted, place->next) || place->write_from[place->next].count == 0)) {
        place->next++;
    }
    if (place->next == CERTIFICATE_TYPES) {
        finish(place, SJ_OK, NULL);
        return;
    }
    unsigned char *data;
    size_t length = 0;
    char name[NAME_ROOM + 32];
    sj_error error;
    int status = bundle_encode(&place->write_from[place->next], &data, &length, &error);
    if (status != SJ_OK) {
        finish(place, status, &error);
        return;
    }
    (void)snprintf(name, sizeof name, "%s_%s.pkcs12", place->prefix, certificate_types[place->next].name);
    fetch(place, "PUT", name, data, length, on_written);
    free(data);
}

void exchange_write(exchange *place, int wanted, const char *prefix, const bundle *bundles, exchange_done_fn done, void *user) {
    place->wanted = wanted;
    place->write_from = bundles;
    (void)snprintf(place->prefix, sizeof place->prefix, "%s", prefix);
    place->next = 0;
    place->done = done;
    place->done_user = user;
    put_next(place);
}
