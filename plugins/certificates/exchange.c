/* Lists, reads and writes the exchange directory; decodes and encodes its files as work beside the
 * loop. */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/file.h>

#include "bundle_limits.h"
#include "resources/certificates.h"

enum {
    MOST_FILES = 500,
    NAME_ROOM = 340,
    URL_ROOM = 700,
    PASSWORD_ROOM = 256,
    FETCH_TIMEOUT_MS = 30000
};

struct exchange {
    sj_scope *scope;
    char directory[512]; /* URL with a slash at its end */
    char user_id[160], host_key[80], password[PASSWORD_ROOM];

    /* the operation under way */
    int wanted;
    bool bulk, is_new;
    struct bundle *read_into;
    const struct bundle *write_from;
    char prefix[256];
    char names[MOST_FILES][NAME_ROOM];
    size_t names_count, next;
    const char *skipped[MOST_FILES]; /* sentences, owned by the scope */
    size_t skipped_count;
    exchange_done_fn done;
    void *done_user;
};

static int read_password(struct exchange *place, const char *path, sj_error *error) {
    sj_error why = {0};
    if (sj_file_first_line(path, place->password, sizeof place->password, &why) == SJ_OK) {
        return SJ_OK;
    }
    return sj_error_field(
        error, SJ_E_CONFLICT, "password_file",
        "the SFTP password file %s cannot be read: %s; write the password into its first line, "
        "readable by the node alone",
        path, why.text);
}

struct exchange *exchange_open(sj_scope *scope, sj_error *error) {
    sj_bulk_certificate_management *settings = NULL;
    if (sj_bulk_certificate_management_get(scope, "default", &settings, error) != SJ_OK) {
        return NULL;
    }
    struct exchange *place = sj_scope_alloc(scope, sizeof *place);
    if (place == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot exchange certificates");
    } else if (settings->url[0] == '\0') {
        (void)sj_error_field(error, SJ_E_UNAVAILABLE, "url",
                             "Bulk Certificate Management has no SFTP server and directory yet: "
                             "set url to sftp://HOST:PORT/DIRECTORY/ "
                             "or file:///DIRECTORY/");
        place = NULL;
    } else {
        size_t length = strlen(settings->url);
        place->scope = scope;
        (void)snprintf(place->directory, sizeof place->directory, "%s%s", settings->url,
                       settings->url[length - 1] == '/' ? "" : "/");
        (void)snprintf(place->user_id, sizeof place->user_id, "%s", settings->user_id);
        (void)snprintf(place->host_key, sizeof place->host_key, "%s",
                       sj_ssh_digest(settings->host_key_sha256));
        const bool by_sftp = strncmp(settings->url, "sftp://", sizeof "sftp://" - 1) == 0;
        if (by_sftp && settings->password_file[0] != '\0' &&
            read_password(place, settings->password_file, error) != SJ_OK) {
            place = NULL;
        }
    }
    sj_record_free(scope, settings);
    return place;
}

static void finish(struct exchange *place, int status, const sj_error *error) {
    place->done(place->done_user, status, error);
}

static void fetch(struct exchange *place, const char *method, const char *name, const void *body,
                  size_t length, sj_http_result_fn done) {
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
                         .host_key_sha256 = place->host_key,
                         .answer_max = BUNDLE_MOST_BYTES};
    if (sj_http_fetch(place->scope, &call, done, place, &error) == NULL) {
        finish(place, error.code, &error);
    }
}

static void get_next(struct exchange *place);

/* One file that is read, or written, on the pool. */
struct conversion {
    struct exchange *place;
    char name[NAME_ROOM];
    const struct bundle *from; /* written: lives as long as the operation, which awaits the job */
    struct bundle read;
    unsigned char *data; /* malloc'ed */
    size_t length;
    int status;
    sj_error error;
};

static void conversion_free(struct conversion *conversion) {
    bundle_free(&conversion->read);
    free(conversion->data);
    free(conversion);
}

/* Runs `work`, then `done`, which frees the conversion. */
static void convert(struct exchange *place, struct conversion *conversion, sj_work_fn work,
                    sj_result_fn done) {
    sj_error error;
    if (conversion == NULL || sj_job_run(place->scope, work, done, conversion) == NULL) {
        if (conversion != NULL) {
            conversion_free(conversion);
        }
        finish(place,
               sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory: cannot exchange certificates"),
               &error);
    }
}

static void decode(void *data) {
    struct conversion *conversion = data;
    conversion->status = bundle_decode(conversion->data, conversion->length, conversion->name,
                                       &conversion->read, &conversion->error);
}

/* What is wrong with one file, and with that file alone. */
static bool is_of_the_file(int status) {
    return status != SJ_E_UNAVAILABLE && status != SJ_E_TIMEOUT && status != SJ_E_UNTRUSTED &&
           status != SJ_E_NO_MEMORY;
}

static void pass_over(struct exchange *place, int status, const sj_error *error) {
    char sentence[sizeof error->text + NAME_ROOM + 8];
    const char *name = place->names[place->next];
    if (!is_of_the_file(status)) {
        finish(place, status, error);
        return;
    }
    (void)snprintf(sentence, sizeof sentence, "%s%s%s",
                   strstr(error->text, name) == NULL ? name : "",
                   strstr(error->text, name) == NULL ? ": " : "", error->text);
    const char *kept = sj_scope_strdup(place->scope, sentence);
    if (kept != NULL) {
        place->skipped[place->skipped_count++] = kept;
    }
    sj_log_warning(place->scope, "certificate exchange: %s", sentence);
    place->next++;
    get_next(place);
}

