/* A traveller changes the PIN on a phone of this cluster: the home cluster is looked for and asked
 * to do so. Nothing is written here. */
#include "clusters/visiting_pin.h"

#include <stdlib.h>

#include <sojourn/base/utf8.h>

#include "clusters/home_lookup.h"
#include "clusters/intercluster_client.h"
#include "clusters/peer_protocol.h"
#include "messages/intercluster.h"
#include "reporting/error_codes.h"
#include "users/pin_change.h"
#include "users/pin_request.h"

enum { PIN_TIMEOUT_MS = 12000 };

struct visiting_change {
    struct em *em;
    em_pin_changed_fn done;
    void *user;
    sj_scope *scope;
    struct em_pin_wanted wanted;
    char home_cluster_id[EM_NAME_ROOM];
};

/* However it ends. */
static void closed(void *user) {
    struct visiting_change *change = user;
    em_pin_wanted_wipe(&change->wanted);
    free(change);
}

static void finish(struct visiting_change *change, enum em_code code, const char *cause) {
    change->done(change->user, code, cause, change->wanted.user_id);
    sj_scope_close(change->scope);
}

static void finish_failed(struct visiting_change *change, const struct em_peer_answer *answer) {
    char cause[EM_CAUSE_ROOM + 128];
    if (answer->http_status == 404) {
        em_print(cause, sizeof cause,
                 "cluster %s does not support changing a PIN from another cluster: %s",
                 change->home_cluster_id, answer->cause);
        finish(change, EM_PIN_AT_HOME_ONLY, cause);
        return;
    }
    em_print(cause, sizeof cause, "%s%s", answer->cause,
             answer->status == EM_PEER_TIMEOUT ? "; whether the PIN has been changed is not known"
                                               : "");
    finish(change, em_peer_status_code(answer->status), cause);
}

static void home_answered(void *user, const struct em_peer_answer *answer) {
    struct visiting_change *change = user;
    struct em *em = change->em;
    sj_intercluster_pin_change_answer *message = NULL;
    sj_error error = {0};
    char cause[EM_CAUSE_ROOM + 128];
    if (answer->status != EM_PEER_ANSWERED) {
        finish_failed(change, answer);
        return;
    }
    if (sj_intercluster_pin_change_answer_from_json(em->scope, answer->body, answer->body_length,
                                                    &message, &error) != SJ_OK) {
        em_print(cause, sizeof cause, "the answer of cluster %s cannot be read: %.300s",
                 change->home_cluster_id, error.text);
        finish(change, EM_PARSING, cause);
        return;
    }
    if (strcmp(message->cluster_id, change->home_cluster_id) != 0) {
        em_print(cause, sizeof cause, "the cluster configured as %s answers with the id %.60s",
                 change->home_cluster_id, message->cluster_id);
        finish(change, EM_UPDATE_CLUSTER_ID, cause);
    } else if (message->code == 0) {
        sj_trace(em->scope, change->wanted.trace_id, "home cluster %s has changed the PIN",
                 change->home_cluster_id);
        finish(change, EM_OK, "");
    } else if (message->code == -1 && sj_given(message->cause)) {
        sj_utf8_one_line(cause, 200, message->cause);
        finish(change, EM_PIN_RULE, cause);
    } else {
        const bool known =
            message->code > 0 && message->code < 1000 && em_code_known((int)message->code);
        em_print(cause, sizeof cause, "home cluster %s refuses with %lld: %.400s",
                 change->home_cluster_id, (long long)message->code, message->cause);
        finish(change, known ? (enum em_code)message->code : EM_PARSING, cause);
    }
    sj_record_free(em->scope, message);
}

static void home_found(void *user, enum em_code code, const char *cluster_id, const char *cause) {
    struct visiting_change *change = user;
    struct em *em = change->em;
    char key[EM_LEASE_ROOM];
    if (code != EM_OK) {
        finish(change, code, cause);
        return;
    }
    em_copy(change->home_cluster_id, cluster_id);
    sj_random_hex(em->scope, key, 32);
    const sj_intercluster_pin_change message = {.protocol = EM_PROTOCOL,
                                                .cluster_id = em->scope->host->node->cluster_id,
                                                .idempotency_key = key,
                                                .login_type = change->wanted.login_type,
                                                .user_id = change->wanted.user_id,
                                                .old_pin = change->wanted.old_pin,
                                                .new_pin = change->wanted.new_pin,
                                                .device_name = change->wanted.device_name};
    char *json = sj_intercluster_pin_change_to_json(em->scope, &message);
    if (json == NULL) {
        finish(change, EM_DATABASE, "out of memory");
        return;
    }
    sj_trace(em->scope, change->wanted.trace_id, "asking home cluster %s to change the PIN of %s",
             change->home_cluster_id, change->wanted.user_id);
    em_peer_call(em, change->scope, change->home_cluster_id, "pin", json, PIN_TIMEOUT_MS,
                 change->wanted.trace_id, home_answered, change);
    explicit_bzero(json, strlen(json));
    sj_text_free(em->scope, json);
}

void em_visiting_pin_change(struct em *em, sj_scope *scope,
                            const struct em_pin_change_request *request, em_pin_changed_fn done,
                            void *user) {
    struct visiting_change *change = calloc(1, sizeof *change);
    sj_scope *own =
        change != NULL ? sj_scope_open(scope, "change of a PIN at home", closed, change) : NULL;
    if (own == NULL) {
        free(change);
        done(user, EM_DATABASE, "out of memory", request->user_id);
        return;
    }
    change->em = em;
    change->scope = own;
    change->done = done;
    change->user = user;
    em_pin_wanted_copy(&change->wanted, request);
    sj_trace(em->scope, change->wanted.trace_id,
             "%s is not a user of this cluster and wants to change the PIN on %s",
             change->wanted.user_id, change->wanted.device_name);
    em_home_lookup(em, own, change->wanted.login_type, change->wanted.user_id,
                   change->wanted.trace_id, home_found, change);
}
