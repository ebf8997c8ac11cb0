/* Who makes a request, and what the log says of it. */
#include "host/rest/asker.h"

#include <pwd.h>
#include <stdio.h>
#include <sys/types.h>

#include <sojourn/log.h>

#include "host/http/server.h"
#include "host/rest/internal.h"

/* From the file alone: what asks a directory service would hold the loop. */
static bool name_of_user(uid_t id, char *name, size_t room) {
    char space[1024];
    struct passwd entry, *found = NULL;
    FILE *file = fopen("/etc/passwd", "re");
    bool known = false;
    while (file != NULL && !known && fgetpwent_r(file, &entry, space, sizeof space, &found) == 0) {
        known = entry.pw_uid == id;
    }
    if (known) {
        (void)snprintf(name, room, "%s", entry.pw_name);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return known;
}

const char *rest_asker(sj_http_request *request, char name[REST_ASKER]) {
    uid_t id = 0;
    if (!sj_http_local_user(request, &id)) {
        (void)snprintf(name, REST_ASKER, "%s", request->user);
    } else if (!name_of_user(id, name, REST_ASKER)) {
        (void)snprintf(name, REST_ASKER, "user %u of the machine", (unsigned)id);
    }
    return name;
}

void rest_log_change(const struct rest *rest, sj_http_request *request, const char *what) {
    char name[REST_ASKER], from[SJ_ADDRESS_TEXT] = "this machine";
    uid_t id = 0;
    if (rest->node->table.log == NULL) {
        return;
    }
    if (!sj_http_local_user(request, &id)) {
        (void)sj_address_format(&request->peer, from, sizeof from);
    }
    sj_log_info(rest->node->scope, "%s by %s from %s", what, rest_asker(request, name), from);
}
