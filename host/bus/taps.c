/* The bus in JSON: taps of live events, and requests asked by those who have no structs (REST,
 * shell). */
#include <stdlib.h>
#include <string.h>

#include "host/bus/taps.h"
#include "host/record/convert.h"

struct tap {
    sj_handle handle;
    sj_list_link link;
    struct bus *bus;
    struct channel *channel; /* NULL: all events */
    sj_bus_tap_fn callback;
    void *user;
};

static void tap_close(sj_handle *handle) {
    struct tap *tap = (struct tap *)handle;
    if (tap->channel != NULL) {
        tap->channel->taps--;
    } else {
        tap->bus->taps_of_all--;
    }
    sj_list_remove(&tap->link);
    sj_handle_release(handle);
}

sj_handle *sj_bus_tap(struct node *node, const char *type, sj_bus_tap_fn callback, void *user) {
    struct tap *tap = sj_node_alloc(node, sizeof *tap);
    if (tap == NULL) {
        return NULL;
    }
    tap->channel = type == NULL ? NULL : sj_bus_channel(node, type);
    if ((type != NULL && tap->channel == NULL) ||
        sj_handle_init(&tap->handle, node->scope, "tap", SJ_HERE,
                       type == NULL ? "all events" : type, tap_close) != SJ_OK) {
        free(tap);
        return NULL;
    }
    if (tap->channel != NULL) {
        tap->channel->taps++;
    } else {
        node->bus->taps_of_all++;
    }
    tap->bus = node->bus;
    tap->callback = callback;
    tap->user = user;
    sj_list_add_first(&node->bus->taps, &tap->link);
    return &tap->handle;
}

/* Blanks what must not be seen, in a copy of ours. */
static void redact(const sj_record_meta *meta, void *record) {
    static const char *const hidden = "";
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        char *at = (char *)record + field->offset;
        bool secret = (field->flags & SJ_FIELD_SENSITIVE) != 0 || field->type == SJ_TYPE_SECRET;
        if (field->type == SJ_TYPE_RECORD) {
            if (secret) {
                memset(at, 0, field->record->struct_size);
            }
            redact(field->record, at);
        } else if (field->type == SJ_TYPE_LIST && secret) {
            memset((char *)record + field->count_offset, 0, sizeof(size_t));
        } else if (field->type == SJ_TYPE_LIST && field->record != NULL) {
            char *items;
            size_t count;
            memcpy(&items, at, sizeof items);
            memcpy(&count, (char *)record + field->count_offset, sizeof count);
            for (size_t item = 0; item < count; item++) {
                redact(field->record, items + item * field->record->struct_size);
            }
        } else if (secret && (field->type == SJ_TYPE_TEXT || field->type == SJ_TYPE_REFERENCE ||
                              field->type == SJ_TYPE_SECRET)) {
            memcpy(at, &hidden, sizeof(const char *));
        } else if (secret) {
            size_t size = field->type == SJ_TYPE_BOOLEAN ? sizeof(bool)
                          : field->type == SJ_TYPE_ENUM  ? sizeof(int)
                                                         : sizeof(int64_t);
            memset(at, 0, size);
        }
    }
}

void sj_bus_tapped(struct channel *channel, const sj_record_meta *meta, const void *event) {
    struct node *node = channel->node;
    void *copy = node->table.record_to_json == NULL ? NULL : sj_record_convert(meta, meta, event);
    char *json;
    if (copy == NULL) {
        return;
    }
    redact(meta, copy);
    json = node->table.record_to_json(meta, copy);
    free(copy);
    if (json == NULL) {
        return;
    }
    SJ_LIST_EACH(tap, &node->bus->taps, struct tap, link) { /* a tap may close itself */
        if (tap->channel == NULL || tap->channel == channel) {
            tap->callback(tap->user, channel->name, json);
        }
    }
    node->table.text_free(json);
}

struct json_ask {
    sj_handle handle;
    struct node *node;
    const sj_request_meta *meta;
    sj_bus_json_fn callback;
    void *user;
};

static void json_ask_close(sj_handle *handle) {
    sj_handle_release(handle);
}

static void replied(void *user, int status, const sj_error *error, const void *reply) {
    struct json_ask *ask = user;
    char *json = NULL;
    sj_error no_memory;
    if (status == SJ_OK) {
        json = ask->node->table.record_to_json(ask->meta->reply, reply);
        if (json == NULL) {
            status = sj_error_set(&no_memory, SJ_E_NO_MEMORY,
                                  "out of memory: cannot show the reply to %s", ask->meta->name);
            error = &no_memory;
        }
    }
    ask->callback(ask->user, status, error, json);
    if (json != NULL) {
        ask->node->table.text_free(json);
    }
    sj_host_handle_close(&ask->handle);
}

int sj_bus_ask_json(struct node *node, const char *name, const char *json, sj_bus_json_fn callback,
                    void *user, sj_error *error) {
    const sj_request_meta *meta = sj_bus_find_request(node, name);
    const char *body = json == NULL || json[0] == '\0' ? "{}" : json;
    void *request = NULL;
    struct json_ask *ask;
    int status;
    if (meta == NULL) {
        return sj_error_set(error, SJ_E_NOT_FOUND, "there is no request named \"%s\"", name);
    }
    status = node->table.record_from_json(meta->request, body, strlen(body), &request, error);
    if (status != SJ_OK) {
        return status;
    }
    ask = sj_node_alloc(node, sizeof *ask);
    if (ask == NULL || sj_handle_init(&ask->handle, node->scope, "request", SJ_HERE, name,
                                      json_ask_close) != SJ_OK) {
        free(ask);
        status =
            sj_error_set(error, SJ_E_NO_MEMORY,
                         "request %s cannot be asked: the node is stopping or out of memory", name);
    } else {
        ask->node = node;
        ask->meta = meta;
        ask->callback = callback;
        ask->user = user;
        status = sj_host_request_ask(node->scope, SJ_HERE, meta, request, 0, replied, ask, error);
        if (status != SJ_OK) {
            sj_host_handle_close(&ask->handle);
        }
    }
    node->table.record_free(request);
    return status;
}
