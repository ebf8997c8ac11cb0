/* The password by which clusters join: only what argon2id makes of it is kept, in a file that the
 * node alone reads. Whoever has that key can join, as with the password; it cannot be turned back.
 */
#include "join_password.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sojourn/base/file.h>
#include <sojourn/base/hex.h>

#include "trust.h"

enum { PASSWORD_LEAST = 12, PATH_ROOM = 1100, TEXT = 2 * (JOIN_SALT + JOIN_KEY) };

struct setting {
    struct ils_service *service;
    sj_question *question; /* NULL: nobody waits */
    char password[129];    /* "": the key is there, or there is to be none */
    bool none;
    uint8_t salt[JOIN_SALT], key[JOIN_KEY];
    char directory[PATH_ROOM], path[PATH_ROOM];
    sj_error error;
};

static void path_of(const struct ils_service *service, const char *name, char path[PATH_ROOM]) {
    (void)snprintf(path, PATH_ROOM, "%s/ils%s", service->scope->host->node->state_directory, name);
}

static void work(void *data) {
    struct setting *one = data;
    char text[TEXT + 1];
    if (one->none) {
        if (unlink(one->path) != 0 && errno != ENOENT) {
            (void)sj_error_set(&one->error, SJ_E_IO, "%s cannot be removed: %s", one->path,
                               strerror(errno));
        }
        return;
    }
    if (one->password[0] != '\0' && !ils_join_key(one->password, one->salt, one->key)) {
        (void)sj_error_set(&one->error, SJ_E_NO_MEMORY, "no memory to hash the password");
        return;
    }
    sj_hex_write(one->salt, sizeof one->salt, text);
    sj_hex_write(one->key, sizeof one->key, text + (size_t)2 * JOIN_SALT);
    (void)mkdir(one->directory, 0700);
    (void)sj_file_write(one->path, text, TEXT, 0600, &one->error);
    ils_wipe(text, sizeof text);
}

static void setting_free(struct setting *one) {
    if (one != NULL) {
        ils_wipe(one, sizeof *one);
        free(one);
    }
}

static void cannot_keep(struct ils_service *service, const char *reason) {
    sj_log_warning(service->scope, "the password of the ILS network cannot be kept: %s", reason);
}

/* The other hubs, which keep the password that they have: "; SENTENCE: B, C". */
static void add_other_hubs(const struct ils *core, const char *sentence, sj_text *text) {
    size_t count = 0;
    for (size_t i = 1; core != NULL && i < core->owners_count; i++) {
        const struct ils_owner *owner = core->owners[i];
        if (owner->role == ILS_HUB && owner->standing == ILS_LIVE && owner->cluster_id[0] != '\0') {
            sj_text_printf(text, "%s%s", count++ == 0 ? sentence : ", ", owner->cluster_id);
        }
    }
}

static size_t count_former(const struct ils_service *service) {
    size_t count = 0;
    for (size_t i = 1; service->core != NULL && i < service->core->owners_count; i++) {
        const struct ils_owner *owner = service->core->owners[i];
        count += owner->cluster_id[0] != '\0' && ils_trust_is_former(service, owner->cluster_id);
    }
    return count;
}

static void reply(struct setting *one) {
    struct ils_service *service = one->service;
    const size_t former = count_former(service);
    sj_text text = {0};
    sj_text_puts(&text, one->none ? "nobody can join this cluster by a password"
                                  : "clusters that know the password can join this one");
    add_other_hubs(service->core,
                   one->none ? "; the other hubs keep theirs until it is removed there, too: "
                             : "; whoever knows the former one joins the other hubs until each of "
                               "them has joined this one anew (ils join): ",
                   &text);
    if (former > 0) {
        sj_text_printf(&text,
                       "; %zu cluster%s that came by the former one %s trusted as before (%s)",
                       former, sj_plural((int64_t)former), former == 1 ? "is" : "are",
                       service->require_current_password
                           ? "and refused until it joins anew: require_current_password"
                           : "ils-configuration set require_current_password=true refuses them");
    }
    const sj_ils_password_reply answer = {.message = sj_or_empty(text.data)};
    sj_reply_ils_password(service->scope, one->question, &answer);
    sj_text_clear(&text);
}

static void done(void *data, int status, const sj_error *error) {
    struct setting *one = data;
    struct ils_service *service = one->service;
    struct ils_joining *joining = service->joining;
    (void)error;
    if (status == SJ_OK && one->error.code == SJ_OK) {
        joining->password = !one->none;
        memcpy(joining->salt, one->salt, sizeof joining->salt);
        memcpy(joining->key, one->key, sizeof joining->key);
        service->configuration_changed = true; /* the other hubs are told whether it is theirs */
        for (size_t i = 0; i < JOIN_PENDING; i++) { /* what was begun under the one before */
            ils_wipe(&joining->pending[i], sizeof joining->pending[i]);
        }
        if (one->question != NULL) {
            reply(one);
        }
    } else if (status == SJ_OK && one->question != NULL) {
        sj_fail_error(service->scope, one->question, &one->error);
    } else if (status == SJ_OK) {
        cannot_keep(service, one->error.text);
    }
    setting_free(one);
}

static struct setting *setting_new(struct ils_service *service, sj_question *question) {
    struct setting *one = calloc(1, sizeof *one);
    if (one != NULL) {
        one->service = service;
        one->question = question;
        path_of(service, "", one->directory);
        path_of(service, "/password", one->path);
    }
    return one;
}

