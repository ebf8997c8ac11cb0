/* The table of registered phones. No input or output. */
#include "phones/registration_table.h"

#include <sojourn/base/hash.h>

#include <stdio.h>
#include <stdlib.h>

static uint64_t hash_address(const sj_address *address) {
    return address->any.sa_family == AF_INET6 ? sj_hash_keyed(&address->v6.sin6_addr, 16)
                                              : sj_hash_keyed(&address->v4.sin_addr, 4);
}

static bool same_address(const sj_address *a, const sj_address *b) {
    return a->any.sa_family == b->any.sa_family &&
           (a->any.sa_family == AF_INET6 ? memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, 16) == 0
                                         : a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr);
}

static struct registration_place *find_place(const struct registration_table *table,
                                             const sj_address *address) {
    SJ_MAP_EACH_OF(place, &table->by_address, hash_address(address), struct registration_place,
                   link) {
        if (same_address(&place->address, address)) {
            return place;
        }
    }
    return NULL;
}

struct registration *registration_at(const struct registration_table *table,
                                     const sj_address *address) {
    const struct registration_place *place = find_place(table, address);
    return place != NULL ? SJ_OWNER(sj_list_first(&place->phones), struct registration, there)
                         : NULL;
}

bool registration_host_has(const struct registration_table *table, const sj_address *address,
                           size_t count) {
    const struct registration_place *place = find_place(table, address);
    const sj_list_link *at = place != NULL ? sj_list_first(&place->phones) : NULL;
    for (; at != NULL && count > 0; at = sj_list_next(&place->phones, at)) {
        count--;
    }
    return count == 0;
}

/* False when out of memory. */
static bool come_to_place(struct registration *of) {
    struct registration_table *table = of->table;
    struct registration_place *place = find_place(table, &of->flow.remote);
    if (place == NULL) {
        place = calloc(1, sizeof *place);
        if (place == NULL) {
            return false;
        }
        place->address = of->flow.remote;
        sj_map_add(&table->by_address, &place->link, hash_address(&place->address));
        table->bytes += sizeof *place;
    }
    of->place = place;
    sj_list_add_first(&place->phones, &of->there);
    return true;
}

static void leave_place(struct registration *of) {
    struct registration_place *place = of->place;
    if (place == NULL) {
        return;
    }
    sj_list_remove(&of->there);
    if (sj_list_empty(&place->phones)) {
        (void)sj_map_remove(&of->table->by_address, &place->link);
        of->table->bytes -= sizeof *place;
        free(place);
    }
}

size_t registration_table_bytes(const struct registration_table *table) {
    const size_t buckets = table->by_name.room + table->by_flow.room + table->by_contact.room +
                           table->by_address.room + table->by_line.room;
    return table->bytes + buckets * sizeof(sj_map_link *);
}

struct registration *registration_find(const struct registration_table *table,
                                       const char *device_name) {
    SJ_MAP_EACH_OF(found, &table->by_name, sj_hash_keyed_text(device_name), struct registration,
                   by_name) {
        if (strcmp(found->device->name, device_name) == 0) {
            return found;
        }
    }
    return NULL;
}

struct registration *registration_from(const struct registration_table *table,
                                       const struct sip_flow *flow,
                                       const struct registration *previous) {
    sj_map_link *link = previous == NULL ? sj_map_first(&table->by_flow, sip_flow_hash(flow))
                                         : sj_map_next(&previous->by_flow);
    for (; link != NULL; link = sj_map_next(link)) {
        struct registration *found = SJ_OWNER(link, struct registration, by_flow);
        if (sip_flow_equal(&found->flow, flow)) {
            return found;
        }
    }
    return NULL;
}

struct registration *registration_by_contact(const struct registration_table *table,
                                             struct sip_text contact) {
    SJ_MAP_EACH_OF(found, &table->by_contact, sj_hash_keyed(contact.at, contact.length),
                   struct registration, by_contact) {
        if (sip_text_is(contact, found->contact)) {
            return found;
        }
    }
    return NULL;
}

struct device_line *registration_lines(const struct registration_table *table, const char *key,
                                       const struct device_line *previous) {
    sj_map_link *link = previous == NULL ? sj_map_first(&table->by_line, sj_hash_keyed_text(key))
                                         : sj_map_next(&previous->link);
    for (; link != NULL; link = sj_map_next(link)) {
        struct device_line *line = SJ_OWNER(link, struct device_line, link);
        if (strcmp(line->key, key) == 0) {
            return line;
        }
    }
    return NULL;
}

static void list_lines(struct registration_table *table, struct device *with, bool listed) {
    for (size_t i = 0; i < with->line_count; i++) {
        if (listed) {
            sj_map_add(&table->by_line, &with->lines[i].link,
                       sj_hash_keyed_text(with->lines[i].key));
        } else {
            (void)sj_map_remove(&table->by_line, &with->lines[i].link);
        }
    }
}

