/* The certificates are the ground of all trust: a record beside them says how they came, and that
 * they were there. */
#include "trust.h"

#include <string.h>

#include <sojourn/base/hex.h>

#include "joining.h"
#include "resources/certificates.h"
#include "resources/ils.h"

/* When the newest certificate of the cluster was imported; 0: there is none. */
static int64_t trusted_since(const struct ils_service *service, const char *cluster_id) {
    const sj_query query = {.field = "cluster_id", .value = cluster_id};
    sj_list list = {0};
    int64_t newest = 0;
    if (sj_trusted_certificate_list(service->scope, &query, &list, NULL) == SJ_OK) {
        for (size_t i = 0; i < list.count; i++) {
            const int64_t at = sj_trusted_certificate_at(&list, i)->imported_at;
            newest = at > newest ? at : newest;
        }
        newest = list.count > 0 && newest == 0 ? 1 : newest;
    }
    sj_list_free(service->scope, &list);
    return newest;
}

/* What has been noted; NONE: nothing. */
static sj_ils_trust noted(const struct ils_service *service, const char *cluster_id, int64_t *since,
                          char password[2 * JOIN_SALT + 1]) {
    sj_ils_ground *record = NULL;
    sj_ils_trust ground = SJ_ILS_TRUST_NONE;
    password[0] = '\0';
    if (sj_ils_ground_get(service->scope, cluster_id, &record, NULL) == SJ_OK) {
        ground = record->ground;
        *since = record->since;
        (void)snprintf(password, 2 * JOIN_SALT + 1, "%s", record->salt);
    }
    sj_record_free(service->scope, record);
    return ground;
}

static sj_ils_trust trust_by(const struct ils_service *service, const char *cluster_id,
                             char password[2 * JOIN_SALT + 1]) {
    int64_t since = 0;
    const int64_t imported = trusted_since(service, cluster_id);
    const sj_ils_trust ground = noted(service, cluster_id, &since, password);
    if (imported == 0) {
        return ground == SJ_ILS_TRUST_NONE ? SJ_ILS_TRUST_NONE : SJ_ILS_TRUST_WITHDRAWN;
    }
    /* What was imported after that was exchanged by people. */
    return ground == SJ_ILS_TRUST_NONE || imported > since ? SJ_ILS_TRUST_EXCHANGED : ground;
}

sj_ils_trust ils_trust_of(const struct ils_service *service, const char *cluster_id) {
    char password[2 * JOIN_SALT + 1];
    return trust_by(service, cluster_id, password);
}

bool ils_trust_is_former(const struct ils_service *service, const char *cluster_id) {
    char password[2 * JOIN_SALT + 1], present[2 * JOIN_SALT + 1];
    const sj_ils_trust trust = trust_by(service, cluster_id, password);
    sj_hex_write(service->joining->salt, JOIN_SALT, present);
    return (trust == SJ_ILS_TRUST_PASSWORD || trust == SJ_ILS_TRUST_NETWORK) &&
           (!service->joining->password || strcmp(password, present) != 0);
}

bool ils_trust_is_current(const struct ils_service *service, const char *cluster_id) {
    return !service->require_current_password || !ils_trust_is_former(service, cluster_id);
}

void ils_trust_note(struct ils_service *service, const char *cluster_id, sj_ils_trust ground,
                    const uint8_t *salt) {
    char password[2 * JOIN_SALT + 1] = "";
    if (salt != NULL) {
        sj_hex_write(salt, JOIN_SALT, password);
    }
    const sj_ils_ground record = {.cluster_id = cluster_id,
                                  .ground = ground,
                                  .since = sj_wall_ms(service->scope),
                                  .salt = password};
    sj_error error = {0};
    if (sj_ils_ground_put(service->scope, &record, SJ_PUT_ANY, &error) != SJ_OK) {
        sj_log_warning(service->scope, "how cluster %s came to be trusted is not noted: %s",
                       cluster_id, error.text);
    }
}

void ils_trust_observe(struct ils_service *service, const char *cluster_id) {
    char password[2 * JOIN_SALT + 1];
    int64_t since;
    if (noted(service, cluster_id, &since, password) == SJ_ILS_TRUST_NONE &&
        trusted_since(service, cluster_id) > 0) {
        ils_trust_note(service, cluster_id, SJ_ILS_TRUST_EXCHANGED, NULL);
    }
}