/* Whether the hub says that clusters join it by another password than this cluster, or by one while
 * this has none. A password that was set there by hand is another one, although it may be the same:
 * which it is nobody can tell without trying. */
static bool has_another(struct ils_service *service, const struct ils_owner *hub) {
    char own[2 * JOIN_SALT + 1] = "";
    void *message = NULL;
    if (hub->detail == NULL ||
        service->scope->host->record_from_json(&sj_ils_detail_meta, hub->detail, hub->detail_length,
                                               &message, NULL) != SJ_OK) {
        return false;
    }
    if (service->joining->password) {
        sj_hex_write(service->joining->salt, JOIN_SALT, own);
    }
    const char *theirs = ((const sj_ils_detail *)message)->salt;
    const bool other = theirs[0] != '\0' && strcmp(theirs, own) != 0;
    sj_record_free(service->scope, message);
    return other;
}

size_t ils_password_findings(struct ils_service *service, char (*sentences)[ILS_REASON_ROOM],
                             size_t most) {
    const struct ils *core = service->core;
    size_t count = 0;
    for (size_t i = 1; i < core->owners_count && count < most; i++) {
        const struct ils_owner *owner = core->owners[i];
        if (owner->standing != ILS_LIVE || owner->cluster_id[0] == '\0') {
            continue;
        }
        if (owner->role == ILS_HUB && has_another(service, owner)) {
            (void)snprintf(sentences[count++], ILS_REASON_ROOM,
                           "cluster %s lets clusters join by a password that was not set here: "
                           "whoever knows that one joins the network there. For one password at "
                           "both let one join the other anew (ils join ... role=hub)",
                           owner->cluster_id);
        }
        if (count < most && ils_trust_is_former(service, owner->cluster_id)) {
            (void)snprintf(sentences[count++], ILS_REASON_ROOM,
                           "cluster %s came by a password that is not set here any more, and is %s",
                           owner->cluster_id,
                           service->require_current_password
                               ? "refused until it joins anew (ils join)"
                               : "trusted as before (ils-configuration set "
                                 "require_current_password=true refuses it)");
        }
    }
    return count;
}

static void on_password(void *user, sj_question *question, const sj_ils_password *request) {
    struct ils_service *service = user;
    const size_t length = strlen(request->password);
    sj_error error = {0};
    if (request->none && length > 0) {
        (void)sj_error_field(&error, SJ_E_INVALID, "none",
                             "expected either a password, or none=true to remove it");
    } else if (!request->none && length == 0) {
        (void)sj_error_field(&error, SJ_E_INVALID, "password",
                             "expected at least %d characters, or none=true to remove it",
                             PASSWORD_LEAST);
    } else if (!request->none && length < PASSWORD_LEAST) {
        (void)sj_error_field(&error, SJ_E_INVALID, "password",
                             "expected at least %d characters, got %zu", PASSWORD_LEAST, length);
    }
    if (error.code != SJ_OK) {
        sj_fail_error(service->scope, question, &error);
        return;
    }
    struct setting *one = setting_new(service, question);
    if (one != NULL) {
        one->none = request->none;
        (void)snprintf(one->password, sizeof one->password, "%s", request->password);
        sj_random_bytes(service->scope, one->salt, sizeof one->salt);
    }
    if (one == NULL || sj_job_run(service->scope, work, done, one) == NULL) {
        setting_free(one);
        sj_fail(service->scope, question, SJ_E_NO_MEMORY, "no memory to set the password");
    }
}

void ils_password_keep(struct ils_service *service, const uint8_t salt[JOIN_SALT],
                       const uint8_t key[JOIN_KEY]) {
    struct setting *one = setting_new(service, NULL);
    if (one != NULL) {
        memcpy(one->salt, salt, JOIN_SALT);
        memcpy(one->key, key, JOIN_KEY);
    }
    if (one == NULL || sj_job_run(service->scope, work, done, one) == NULL) {
        setting_free(one);
        cannot_keep(service, "no memory");
    }
}

static void read_file(struct ils_service *service) {
    struct ils_joining *joining = service->joining;
    char path[PATH_ROOM];
    sj_text text = {0};
    sj_error error = {0};
    path_of(service, "/password", path);
    const int status = sj_file_read(path, TEXT, &text, &error);
    joining->password =
        status == SJ_OK && text.length == TEXT && strspn(text.data, SJ_HEX_SMALL) == TEXT;
    for (size_t i = 0; joining->password && i < JOIN_SALT + JOIN_KEY; i++) {
        uint8_t *to = i < JOIN_SALT ? &joining->salt[i] : &joining->key[i - JOIN_SALT];
        *to = (uint8_t)sj_hex_byte(text.data + 2 * i);
    }
    if (!joining->password && status != SJ_E_NOT_FOUND) {
        sj_log_warning(service->scope, "%s cannot be read, so nobody can join by a password: %s",
                       path, status == SJ_OK ? "it is no such file" : error.text);
    }
    if (text.data != NULL) {
        ils_wipe(text.data, text.room);
    }
    sj_text_clear(&text);
}

void ils_password_close(struct ils_service *service) {
    if (service->joining != NULL) {
        ils_wipe(service->joining, sizeof *service->joining);
    }
}

int ils_password_open(struct ils_service *service, sj_error *error) {
    service->joining = sj_scope_alloc(service->scope, sizeof *service->joining);
    if (service->joining == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for those who join");
    }
    read_file(service);
    return sj_answer_ils_password(service->scope, on_password, service, error) == NULL ? error->code
                                                                                       : SJ_OK;
}
