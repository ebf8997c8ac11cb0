/* What is known, in a file, so that a node that restarts need not learn everything again. The file
 * is a cache: what it lacks is learned from the hubs, and one that cannot be read is passed over.
 * It is read and written off the loop; what goes into it is gathered in small steps. */
#include "journal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sojourn/base/big_endian.h>
#include <sojourn/base/file.h>

enum { HEAD_BYTES = 16, PATH_ROOM = 1100, STEPS_EACH = 8 };
/* With more than so many learned objects a stop would hold the loop for too long: what was written
 * last counts then, and hubs tell the rest. */
enum { SAVE_LEAST_MS = 60000, BYTES_PER_MS = 100, LEARNED_AT_ONCE = 200000 };
static const char magic[8] = {'S', 'J', 'I', 'L', 'J', '1', '\n', '\0'};

/* ---- reading ---- */

struct load {
    struct ils_service *service;
    void (*done)(struct ils_service *service);
    char path[PATH_ROOM];
    struct ils_peer_id peer;
    char cluster_id[ILS_CLUSTER_ID_MAX + 1];
    int64_t now, wall;
    struct ils *core;
    sj_error error;
};

static void load_work(void *data) {
    struct load *load = data;
    sj_text text = {0};
    load->core = ils_new(&load->peer, load->cluster_id, (uint64_t)load->wall / 1000, load->now);
    if (load->core == NULL) {
        (void)sj_error_set(&load->error, SJ_E_NO_MEMORY, "no memory for the dial plans");
        return;
    }
    load->core->table.most_learned = SIZE_MAX; /* what was learned stays */
    const int status = sj_file_read(load->path, SIZE_MAX / 2, &text, &load->error);
    if (status == SJ_OK && text.length >= HEAD_BYTES &&
        memcmp(text.data, magic, sizeof magic) == 0) {
        const int64_t asleep =
            load->wall - (int64_t)sj_big_endian_read(text.data + sizeof magic, 8);
        const int64_t written = load->now - (asleep > 0 ? asleep : 0);
        size_t at = HEAD_BYTES;
        int read = SJ_OK;
        while (read == SJ_OK && at + 4 <= text.length) {
            const size_t length = (size_t)sj_big_endian_read(text.data + at, 4);
            at += 4;
            read = length > text.length - at
                       ? sj_error_set(&load->error, SJ_E_INVALID, "%s ends too early", load->path)
                       : ils_restore(load->core, text.data + at, length, written, &load->error);
            at += length;
        }
    } else if (status == SJ_OK) {
        (void)sj_error_set(&load->error, SJ_E_INVALID, "not an ILS journal: %s", load->path);
    } else if (status == SJ_E_NOT_FOUND) {
        load->error.code = SJ_OK; /* the first start */
    }
    sj_text_clear(&text);
}

static void load_done(void *data, int status, const sj_error *error) {
    struct load *load = data;
    struct ils_service *service = load->service;
    (void)error;
    if (status != SJ_OK || load->core == NULL) {
        ils_free(load->core);
        if (status == SJ_OK) {
            sj_log_error(service->scope, "cannot start the Intercluster Lookup Service: %s",
                         load->error.text);
        }
    } else {
        if (load->error.code != SJ_OK) {
            sj_log_warning(service->scope,
                           "what was known before the restart cannot be read to its end and is "
                           "learned from the hubs again: %s",
                           load->error.text);
        }
        service->core = load->core;
        service->started_ms = load->now;
        load->done(service);
    }
    free(load);
}

static void path_of(const struct ils_service *service, const char *name, char path[PATH_ROOM]) {
    (void)snprintf(path, PATH_ROOM, "%s/ils%s", service->scope->host->node->state_directory, name);
}

int ils_journal_load(struct ils_service *service, const struct ils_peer_id *peer,
                     void (*done)(struct ils_service *service), sj_error *error) {
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory to read what was known");
    }
    load->service = service;
    load->done = done;
    load->peer = *peer;
    load->now = (int64_t)sj_monotonic_ms(service->scope);
    load->wall = sj_wall_ms(service->scope);
    (void)snprintf(load->cluster_id, sizeof load->cluster_id, "%s",
                   service->scope->host->node->cluster_id);
    path_of(service, "/journal", load->path);
    if (sj_job_run(service->scope, load_work, load_done, load) == NULL) {
        free(load);
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory to read what was known");
    }
    return SJ_OK;
}

/* ---- writing ---- */

struct ils_saving {
    struct ils_service *service;
    size_t owner; /* which one is being gathered */
    uint64_t incarnation, version;
    sj_text text;
    char directory[PATH_ROOM], path[PATH_ROOM];
    bool writing;
    uint64_t applied, changes;
    sj_error error;
};

