/* Whose certificate it is. Pure. */
#include "sip/tls_identity.h"

#include <stdio.h>
#include <strings.h>

/* The name behind "DNS:", "URI:" or "IP:"; NULL when it is of another kind. */
static const char *name_of_kind(const char *name, const char *kind) {
    const size_t length = strlen(kind);
    return strncmp(name, kind, length) == 0 && name[length] == ':' ? name + length + 1 : NULL;
}

bool tls_identity_is_device(const sj_tls_peer *peer, const char *device_name) {
    const size_t length = strlen(device_name), all = strlen(peer->common_name);
    if (!peer->certificate || length == 0) {
        return false;
    }
    if (strcasecmp(peer->common_name, device_name) == 0) {
        return true;
    }
    if (all > length + 4 && strncasecmp(peer->common_name, "CP-", 3) == 0 &&
        peer->common_name[all - length - 1] == '-' &&
        strcasecmp(peer->common_name + all - length, device_name) == 0) {
        return true;
    }
    for (size_t i = 0; i < peer->names_count; i++) {
        const char *uri = name_of_kind(peer->names[i], "URI");
        if (uri != NULL && strcasecmp(uri, device_name) == 0) {
            return true;
        }
    }
    return false;
}

bool tls_identity_is_one_of(const sj_tls_peer *peer, const char *const *names, size_t count) {
    for (size_t i = 0; peer->certificate && i < count; i++) {
        if (names[i][0] != '\0' && strcasecmp(peer->common_name, names[i]) == 0) {
            return true;
        }
        for (size_t j = 0; j < peer->names_count; j++) {
            const char *colon = strchr(peer->names[j], ':');
            if (names[i][0] != '\0' && colon != NULL &&
                (strcasecmp(colon + 1, names[i]) == 0 ||
                 strcasecmp(peer->names[j], names[i]) == 0)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_address(const char *text, const sj_address *address) {
    sj_address other;
    return sj_address_parse(text, 0, &other) == SJ_OK && sj_address_equal(&other, address);
}

bool tls_identity_is_server(const sj_tls_peer *peer, const char *server) {
    sj_address address;
    const bool literal = sj_address_parse(server, 0, &address) == SJ_OK;
    for (size_t i = 0; peer->certificate && i < peer->names_count; i++) {
        const char *dns = name_of_kind(peer->names[i], "DNS"),
                   *ip = name_of_kind(peer->names[i], "IP"),
                   *uri = name_of_kind(peer->names[i], "URI");
        const char *host = uri == NULL                         ? NULL
                           : strncasecmp(uri, "sip:", 4) == 0  ? uri + 4
                           : strncasecmp(uri, "sips:", 5) == 0 ? uri + 5
                                                               : NULL;
        if ((ip != NULL && literal && is_address(ip, &address)) ||
            (dns != NULL && !literal && strcasecmp(dns, server) == 0) ||
            (host != NULL && strcasecmp(host, server) == 0)) {
            return true;
        }
    }
    return peer->certificate && peer->names_count == 0 &&
           strcasecmp(peer->common_name, server) == 0;
}

void tls_identity_describe(const sj_tls_peer *peer, char *text, size_t room) {
    size_t used;
    if (!peer->certificate) {
        (void)snprintf(text, room, "no certificate");
        return;
    }
    (void)snprintf(text, room, "%s",
                   peer->subject[0] != '\0' ? peer->subject : "a certificate without subject");
    for (size_t i = 0; i < peer->names_count; i++) {
        used = strlen(text);
        (void)snprintf(text + used, room - used, ", %s", peer->names[i]);
    }
}
