/* The identities that others know. Touches the store and looks at the files
 * <state>/identity/<kind>.pem. */
#include "host/tls/known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/core/node.h"
#include "host/store/store.h"
#include "host/telemetry/log.h"
#include "host/tls/certificate.h"

enum { PATH_ROOM = 4096, FACT_ROOM = 40 };

static void fact_of(int kind, char name[FACT_ROOM]) {
    (void)snprintf(name, FACT_ROOM, "identity/%s", sj_identity_kinds[kind]);
}

static void beside(const struct node *node, const char *name, char path[PATH_ROOM]) {
    (void)snprintf(path, PATH_ROOM, "%s/%s", node->facts.state_directory, name);
}

static bool is_there(const char *path) {
    return access(path, F_OK) == 0 || errno != ENOENT;
}

/* Only what is seen counts as the operator's word. */
static bool is_said(const char *word) {
    return access(word, F_OK) == 0;
}

/* Known, and gone. */
static bool is_lost(struct node *node, int kind, char path[PATH_ROOM]) {
    char name[FACT_ROOM], file[FACT_ROOM + 8];
    fact_of(kind, name);
    (void)snprintf(file, sizeof file, "%s.pem", name);
    beside(node, file, path);
    char *known = sj_store_fact(node->store, name);
    const bool lost = known != NULL && known[0] != '\0' && !is_there(path);
    free(known);
    return lost;
}

static bool has_store(const struct node *node) {
    return node->store != NULL && node->facts.state_directory != NULL;
}

int sj_known_identity_check(struct node *node, int kind, sj_error *error) {
    char path[PATH_ROOM], word[PATH_ROOM];
    if (!has_store(node)) {
        return SJ_OK;
    }
    beside(node, "new-identity", word);
    for (int i = 0; i < SJ_IDENTITY_COUNT && !is_said(word); i++) {
        if ((kind == SJ_IDENTITY_ANY || kind == i) && is_lost(node, i, path)) {
            return sj_error_set(error, SJ_E_NOT_FOUND,
                                "%.150s is missing, the certificate by which remote clusters and "
                                "phones know this node. Put "
                                "the directory identity back from where the store's backup is. Or, "
                                "if it is lost, make the "
                                "file %.150s and start again: certificates must then be exchanged "
                                "with every cluster again",
                                path, word);
        }
    }
    return SJ_OK;
}

int sj_known_identities_forget(struct node *node, sj_error *error) {
    char path[PATH_ROOM], word[PATH_ROOM], name[FACT_ROOM];
    int status = SJ_OK;
    if (!has_store(node)) {
        return SJ_OK;
    }
    beside(node, "new-identity", word);
    if (!is_said(word)) {
        return SJ_OK;
    }
    for (int i = 0; i < SJ_IDENTITY_COUNT && status == SJ_OK; i++) {
        if (is_lost(node, i, path)) {
            fact_of(i, name);
            status = sj_store_put_fact(node->store, name, "", error);
            sj_node_log(node, SJ_LOG_WARNING,
                        "%s is replaced by a new one, as the file %s says: exchange certificates "
                        "with every cluster",
                        path, word);
        }
    }
    if (status == SJ_OK && unlink(word) != 0) {
        sj_node_log(node, SJ_LOG_WARNING,
                    "%s cannot be removed (%s): remove it, or an identity that is lost later is "
                    "replaced without a question",
                    word, strerror(errno));
    }
    return status;
}

void sj_known_identity_note(struct node *node, int kind, const struct identity *identity) {
    unsigned char fingerprint[32];
    char name[FACT_ROOM], text[SJ_FINGERPRINT_TEXT];
    sj_error error = {0};
    if (!has_store(node)) {
        return;
    }
    fact_of(kind, name);
    sj_certificate_fingerprint(identity->certificate, fingerprint);
    sj_fingerprint_format(fingerprint, text);
    char *known = sj_store_fact(node->store, name);
    const bool another = known != NULL && known[0] != '\0' && strcmp(known, text) != 0;
    if (another) {
        sj_node_log(node, SJ_LOG_WARNING,
                    "the certificate %s was replaced by another: remote clusters trust this node "
                    "once they have imported it",
                    sj_identity_kinds[kind]);
    }
    if ((known == NULL || strcmp(known, text) != 0) &&
        sj_store_put_fact(node->store, name, text, &error) != SJ_OK) {
        sj_node_log(node, SJ_LOG_WARNING, "that the certificate %s is in use cannot be kept: %s",
                    sj_identity_kinds[kind], error.text);
    }
    free(known);
}
