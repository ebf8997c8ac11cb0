/* The recorder: what happened, in order, as text. */
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>
#include <sojourn/net.h>

#include "host/bus/bus.h"
#include "host/telemetry/log.h"
#include "kit.h"

static struct entry *add_entry(sj_testkit *kit, const char *kind, char *text) {
    if (!sj_array_room(&kit->entries, &kit->entries_room, kit->entries_count + 1,
                       sizeof *kit->entries)) {
        abort();
    }
    struct entry *entry = &kit->entries[kit->entries_count++];
    memset(entry, 0, sizeof *entry);
    entry->kind = kind;
    entry->text = text;
    return entry;
}

void kit_record(sj_testkit *kit, const char *kind, const char *text) {
    (void)add_entry(kit, kind, kit_copy(text));
}

static void add_end(sj_text *text, const sj_address *address) {
    char ip[SJ_ADDRESS_TEXT];
    int port = sj_address_format(address, ip, sizeof ip);
    sj_text_printf(text, "%s:%d", ip, port);
}

void kit_record_bytes(sj_testkit *kit, const char *kind, const sj_address *from,
                      const sj_address *to, const void *data, size_t length) {
    const unsigned char *bytes = data;
    sj_text text = {0};
    struct entry *entry;
    add_end(&text, from);
    sj_text_printf(&text, " > ");
    add_end(&text, to);
    sj_text_printf(&text, " ");
    for (size_t i = 0; i < length; i++) {
        if ((bytes[i] >= 0x20 && bytes[i] < 0x7f) || bytes[i] == '\n' || bytes[i] == '\r' ||
            bytes[i] == '\t') {
            sj_text_add(&text, (const char *)&bytes[i], 1);
        } else {
            sj_text_printf(&text, "\\x%02x", bytes[i]);
        }
    }
    entry = add_entry(kit, kind, sj_text_take(&text));
    entry->to = *to;
    entry->length = length;
    entry->data = kit_need(length);
    memcpy(entry->data, data, length);
}

static void on_event(void *user, const char *type, const char *json) {
    sj_text text = {0};
    sj_text_printf(&text, "%s %s", type, json);
    (void)add_entry(user, "event", sj_text_take(&text));
}

static void on_log(void *user, sj_log_level level, const char *who, const char *trace_id,
                   const char *line) {
    sj_text text = {0};
    (void)trace_id;
    sj_text_printf(&text, "%s %s: %s", sj_log_level_name(level), who, line);
    (void)add_entry(user, "log", sj_text_take(&text));
}

void kit_recorder_open(sj_testkit *kit) {
    sj_log_configure(&kit->node, SJ_LOG_DEBUG, false);
    sj_log_set_sink(&kit->node, on_log, kit);
    kit->tap = sj_bus_tap(&kit->node, NULL, on_event, kit);
}

void kit_recorder_close(sj_testkit *kit) {
    sj_log_configure(&kit->node, SJ_LOG_ERROR, false);
    sj_log_set_sink(&kit->node, NULL, NULL);
    sj_host_handle_close(kit->tap);
    sj_testkit_forget(kit);
    free(kit->entries);
    kit->entries = NULL;
}

void sj_testkit_forget(sj_testkit *kit) {
    for (size_t i = 0; i < kit->entries_count; i++) {
        free(kit->entries[i].text);
        free(kit->entries[i].data);
    }
    kit->entries_count = 0;
}

static bool matches(const struct entry *entry, const char *kind, const char *needle) {
    return strcmp(entry->kind, kind) == 0 &&
           (needle == NULL || strstr(entry->text, needle) != NULL);
}

const char *sj_testkit_find(sj_testkit *kit, const char *kind, const char *needle) {
    for (size_t i = kit->entries_count; i-- > 0;) {
        if (matches(&kit->entries[i], kind, needle)) {
            return kit->entries[i].text;
        }
    }
    return NULL;
}

size_t sj_testkit_count(sj_testkit *kit, const char *kind, const char *needle) {
    size_t count = 0;
    for (size_t i = 0; i < kit->entries_count; i++) {
        count += matches(&kit->entries[i], kind, needle);
    }
    return count;
}

static const struct entry *nth(const sj_testkit *kit, const char *kind, size_t index) {
    for (size_t i = 0; i < kit->entries_count; i++) {
        if (matches(&kit->entries[i], kind, NULL) && index-- == 0) {
            return &kit->entries[i];
        }
    }
    return NULL;
}

const char *sj_testkit_nth(sj_testkit *kit, const char *kind, size_t index) {
    const struct entry *entry = nth(kit, kind, index);
    return entry == NULL ? NULL : entry->text;
}

bool sj_testkit_datagram_sent(sj_testkit *kit, size_t index, sj_address *to, const void **data,
                              size_t *length) {
    const struct entry *entry = nth(kit, "udp", index);
    if (entry == NULL) {
        return false;
    }
    if (to != NULL) {
        *to = entry->to;
    }
    *data = entry->data;
    *length = entry->length;
    return true;
}

void sj_testkit_print(sj_testkit *kit) {
    for (size_t i = 0; i < kit->entries_count; i++) {
        (void)fprintf(stderr, "%-6s %s\n", kit->entries[i].kind, kit->entries[i].text);
    }
}
