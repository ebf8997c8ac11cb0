/* The host names of the trusted list, kept resolved (trusted_names.h). */
#include "em.h"

#include <netdb.h>
#include <stdlib.h>

#include "events/node.h"
#include "parameters/extension_mobility.h"
#include "users/trusted_names.h"

enum { EVERY_MS = 60000, NAME_ROOM = 254, NAMES = 64, ADDRESSES = 256, LIST_ROOM = 1025 };

struct known_address {
    char name[NAME_ROOM], address[SJ_ADDRESS_TEXT];
};

/* One look at all names, on a thread. */
struct look {
    struct em *em;
    char list[LIST_ROOM];
    char failed[NAMES][NAME_ROOM];
    size_t failed_count, count;
    struct known_address found[ADDRESSES];
};

struct em_trusted_names {
    bool looking, again;
    size_t count;
    struct known_address known[ADDRESSES];
};

bool em_trusted_names_have(const struct em *em, const char *address) {
    const struct em_trusted_names *names = em->trusted_names;
    for (size_t i = 0; names != NULL && i < names->count; i++) {
        if (strcmp(names->known[i].address, address) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- on a thread ---- */

static void look_up(struct look *look, const char *name) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(name, NULL, &hints, &found) != 0) {
        if (look->failed_count < NAMES) {
            em_copy(look->failed[look->failed_count], name);
            look->failed_count++;
        }
        return;
    }
    for (const struct addrinfo *at = found; at != NULL && look->count < ADDRESSES; at = at->ai_next) {
        struct known_address *entry = &look->found[look->count];
        em_copy(entry->name, name);
        look->count +=
            getnameinfo(at->ai_addr, at->ai_addrlen, entry->address, sizeof entry->address, NULL, 0, NI_NUMERICHOST) == 0;
    }
    freeaddrinfo(found);
}

static void look_at_all(void *data) {
    struct look *look = data;
    char copy[LIST_ROOM];
    char *rest = NULL;
    em_copy(copy, look->list);
    for (char *name = strtok_r(copy, "; ", &rest); name != NULL; name = strtok_r(NULL, "; ", &rest)) {
        sj_address address;
        if (sj_address_parse(name, 0, &address) != SJ_OK) {
            look_up(look, name);
        }
    }
}

/* ---- on the loop ---- */

static void begin(struct em *em);

/* What was known of a name that cannot be looked up now is kept. */
static void keep_of(struct look *look, const struct em_trusted_names *names, const char *failed) {
    for (size_t i = 0; i < names->count && look->count < ADDRESSES; i++) {
        if (strcmp(names->known[i].name, failed) == 0) {
            look->found[look->count++] = names->known[i];
        }
    }
}

static void looked(void *data, int status, const sj_error *error) {
    struct look *look = data;
    struct em *em = look->em;
    (void)error;
    if (status == SJ_OK) {
        struct em_trusted_names *names = em->trusted_names;
        for (size_t i = 0; i < look->failed_count; i++) {
            sj_log_limited(em->scope, SJ_LOG_WARNING, "a name of the Trusted List of IPs is not told by the name servers",
                           "%.200s; what they told last is used", look->failed[i]);
            keep_of(look, names, look->failed[i]);
        }
        memcpy(names->known, look->found, sizeof names->known);
        names->count = look->count;
        names->looking = false;
        if (names->again) {
            names->again = false;
            begin(em);
        }
    }
    free(look);
}

static bool has_names(const char *list) {
    char copy[LIST_ROOM];
    char *rest = NULL;
    em_copy(copy, list);
    for (char *entry = strtok_r(copy, "; ", &rest); entry != NULL; entry = strtok_r(NULL, "; ", &rest)) {
        sj_address address;
        if (sj_address_parse(entry, 0, &address) != SJ_OK) {
            return true;
        }
    }
    return false;
}

static void begin(struct em *em) {
    struct em_trusted_names *names = em->trusted_names;
    const char *list = sj_param_em_trusted_list_of_ips(em->scope);
    struct look *look;
    if (names->looking) {
        names->again = true;
        return;
    }
    if (!has_names(list)) {
        names->count = 0;
        return;
    }
    look = calloc(1, sizeof *look);
    if (look == NULL) {
        return; /* the next minute */
    }
    look->em = em;
    em_copy(look->list, list);
    names->looking = sj_job_run(em->scope, look_at_all, looked, look) != NULL;
    if (!names->looking) {
        free(look);
    }
}

static void on_timer(void *user) {
    struct em *em = user;
    if (!em->trusted_names->looking) {
        begin(em);
    }
}

static void on_parameter(void *user, const sj_parameter_changed *event) {
    if (strcmp(event->symbol, sj_param_em_trusted_list_of_ips_meta.symbol) == 0) {
        begin(user);
    }
}

int em_trusted_names_start(struct em *em, sj_error *error) {
    em->trusted_names = calloc(1, sizeof *em->trusted_names);
    if (em->trusted_names == NULL || sj_on_parameter_changed(em->scope, on_parameter, em, error) == NULL ||
        sj_timer_start(em->scope, EVERY_MS, EVERY_MS, on_timer, em) == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the names of the trusted list");
    }
    begin(em);
    return SJ_OK;
}

void em_trusted_names_close(struct em *em) {
    free(em->trusted_names);
    em->trusted_names = NULL;
}
