/* The table of registered phones. No input or output. */
#include "phones/registration_table.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static struct registration_place *find_place(const struct registration_table *table,
                                             const sj_address *address) {
    SJ_MAP_EACH_OF(place, &table->by_address, sip_host_hash(address), struct registration_place,
                   link) {
        if (sip_same_host(&place->address, address)) {
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
    const sj_list_link *link = place != NULL ? sj_list_first(&place->phones) : NULL;
    for (; link != NULL && count > 0; link = sj_list_next(&place->phones, link)) {
        count--;
    }
    return count == 0;
}

/* False when out of memory. */
static bool come_to_place(struct registration *registration) {
    struct registration_table *table = registration->table;
    struct registration_place *place = find_place(table, &registration->flow.remote);
    if (place == NULL) {
        place = calloc(1, sizeof *place);
        if (place == NULL) {
            return false;
        }
        place->address = registration->flow.remote;
        sj_map_add(&table->by_address, &place->link, sip_host_hash(&place->address));
        table->bytes += sizeof *place;
    }
    registration->place = place;
    sj_list_add_first(&place->phones, &registration->there);
    return true;
}

static void leave_place(struct registration *registration) {
    struct registration_place *place = registration->place;
    if (place == NULL) {
        return;
    }
    sj_list_remove(&registration->there);
    if (sj_list_empty(&place->phones)) {
        (void)sj_map_remove(&registration->table->by_address, &place->link);
        registration->table->bytes -= sizeof *place;
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
    SJ_MAP_EACH_OF(registration, &table->by_name, sj_hash_keyed_text(device_name),
                   struct registration, by_name) {
        if (strcmp(registration->device->name, device_name) == 0) {
            return registration;
        }
    }
    return NULL;
}

struct registration *registration_first(const struct registration *of_phone) {
    return registration_find(of_phone->table, of_phone->device->name);
}

struct registration *registration_next(const struct registration *previous) {
    sj_map_link *link = sj_map_next(&previous->by_name);
    for (; link != NULL; link = sj_map_next(link)) {
        struct registration *registration = SJ_OWNER(link, struct registration, by_name);
        if (strcmp(registration->device->name, previous->device->name) == 0) {
            return registration;
        }
    }
    return NULL;
}

struct registration *registration_find_at(const struct registration_table *table,
                                          const char *device_name, const struct sip_flow *flow) {
    struct registration *found = registration_find(table, device_name), *next = found;
    for (; next != NULL; next = registration_next(next)) {
        if (sip_flow_equal(&next->flow, flow)) {
            return next;
        }
        if (sip_flow_same_host(&next->flow, flow) && !sip_flow_same_host(&found->flow, flow)) {
            found = next;
        }
    }
    return found;
}

struct registration *registration_from(const struct registration_table *table,
                                       const struct sip_flow *flow,
                                       const struct registration *previous) {
    sj_map_link *link = previous == NULL ? sj_map_first(&table->by_flow, sip_flow_hash(flow))
                                         : sj_map_next(&previous->by_flow);
    for (; link != NULL; link = sj_map_next(link)) {
        struct registration *registration = SJ_OWNER(link, struct registration, by_flow);
        if (sip_flow_equal(&registration->flow, flow)) {
            return registration;
        }
    }
    return NULL;
}

struct registration *registration_by_contact(const struct registration_table *table,
                                             struct sip_text contact) {
    SJ_MAP_EACH_OF(registration, &table->by_contact, sj_hash_keyed(contact.at, contact.length),
                   struct registration, by_contact) {
        if (sip_text_is(contact, registration->contact)) {
            return registration;
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

/* The lines that are called at this contact. */
static void list_lines(const struct registration *registration, struct device *device,
                       bool listed) {
    struct registration_table *table = registration->table;
    for (size_t i = 0; i < device->line_count; i++) {
        const char *record = registration_record(registration);
        if (record[0] != '\0' && strcmp(record, line_number(&device->lines[i])) != 0) {
            continue;
        }
        if (listed) {
            sj_map_add(&table->by_line, &device->lines[i].link,
                       sj_hash_keyed_text(device->lines[i].key));
        } else {
            (void)sj_map_remove(&table->by_line, &device->lines[i].link);
        }
    }
}

void registration_set_device(struct registration *registration, struct device *device) {
    struct device *old = registration->device;
    if (old == device) {
        return;
    }
    for (size_t i = 0; i < device->line_count; i++) {
        for (size_t j = 0; j < old->line_count; j++) {
            if (strcmp(device->lines[i].key, old->lines[j].key) == 0) {
                device->lines[i].calls = old->lines[j].calls;
            }
        }
    }
    list_lines(registration, old, false);
    registration->device = device;
    device->registration = registration;
    registration->table->bytes += device->bytes;
    registration->table->bytes -= old->bytes;
    list_lines(registration, device, true);
    device_free(old);
}

static void put_text(char **at, struct sip_text text, size_t most) {
    char *start = *at;
    const size_t length = text.length < most ? text.length : most;
    if (length > 0) {
        memcpy(start, text.at, length);
    }
    start[length] = '\0';
    *at += length + 1;
}

enum { CONTACT_MAX = 512, CALL_ID_MAX = 256, USER_AGENT_MAX = 128 };

static struct registration *registration_new(const struct registration_binding *binding) {
    const size_t texts =
        (binding->contact.length < CONTACT_MAX ? binding->contact.length : CONTACT_MAX) +
        (binding->record.length < CONTACT_MAX ? binding->record.length : CONTACT_MAX) +
        (binding->call_id.length < CALL_ID_MAX ? binding->call_id.length : CALL_ID_MAX) +
        (binding->user_agent.length < USER_AGENT_MAX ? binding->user_agent.length
                                                     : USER_AGENT_MAX) +
        4;
    const size_t bytes = offsetof(struct registration, contact) + texts;
    struct registration *registration =
        calloc(1, bytes > sizeof *registration ? bytes : sizeof *registration);
    char *at;
    if (registration == NULL) {
        return NULL;
    }
    registration->bytes = (uint32_t)bytes;
    at = registration->contact;
    put_text(&at, binding->contact, CONTACT_MAX);
    registration->record_at = (uint16_t)(at - registration->contact);
    put_text(&at, binding->record, CONTACT_MAX);
    registration->call_id_at = (uint16_t)(at - registration->contact);
    put_text(&at, binding->call_id, CALL_ID_MAX);
    registration->user_agent_at = (uint16_t)(at - registration->contact);
    put_text(&at, binding->user_agent, USER_AGENT_MAX);
    registration->flow = binding->flow;
    registration->registered_at_ms = binding->now_ms;
    registration->cisco = binding->cisco;
    registration->model_number = binding->model_number;
    return registration;
}

static void set_times(struct registration *registration,
                      const struct registration_binding *binding) {
    registration->cseq = binding->cseq;
    registration->granted_s = binding->granted_s;
    registration->expires_ms = binding->clock_ms + (uint64_t)binding->granted_s * 1000;
}

static bool same_texts(const struct registration *old, const struct registration_binding *binding) {
    return sip_text_is(binding->contact, old->contact) &&
           sip_text_is(binding->record, registration_record(old)) &&
           sip_text_is(binding->call_id, registration_call_id(old)) &&
           sip_flow_equal(&old->flow, &binding->flow);
}

struct registration *registration_put(struct registration_table *table, struct registration *old,
                                      struct device *device,
                                      const struct registration_binding *binding) {
    struct registration *registration;
    if (old != NULL && same_texts(old, binding)) {
        if (device != NULL) {
            registration_set_device(old, device);
        }
        old->flow.local = binding->flow.local;
        set_times(old, binding);
        return old;
    }
    registration = registration_new(binding);
    if (registration != NULL) {
        registration->table = table;
    }
    if (registration == NULL || !come_to_place(registration)) {
        free(registration);
        device_free(device);
        return NULL;
    }
    if (old != NULL) { /* the same phone from another place: its device moves over */
        if (device != NULL) {
            registration_set_device(old, device);
        }
        registration->device = old->device;
        registration->registered_at_ms = old->registered_at_ms;
        memcpy(registration->nonces, old->nonces, sizeof registration->nonces);
        registration->saved = old->saved;
        registration->notified_do_not_disturb = old->notified_do_not_disturb;
        registration->told_private = old->told_private;
        registration->shows_calls = old->shows_calls;
        old->device = NULL;
        registration_remove(old);
    } else {
        registration->device = device;
        table->bytes += device->bytes;
        list_lines(registration, device, true);
    }
    registration->device->registration = registration;
    table->bytes += registration->bytes;
    set_times(registration, binding);
    sj_map_add(&table->by_name, &registration->by_name,
               sj_hash_keyed_text(registration->device->name));
    sj_map_add(&table->by_contact, &registration->by_contact,
               sj_hash_keyed_text(registration->contact));
    sj_map_add(&table->by_flow, &registration->by_flow, sip_flow_hash(&registration->flow));
    return registration;
}

/* The owner stops the expiry timer before. */
void registration_remove(struct registration *registration) {
    (void)sj_map_remove(&registration->table->by_name, &registration->by_name);
    (void)sj_map_remove(&registration->table->by_flow, &registration->by_flow);
    (void)sj_map_remove(&registration->table->by_contact, &registration->by_contact);
    leave_place(registration);
    registration->table->bytes -= registration->bytes;
    if (registration->device != NULL) {
        registration->table->bytes -= registration->device->bytes;
        list_lines(registration, registration->device, false);
        device_free(registration->device);
    }
    free(registration);
}

void registration_table_free(struct registration_table *table) {
    sj_map_place place = {0};
    for (struct registration *registration;
         (registration = SJ_OWNER(sj_map_walk(&table->by_name, &place), struct registration,
                                  by_name)) != NULL;) {
        registration_remove(registration);
    }
    sj_map_clear(&table->by_name);
    sj_map_clear(&table->by_flow);
    sj_map_clear(&table->by_contact);
    sj_map_clear(&table->by_address);
    sj_map_clear(&table->by_line);
}