static void save_work(void *data) {
    struct ils_saving *saving = data;
    (void)mkdir(saving->directory, 0700);
    (void)sj_file_write(saving->path, saving->text.data, saving->text.length, 0600, &saving->error);
}

static void save_done(void *data, int status, const sj_error *error) {
    struct ils_saving *saving = data;
    struct ils_service *service = saving->service;
    (void)error;
    const uint64_t pause = saving->text.length / BYTES_PER_MS;
    service->next_save_ms =
        sj_monotonic_ms(service->scope) + (pause > SAVE_LEAST_MS ? pause : (uint64_t)SAVE_LEAST_MS);
    if (status == SJ_OK && saving->error.code == SJ_OK) {
        service->saved_applied = saving->applied;
        service->saved_changes = saving->changes;
    } else if (status == SJ_OK) {
        sj_log_warning(service->scope, "cannot write the ILS journal: %s", saving->error.text);
    }
    service->saving = NULL;
    sj_text_clear(&saving->text);
    free(saving);
}

static void gather_one(struct ils_saving *saving) {
    struct ils *core = saving->service->core;
    sj_text message = {0};
    char length[4];
    bool more;
    ils_journal_begin(core, &message);
    ils_journal_owner(core, core->owners[saving->owner], &saving->incarnation, &saving->version,
                      (int64_t)sj_monotonic_ms(saving->service->scope), &message, &more);
    sj_big_endian_write(length, sizeof length, message.length);
    sj_text_add(&saving->text, length, sizeof length);
    sj_text_add(&saving->text, sj_or_empty(message.data), message.length);
    saving->text.failed = saving->text.failed || message.failed;
    sj_text_clear(&message);
    if (!more) {
        saving->owner++;
        saving->incarnation = saving->version = 0;
    }
}

static void gather(void *user) {
    struct ils_saving *saving = user;
    struct ils_service *service = saving->service;
    for (int i = 0; i < STEPS_EACH && saving->owner < service->core->owners_count; i++) {
        gather_one(saving);
    }
    const bool all = saving->owner >= service->core->owners_count;
    if ((!saving->text.failed && !all &&
         sj_timer_start(service->scope, 10, 0, gather, saving) != NULL) ||
        (!saving->text.failed && all &&
         sj_job_run(service->scope, save_work, save_done, saving) != NULL)) {
        return;
    }
    (void)sj_error_set(&saving->error, SJ_E_NO_MEMORY, "no memory");
    save_done(saving, SJ_OK, NULL);
}

static bool is_saved(const struct ils_service *service) {
    return service->core->applied == service->saved_applied &&
           service->core->changes == service->saved_changes;
}

/* NULL: no memory. */
static struct ils_saving *saving_new(struct ils_service *service) {
    const struct ils *core = service->core;
    struct ils_saving *saving = calloc(1, sizeof *saving);
    char wall[8];
    if (saving == NULL) {
        return NULL;
    }
    saving->service = service;
    saving->applied = core->applied;
    saving->changes = core->changes;
    path_of(service, "", saving->directory);
    path_of(service, "/journal", saving->path);
    sj_big_endian_write(wall, sizeof wall, (uint64_t)sj_wall_ms(service->scope));
    sj_text_add(&saving->text, magic, sizeof magic);
    sj_text_add(&saving->text, wall, sizeof wall);
    return saving;
}

void ils_journal_run(struct ils_service *service) {
    if (service->saving != NULL || sj_monotonic_ms(service->scope) < service->next_save_ms ||
        is_saved(service)) {
        return;
    }
    service->saving = saving_new(service);
    if (service->saving != NULL) { /* else with the next tick */
        gather(service->saving);
    }
}

static void drop(struct ils_saving *saving) {
    if (saving != NULL) {
        sj_text_clear(&saving->text);
        free(saving);
    }
}

/* In one piece: nothing of it can be done later. */
static void save_at_once(struct ils_service *service) {
    struct ils_saving *saving = saving_new(service);
    sj_error error = {0};
    (void)sj_error_set(&error, SJ_E_NO_MEMORY, "no memory");
    while (saving != NULL && !saving->text.failed && saving->owner < service->core->owners_count) {
        gather_one(saving);
    }
    if (saving != NULL && !saving->text.failed) {
        save_work(saving);
        error = saving->error;
    }
    if (error.code != SJ_OK) {
        sj_log_warning(service->scope, "cannot write the ILS journal: %s", error.text);
    }
    drop(saving);
}

void ils_journal_stop(struct ils_service *service) {
    drop(service->saving);
    service->saving = NULL;
    if (service->core != NULL && !is_saved(service) &&
        service->core->table.learned <= LEARNED_AT_ONCE) {
        save_at_once(service);
    }
}
