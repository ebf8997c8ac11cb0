/* What other clusters have stated of locations and links, in a file, so that a node that restarts
 * while they cannot be reached admits calls as before. The file is a cache: one that cannot be read
 * is passed over. It is read and written off the loop. */
#include <stdlib.h>
#include <sys/stat.h>

#include <sojourn/base/file.h>

#include "lbm.h"

enum { PATH_ROOM = 1100, SAVE_LEAST_MS = 5000, SAVE_MOST_MS = 3600 * 1000 };
static const char magic[8] = {'S', 'J', 'L', 'B', 'T', '1', '\n', '\0'};

static void path_of(const struct lbm *lbm, const char *name, char path[PATH_ROOM]) {
    (void)snprintf(path, PATH_ROOM, "%s/lbm%s", lbm->scope->host->node->state_directory, name);
}

/* ---- reading ---- */

struct load {
    struct lbm *lbm;
    char path[PATH_ROOM];
    sj_text text;
    sj_error error;
};

static void load_work(void *data) {
    struct load *load = data;
    (void)sj_file_read(load->path, SIZE_MAX / 2, &load->text, &load->error);
}

/* One cluster's statement. False: the file is not right. */
static bool remember(struct lbm *lbm, sj_big_endian_reader *in) {
    char cluster_id[LBM_CLUSTER_ID_MAX + 1] = "", reason[LBM_REFUSAL_ROOM];
    struct lbm_message message;
    sj_error error = {0};
    const size_t id_length = (size_t)sj_big_endian_next(in, 1);
    const unsigned char *id = sj_big_endian_pass(in, id_length);
    const int64_t heard = (int64_t)sj_big_endian_next(in, 8);
    const size_t length = (size_t)sj_big_endian_next(in, 4);
    const unsigned char *bytes = sj_big_endian_pass(in, length);
    if (in->failed || id_length > LBM_CLUSTER_ID_MAX ||
        lbm_wire_read((const char *)bytes, length, LBM_STORED, &message, &error) != SJ_OK ||
        !message.has_topology) {
        return false;
    }
    memcpy(cluster_id, id, id_length);
    const int64_t age = sj_wall_ms(lbm->scope) - heard;
    if (hub_settings_allow(lbm, cluster_id, reason, sizeof reason)) {
        struct lbm_statement *statement = lbm_wire_statement(&message);
        return statement != NULL && lbm_hubs_remember(&lbm->hubs, cluster_id, age > 0 ? age : 0,
                                                      (int64_t)sj_monotonic_ms(lbm->scope),
                                                      statement, message.sender.manager);
    }
    return true;
}

static void load_done(void *data, int status, const sj_error *error) {
    struct load *load = data;
    struct lbm *lbm = load->lbm;
    (void)error;
    if (status == SJ_OK) {
        hub_settings_read(lbm);
        const bool found = load->error.code == SJ_OK && load->text.length >= sizeof magic &&
                           memcmp(load->text.data, magic, sizeof magic) == 0;
        bool right = found || load->error.code == SJ_E_NOT_FOUND;
        if (found && lbm->hubs.hub) {
            const unsigned char *begin = (const unsigned char *)load->text.data;
            sj_big_endian_reader in = {begin + sizeof magic, begin + load->text.length, false};
            while (right && in.at < in.end) {
                right = remember(lbm, &in);
            }
        }
        if (!right) {
            sj_log_warning(lbm->scope,
                           "what other clusters had stated of locations and links cannot be read "
                           "from %s, and is learned again",
                           load->path);
        }
        lbm->hubs_ready = true;
    }
    sj_text_clear(&load->text);
    free(load);
}

int hub_journal_load(struct lbm *lbm, sj_error *error) {
    struct load *load = calloc(1, sizeof *load);
    if (load != NULL) {
        load->lbm = lbm;
        path_of(lbm, "/topologies", load->path);
        if (sj_job_run(lbm->scope, load_work, load_done, load) != NULL) {
            return SJ_OK;
        }
    }
    free(load);
    return sj_error_set(error, SJ_E_NO_MEMORY, "no memory to read what others have stated");
}

/* ---- writing ---- */

struct saving {
    struct lbm *lbm;
    char directory[PATH_ROOM], path[PATH_ROOM];
    sj_text text;
    sj_error error;
};

static void save_work(void *data) {
    struct saving *saving = data;
    (void)mkdir(saving->directory, 0700);
    (void)sj_file_write(saving->path, saving->text.data, saving->text.length, 0600, &saving->error);
}

static void save_done(void *data, int status, const sj_error *error) {
    struct saving *saving = data;
    (void)error;
    if (status == SJ_OK) {
        if (saving->error.code != SJ_OK) {
            sj_log_limited(saving->lbm->scope, SJ_LOG_WARNING, "journal",
                           "cannot write what other clusters state: %s", saving->error.text);
        }
        saving->lbm->saving = false;
    }
    sj_text_clear(&saving->text);
    free(saving);
}

static void put(sj_text *out, uint64_t value, unsigned bytes) {
    unsigned char text[8];
    sj_big_endian_write(text, bytes, value);
    sj_text_add(out, text, bytes);
}

static void put_hub(const struct lbm *lbm, const struct lbm_hub *hub, sj_text *out) {
    const int64_t silent = (int64_t)sj_monotonic_ms(lbm->scope) - hub->heard_ms;
    struct lbm_sender sender = {.here = {1, 0, 1}, .beat = 1};
    sj_text message = {0};
    memcpy(sender.manager, hub->manager, sizeof sender.manager);
    lbm_wire_begin(&message, LBM_STORED, &sender);
    lbm_wire_topology(&message, 1, hub->statement);
    put(out, strlen(hub->cluster_id), 1);
    sj_text_puts(out, hub->cluster_id);
    put(out, (uint64_t)(sj_wall_ms(lbm->scope) - silent), 8);
    put(out, message.length, 4);
    sj_text_add(out, sj_or_empty(message.data), message.length);
    out->failed = out->failed || message.failed;
    sj_text_clear(&message);
}

void hub_journal_run(struct lbm *lbm) {
    const int64_t now = (int64_t)sj_monotonic_ms(lbm->scope), since = now - lbm->saved_ms;
    const bool changed = lbm->saved != lbm->hubs.topologies;
    if (lbm->saving || !lbm->hubs.hub ||
        (lbm->saved_ms != 0 && since < (changed ? SAVE_LEAST_MS : SAVE_MOST_MS))) {
        return;
    }
    struct saving *saving = calloc(1, sizeof *saving);
    if (saving == NULL) {
        return; /* with the next tick */
    }
    saving->lbm = lbm;
    path_of(lbm, "", saving->directory);
    path_of(lbm, "/topologies", saving->path);
    sj_text_add(&saving->text, magic, sizeof magic);
    for (size_t i = 0; i < lbm->hubs.count; i++) {
        if (lbm->hubs.all[i]->statement != NULL) {
            put_hub(lbm, lbm->hubs.all[i], &saving->text);
        }
    }
    lbm->saved = lbm->hubs.topologies;
    lbm->saved_ms = now;
    lbm->saving =
        !saving->text.failed && sj_job_run(lbm->scope, save_work, save_done, saving) != NULL;
    if (!lbm->saving) {
        sj_text_clear(&saving->text);
        free(saving);
    }
}