size_t exchange_skipped(const struct exchange *place, const char *const **sentences) {
    *sentences = place->skipped;
    return place->skipped_count;
}

static void on_decoded(void *data, int status, const sj_error *reason) {
    struct conversion *conversion = data;
    struct exchange *place = conversion->place;
    (void)reason;
    if (status == SJ_OK) {
        sj_error error = conversion->error;
        status = conversion->status;
        if (status == SJ_OK) {
            status = bundle_take(
                &place->read_into[certificate_type_of_file(conversion->name, place->bulk)],
                &conversion->read, &error);
        }
        conversion_free(conversion);
        if (status != SJ_OK) {
            pass_over(place, status, &error);
            return;
        }
        place->next++;
        get_next(place);
        return;
    }
    conversion_free(conversion); /* cancelled: the operation has ended */
}

static void on_file(void *user, const sj_http_result *result) {
    struct exchange *place = user;
    if (result->status != SJ_OK) {
        pass_over(place, result->status, result->error);
        return;
    }
    struct conversion *conversion = calloc(1, sizeof *conversion);
    unsigned char *copy = conversion == NULL ? NULL : malloc(result->body_length + 1);
    if (copy == NULL) {
        free(conversion);
        conversion = NULL;
    } else {
        memcpy(copy, result->body, result->body_length);
        conversion->place = place;
        conversion->data = copy;
        conversion->length = result->body_length;
        (void)snprintf(conversion->name, sizeof conversion->name, "%s", place->names[place->next]);
    }
    convert(place, conversion, decode, on_decoded);
}

static void get_next(struct exchange *place) {
    if (place->next == place->names_count) {
        finish(place, SJ_OK, NULL);
        return;
    }
    fetch(place, "GET", place->names[place->next], NULL, 0, on_file);
}

/* A name from the server becomes part of a URL: only plain names are taken. */
static bool plain_name(const char *name) {
    return name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
               strlen(name);
}

static void on_listing(void *user, const sj_http_result *result) {
    struct exchange *place = user;
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
            if (type >= 0 && certificate_type_wanted(place->wanted, (size_t)type) &&
                plain_name(name)) {
                if (place->names_count == MOST_FILES - 1) {
                    sj_error error;
                    (void)sj_error_set(&error, SJ_E_LIMIT, "more than %d certificate files in %s",
                                       MOST_FILES - 1, place->directory);
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

void exchange_gather(struct exchange *place, int wanted, bool bulk, struct bundle *bundles,
                     exchange_done_fn done, void *user) {
    place->wanted = wanted;
    place->bulk = bulk;
    place->read_into = bundles;
    place->names_count = 0;
    place->next = 0;
    place->skipped_count = 0;
    place->done = done;
    place->done_user = user;
    fetch(place, "LIST", "", NULL, 0, on_listing);
}

static void on_looked(void *user, const sj_http_result *result) {
    struct exchange *place = user;
    place->is_new = result->status == SJ_E_NOT_FOUND;
    finish(place, SJ_OK, NULL); /* anything else that is wrong the writing says */
}

void exchange_look(struct exchange *place, exchange_done_fn done, void *user) {
    place->done = done;
    place->done_user = user;
    fetch(place, "LIST", "", NULL, 0, on_looked);
}

bool exchange_is_new(const struct exchange *place) {
    return place->is_new;
}

const char *exchange_directory(const struct exchange *place) {
    return place->directory;
}

static void put_next(struct exchange *place);

static void on_written(void *user, const sj_http_result *result) {
    struct exchange *place = user;
    if (result->status != SJ_OK) {
        finish(place, result->status, result->error);
        return;
    }
    place->next++;
    put_next(place);
}

static void encode(void *data) {
    struct conversion *conversion = data;
    conversion->status =
        bundle_encode(conversion->from, &conversion->data, &conversion->length, &conversion->error);
}

static void on_encoded(void *data, int status, const sj_error *reason) {
    struct conversion *conversion = data;
    struct exchange *place = conversion->place;
    (void)reason;
    if (status == SJ_OK && conversion->status != SJ_OK) {
        finish(place, conversion->status, &conversion->error);
    } else if (status == SJ_OK) {
        fetch(place, "PUT", conversion->name, conversion->data, conversion->length, on_written);
    }
    conversion_free(conversion);
}

static void put_next(struct exchange *place) {
    while (place->next < CERTIFICATE_TYPES &&
           (!certificate_type_wanted(place->wanted, place->next) ||
            place->write_from[place->next].count == 0)) {
        place->next++;
    }
    if (place->next == CERTIFICATE_TYPES) {
        finish(place, SJ_OK, NULL);
        return;
    }
    struct conversion *conversion = calloc(1, sizeof *conversion);
    if (conversion != NULL) {
        conversion->place = place;
        conversion->from = &place->write_from[place->next];
        (void)snprintf(conversion->name, sizeof conversion->name, "%s_%s.pkcs12", place->prefix,
                       certificate_types[place->next].name);
    }
    convert(place, conversion, encode, on_encoded);
}

void exchange_write(struct exchange *place, int wanted, const char *prefix,
                    const struct bundle *bundles, exchange_done_fn done, void *user) {
    place->wanted = wanted;
    place->write_from = bundles;
    (void)snprintf(place->prefix, sizeof place->prefix, "%s", prefix);
    place->next = 0;
    place->done = done;
    place->done_user = user;
    put_next(place);
}
