/* Which events and requests are declared: built in (node->schema) or by plugins that brought a
 * schema along. */
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

#include "host/bus/state.h"

/* Visits the built-in schema and then the plugins', until `visit` returns true. */
static bool each_schema(struct node *node, bool (*visit)(void *user, const sj_schema *schema),
                        void *user) {
    if (node->schema != NULL && visit(user, node->schema)) {
        return true;
    }
    for (size_t i = 0; i < node->bus->schemas_count; i++) {
        if (visit(user, node->bus->schemas[i])) {
            return true;
        }
    }
    return false;
}

struct wanted {
    const char *name;
    const sj_record_meta *event;
    const sj_request_meta *request;
};

static bool find_event(void *user, const sj_schema *schema) {
    struct wanted *wanted = user;
    for (const sj_record_meta *const *event = schema->events; event != NULL && *event != NULL;
         event++) {
        if (strcmp((*event)->name, wanted->name) == 0) {
            wanted->event = *event;
            return true;
        }
    }
    return false;
}

static bool find_request(void *user, const sj_schema *schema) {
    struct wanted *wanted = user;
    for (const sj_request_meta *const *request = schema->requests;
         request != NULL && *request != NULL; request++) {
        if (strcmp((*request)->name, wanted->name) == 0) {
            wanted->request = *request;
            return true;
        }
    }
    return false;
}

const sj_record_meta *sj_bus_find_event(struct node *node, const char *name) {
    struct wanted wanted = {.name = name};
    return each_schema(node, find_event, &wanted) ? wanted.event : NULL;
}

const sj_request_meta *sj_bus_find_request(struct node *node, const char *name) {
    struct wanted wanted = {.name = name};
    return each_schema(node, find_request, &wanted) ? wanted.request : NULL;
}

struct visitor {
    void (*event)(void *user, const sj_record_meta *event);
    void (*request)(void *user, const sj_request_meta *request);
    void *user;
};

static bool visit_all(void *user, const sj_schema *schema) {
    const struct visitor *visitor = user;
    for (size_t i = 0;
         visitor->event != NULL && schema->events != NULL && schema->events[i] != NULL; i++) {
        visitor->event(visitor->user, schema->events[i]);
    }
    for (size_t i = 0;
         visitor->request != NULL && schema->requests != NULL && schema->requests[i] != NULL; i++) {
        visitor->request(visitor->user, schema->requests[i]);
    }
    return false;
}

void sj_bus_each_event(struct node *node, void (*visit)(void *user, const sj_record_meta *event),
                       void *user) {
    struct visitor visitor = {.event = visit, .user = user};
    (void)each_schema(node, visit_all, &visitor);
}

void sj_bus_each_request(struct node *node,
                         void (*visit)(void *user, const sj_request_meta *request), void *user) {
    struct visitor visitor = {.request = visit, .user = user};
    (void)each_schema(node, visit_all, &visitor);
}

static bool same_record(const sj_record_meta *one, const sj_record_meta *other) {
    size_t common =
        one->fields_count < other->fields_count ? one->fields_count : other->fields_count;
    return one->fingerprints[common] == other->fingerprints[common];
}

int sj_bus_add_schema(struct node *node, const sj_schema *schema, sj_error *error) {
    struct bus *bus = node->bus;
    for (size_t i = 0; schema->events != NULL && schema->events[i] != NULL; i++) {
        const sj_record_meta *known = sj_bus_find_event(node, schema->events[i]->name);
        if (known != NULL && !same_record(known, schema->events[i])) {
            return sj_error_set(error, SJ_E_CONFLICT,
                                "event %s of schema %s is declared differently already",
                                known->name, schema->name);
        }
    }
    for (size_t i = 0; schema->requests != NULL && schema->requests[i] != NULL; i++) {
        const sj_request_meta *known = sj_bus_find_request(node, schema->requests[i]->name);
        if (known != NULL && (!same_record(known->request, schema->requests[i]->request) ||
                              !same_record(known->reply, schema->requests[i]->reply))) {
            return sj_error_set(error, SJ_E_CONFLICT,
                                "request %s of schema %s is declared differently already",
                                known->name, schema->name);
        }
    }
    if (!sj_array_room(&bus->schemas, &bus->schemas_room, bus->schemas_count + 1, sizeof(void *))) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for schema %s", schema->name);
    }
    bus->schemas[bus->schemas_count++] = schema;
    return SJ_OK;
}

void sj_bus_remove_schema(struct node *node, const sj_schema *schema) {
    struct bus *bus = node->bus;
    for (size_t i = 0; i < bus->schemas_count; i++) {
        if (bus->schemas[i] == schema) {
            memmove(&bus->schemas[i], &bus->schemas[i + 1],
                    (bus->schemas_count - i - 1) * sizeof(const sj_schema *));
            bus->schemas_count--;
            return;
        }
    }
}
