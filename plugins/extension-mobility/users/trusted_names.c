/* The host names of the trusted list, kept resolved. */
#include "users/trusted_names.h"

#include <sojourn/dns.h>
#include <stdlib.h>

#include "em.h"
#include "events/node.h"
#include "parameters/extension_mobility.h"

enum { EVERY_MS = 60000, NAME_ROOM = 254, NAMES = 64, ADDRESSES = 16, LIST_ROOM = 1025 };

/* A name of the list, and its last known addresses. */
struct trusted_name {
    sj_list_link link;
    struct em *em;
    sj_handle *asked; /* NULL: no look-up is under way */
    bool listed;
    size_t count;
    char name[NAME_ROOM], addresses[ADDRESSES][SJ_ADDRESS_TEXT];
};

struct em_trusted_names {
    sj_list_head all;
    size_t count;
};

bool em_trusted_names_have(const struct em *em, const char *address) {
    if (em->trusted_names == NULL) {
        return false;
    }
    SJ_LIST_EACH(name, &em->trusted_names->all, struct trusted_name, link) {
        for (size_t i = 0; i < name->count; i++) {
            if (strcmp(name->addresses[i], address) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void log_unresolved(const struct trusted_name *name, const char *reason) {
    sj_log_limited(name->em->scope, SJ_LOG_WARNING,
                   "a name of the Trusted List of IPs cannot be resolved",
                   "%.200s: %.200s; the last known addresses are used", name->name, reason);
}

static void on_answer(void *user, const sj_dns_answer *answer) {
    struct trusted_name *name = user;
    name->asked = NULL;
    if (answer->status != SJ_OK) {
        log_unresolved(name, answer->reason);
        return;
    }
    name->count = 0;
    for (size_t i = 0; i < answer->count && name->count < ADDRESSES; i++) {
        (void)sj_address_format(&answer->records[i].address, name->addresses[name->count++],
                                SJ_ADDRESS_TEXT);
    }
}

static void ask(struct trusted_name *name) {
    sj_error error = {0};
    if (name->asked == NULL) {
        name->asked =
            sj_dns_ask(name->em->scope, name->name, SJ_DNS_ADDRESSES, on_answer, name, &error);
        if (name->asked == NULL) {
            log_unresolved(name, error.text);
        }
    }
}

static void list_name(struct em *em, const char *text) {
    struct em_trusted_names *names = em->trusted_names;
    struct trusted_name *name = NULL;
    SJ_LIST_EACH(known, &names->all, struct trusted_name, link) {
        name = strcmp(known->name, text) == 0 ? known : name;
    }
    if (name == NULL && names->count < NAMES && (name = calloc(1, sizeof *name)) != NULL) {
        name->em = em;
        em_copy(name->name, text);
        sj_list_add_first(&names->all, &name->link);
        names->count++;
    }
    if (name != NULL) { /* without memory: the next minute */
        name->listed = true;
    }
}

static void drop_unlisted(struct em *em) {
    struct em_trusted_names *names = em->trusted_names;
    SJ_LIST_EACH(name, &names->all, struct trusted_name, link) {
        if (!name->listed) {
            if (name->asked != NULL) {
                sj_handle_close(em->scope, name->asked);
            }
            sj_list_remove(&name->link);
            names->count--;
            free(name);
        }
    }
}

/* Asks for all names that stand in the list now. */
static void look_up(void *user) {
    struct em *em = user;
    struct em_trusted_names *names = em->trusted_names;
    char copy[LIST_ROOM], *rest = NULL;
    SJ_LIST_EACH(name, &names->all, struct trusted_name, link) {
        name->listed = false;
    }
    em_copy(copy, sj_param_em_trusted_list_of_ips(em->scope));
    for (char *entry = strtok_r(copy, "; ", &rest); entry != NULL;
         entry = strtok_r(NULL, "; ", &rest)) {
        sj_address address;
        if (sj_address_parse(entry, 0, &address) != SJ_OK) {
            list_name(em, entry);
        }
    }
    drop_unlisted(em);
    SJ_LIST_EACH(name, &names->all, struct trusted_name, link) {
        ask(name);
    }
}

static void on_parameter(void *user, const sj_parameter_changed *event) {
    if (strcmp(event->symbol, sj_param_em_trusted_list_of_ips_meta.symbol) == 0) {
        look_up(user);
    }
}

int em_trusted_names_start(struct em *em, sj_error *error) {
    em->trusted_names = calloc(1, sizeof *em->trusted_names);
    if (em->trusted_names == NULL ||
        sj_on_parameter_changed(em->scope, on_parameter, em, error) == NULL ||
        sj_timer_start(em->scope, EVERY_MS, EVERY_MS, look_up, em) == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY,
                            "out of memory: cannot keep the names of the trusted list");
    }
    look_up(em);
    return SJ_OK;
}

void em_trusted_names_close(struct em *em) {
    if (em->trusted_names == NULL) {
        return;
    }
    SJ_LIST_EACH(name, &em->trusted_names->all, struct trusted_name, link) {
        sj_list_remove(&name->link);
        free(name);
    }
    free(em->trusted_names);
    em->trusted_names = NULL;
}