void registration_set_device(struct registration *of, struct device *with) {
    struct device *old = of->device;
    if (old == with) {
        return;
    }
    for (size_t i = 0; i < with->line_count; i++) {
        for (size_t j = 0; j < old->line_count; j++) {
            if (strcmp(with->lines[i].key, old->lines[j].key) == 0) {
                with->lines[i].calls = old->lines[j].calls;
            }
        }
    }
    list_lines(of->table, old, false);
    of->device = with;
    with->registration = of;
    of->table->bytes += with->bytes;
    of->table->bytes -= old->bytes;
    list_lines(of->table, with, true);
    device_free(old);
}

static const char *put_text(char **at, struct sip_text text, size_t most) {
    char *start = *at;
    const size_t length = text.length < most ? text.length : most;
    if (length > 0) {
        memcpy(start, text.at, length);
    }
    start[length] = '\0';
    *at += length + 1;
    return start;
}

enum { CONTACT_MAX = 512, CALL_ID_MAX = 256, USER_AGENT_MAX = 128 };

static struct registration *registration_new(const struct registration_binding *binding) {
    const size_t texts =
        (binding->contact.length < CONTACT_MAX ? binding->contact.length : CONTACT_MAX) +
        (binding->call_id.length < CALL_ID_MAX ? binding->call_id.length : CALL_ID_MAX) +
        (binding->user_agent.length < USER_AGENT_MAX ? binding->user_agent.length
                                                     : USER_AGENT_MAX) +
        3;
    struct registration *made = calloc(1, sizeof *made + texts);
    char *at;
    if (made == NULL) {
        return NULL;
    }
    made->bytes = (uint32_t)(sizeof *made + texts);
    at = made->texts;
    made->contact = put_text(&at, binding->contact, CONTACT_MAX);
    made->call_id = put_text(&at, binding->call_id, CALL_ID_MAX);
    made->user_agent = put_text(&at, binding->user_agent, USER_AGENT_MAX);
    made->flow = binding->flow;
    made->registered_at_ms = binding->now_ms;
    made->cisco = binding->cisco;
    made->model_number = binding->model_number;
    return made;
}

static void set_times(struct registration *of, const struct registration_binding *binding) {
    of->cseq = binding->cseq;
    of->granted_s = binding->granted_s;
    of->expires_ms = binding->clock_ms + (uint64_t)binding->granted_s * 1000;
}

static bool same_texts(const struct registration *old, const struct registration_binding *binding) {
    return sip_text_is(binding->contact, old->contact) &&
           sip_text_is(binding->call_id, old->call_id) &&
           sip_flow_equal(&old->flow, &binding->flow);
}

struct registration *registration_put(struct registration_table *table, struct registration *old,
                                      struct device *with,
                                      const struct registration_binding *binding) {
    struct registration *made;
    if (old != NULL && same_texts(old, binding)) {
        if (with != NULL) {
            registration_set_device(old, with);
        }
        set_times(old, binding);
        return old;
    }
    made = registration_new(binding);
    if (made != NULL) {
        made->table = table;
    }
    if (made == NULL || !come_to_place(made)) {
        free(made);
        device_free(with);
        return NULL;
    }
    if (old != NULL) { /* the same phone from another place: its device moves over */
        if (with != NULL) {
            registration_set_device(old, with);
        }
        made->device = old->device;
        made->registered_at_ms = old->registered_at_ms;
        memcpy(made->nonces, old->nonces, sizeof made->nonces);
        made->saved = old->saved;
        made->notified_do_not_disturb = old->notified_do_not_disturb;
        old->device = NULL;
        registration_remove(old);
    } else {
        made->device = with;
        table->bytes += with->bytes;
        list_lines(table, with, true);
    }
    made->device->registration = made;
    table->bytes += made->bytes;
    set_times(made, binding);
    sj_map_add(&table->by_name, &made->by_name, sj_hash_keyed_text(made->device->name));
    sj_map_add(&table->by_contact, &made->by_contact, sj_hash_keyed_text(made->contact));
    sj_map_add(&table->by_flow, &made->by_flow, sip_flow_hash(&made->flow));
    return made;
}

/* The owner stops the expiry timer before. */
void registration_remove(struct registration *gone) {
    (void)sj_map_remove(&gone->table->by_name, &gone->by_name);
    (void)sj_map_remove(&gone->table->by_flow, &gone->by_flow);
    (void)sj_map_remove(&gone->table->by_contact, &gone->by_contact);
    leave_place(gone);
    gone->table->bytes -= gone->bytes;
    if (gone->device != NULL) {
        gone->table->bytes -= gone->device->bytes;
        list_lines(gone->table, gone->device, false);
        device_free(gone->device);
    }
    free(gone);
}

void registration_table_free(struct registration_table *table) {
    sj_map_place place = {0};
    for (struct registration *of; (of = SJ_OWNER(sj_map_walk(&table->by_name, &place),
                                                 struct registration, by_name)) != NULL;) {
        registration_remove(of);
    }
    sj_map_clear(&table->by_name);
    sj_map_clear(&table->by_flow);
    sj_map_clear(&table->by_contact);
    sj_map_clear(&table->by_address);
    sj_map_clear(&table->by_line);
}
