/* What live devices are made from is watched: phones, profiles, users, templates, pools, services,
 * numbers, policies. A change selects the live devices concerned, and they are made anew
 * (refresh.c) a few at a time, so that the loop is never held however many they are. */
#include "devices/sources.h"

#include <sojourn/base/hash.h>
#include <stdlib.h>

#include "devices/compose.h"
#include "devices/refresh.h"
#include "events/node.h"
#include "resources/emcc_base_device.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/phone_service.h"

enum { PAGE = 10, PAUSE_MS = 20, IDLE_MS = 60000, MOST_SELECTIONS = 256 };

enum kind { ONE, LIVE, PHONES };

/* A phone (ONE: `value`), the live devices that answer a query, or all phones with a logout
 * profile. */
struct em_selection {
    sj_list_link link;
    enum kind kind;
    bool notify, begun;
    const char *field, *field2; /* constants */
    char value[EM_DEVICE_ROOM], value2[EM_NAME_ROOM];
    char after[EM_DEVICE_ROOM];
};

static bool same(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool covers(const struct em_selection *wide, const struct em_selection *narrow) {
    const bool notified = wide->notify || !narrow->notify;
    if (wide->begun || !notified || wide->kind != narrow->kind) {
        return false;
    }
    return (wide->kind == LIVE && wide->field == NULL) ||
           (same(wide->field, narrow->field) && same(wide->field2, narrow->field2) &&
            strcmp(wide->value, narrow->value) == 0 && strcmp(wide->value2, narrow->value2) == 0 &&
            wide->notify == narrow->notify);
}

/* ---- at work ---- */

static size_t live_page(struct em *em, struct em_selection *selection) {
    const sj_query query = {.field = selection->field,
                            .value = selection->value,
                            .field2 = selection->field2,
                            .value2 = selection->value2,
                            .after_key = selection->after[0] != '\0' ? selection->after : NULL,
                            .limit = PAGE};
    sj_list list = {0};
    sj_error error = {0};
    if (sj_live_device_list(em->scope, &query, &list, &error) != SJ_OK) {
        sj_log_warning(em->scope, "live devices are not updated: %s", error.text);
        return 0;
    }
    const size_t count = list.count;
    for (size_t i = 0; i < count; i++) {
        em_copy(selection->after, sj_live_device_at(&list, i)->name);
        em_device_refresh(em, selection->after, selection->notify);
    }
    sj_list_free(em->scope, &list);
    return count;
}

static size_t phones_page(struct em *em, struct em_selection *selection) {
    const sj_query query = {.after_key = selection->after[0] != '\0' ? selection->after : NULL,
                            .limit = PAGE};
    sj_list list = {0};
    sj_error error = {0};
    if (sj_phone_list(em->scope, &query, &list, &error) != SJ_OK) {
        sj_log_warning(em->scope, "logout profiles are not looked at: %s", error.text);
        return 0;
    }
    const size_t count = list.count;
    for (size_t i = 0; i < count; i++) {
        const sj_phone *phone = sj_phone_at(&list, i);
        em_copy(selection->after, phone->name);
        if (phone->enable_extension_mobility && sj_given(phone->logout_profile)) {
            em_device_refresh(em, phone->name, selection->notify);
        }
    }
    sj_list_free(em->scope, &list);
    return count;
}

static void work_after(struct em *em, int64_t pause_ms) {
    if (!em->refresh_due && !sj_list_empty(&em->selections)) {
        em->refresh_due = true;
        sj_timer_again(em->scope, em->refresh_timer, pause_ms);
    }
}

/* One page of the first selection, or a page's worth of single phones. */
static void work(void *user) {
    struct em *em = user;
    em->refresh_due = false;
    for (size_t done = 0; !sj_list_empty(&em->selections) && done < PAGE;) {
        struct em_selection *selection =
            SJ_OWNER(sj_list_take_first(&em->selections), struct em_selection, link);
        size_t count = 0;
        selection->begun = true;
        if (selection->kind == ONE) {
            em_device_refresh(em, selection->value, selection->notify);
        } else {
            count = selection->kind == LIVE ? live_page(em, selection) : phones_page(em, selection);
        }
        done += count + 1;
        if (count == PAGE) { /* there may be more */
            sj_list_add_first(&em->selections, &selection->link);
        } else {
            free(selection);
        }
    }
    work_after(em, PAUSE_MS);
}

/* ---- selecting ---- */

static void clear(struct em *em) {
    SJ_LIST_EACH(selection, &em->selections, struct em_selection, link) {
        sj_list_remove(&selection->link);
        free(selection);
    }
}

/* May concern thousands. */
static bool is_wide(const struct em_selection *selection) {
    return selection->kind == PHONES ||
           (selection->kind == LIVE &&
            (selection->field == NULL || strcmp(selection->field, "emcc") == 0 ||
             strcmp(selection->field, "model") == 0 ||
             strcmp(selection->field, "device_pool") == 0));
}

/* What concerns few is not kept waiting by what concerns many. */
static void add(struct em *em, const struct em_selection *wanted) {
    struct em_selection *before = NULL; /* what waits behind the new one */
    const bool wide = is_wide(wanted);
    size_t waiting = 0;
    SJ_LIST_EACH(other, &em->selections, struct em_selection, link) {
        if (covers(other, wanted)) {
            return;
        }
        before = before == NULL && !wide && is_wide(other) ? other : before;
        waiting++;
    }
    if (waiting >= MOST_SELECTIONS &&
        !wide) { /* one look at everything is less work than that many at parts */
        const struct em_selection phones = {.kind = PHONES, .notify = true},
                                  all = {.kind = LIVE, .notify = true};
        clear(em);
        add(em, &phones);
        add(em, &all);
        return;
    }
    struct em_selection *added = malloc(sizeof *added);
    if (added == NULL) {
        sj_log_error(em->scope, "out of memory: a change does not reach those who are logged in");
        return;
    }
    *added = *wanted;
    added->link = (sj_list_link){0};
    if (before != NULL) {
        sj_list_add_before(&before->link, &added->link);
    } else {
        sj_list_add_last(&em->selections, &added->link);
    }
    work_after(em, 0);
}

static void select_one(struct em *em, const char *device_name, bool notify) {
    struct em_selection selection = {.kind = ONE, .notify = notify};
    em_copy(selection.value, device_name);
    add(em, &selection);
}

static void select_live(struct em *em, const char *field, const char *value, const char *field2,
                        const char *value2) {
    struct em_selection selection = {
        .kind = LIVE, .notify = true, .field = field, .field2 = field2};
    em_copy(selection.value, value);
    em_copy(selection.value2, value2);
    add(em, &selection);
}

/* A job has given the base device another template. It says itself whether phones are notified.
 * Base devices change in thousands: many of them are one look at all visitors. */
static void base_device_changed(struct em *em, const char *name) {
    sj_emcc_base_device *base = NULL;
    sj_live_device *live = NULL;
    if (sj_emcc_base_device_get(em->scope, name, &base, NULL) == SJ_OK &&
        sj_given(base->device_name) &&
        sj_live_device_get(em->scope, base->device_name, &live, NULL) == SJ_OK && live->emcc &&
        strcmp(live->emcc_template, base->emcc_template) != 0) {
        struct em_selection visitors = {
            .kind = LIVE, .notify = base->reset, .field = "emcc", .value = "true"};
        add(em, &visitors);
    }
    sj_record_free(em->scope, live);
    sj_record_free(em->scope, base);
}

/* "Cisco 8851@SIP" */
static void default_profile_changed(struct em *em, const char *key) {
    const char *protocol = strrchr(key, '@');
    char model[EM_DEVICE_ROOM];
    if (protocol != NULL) {
        em_print(model, sizeof model, "%.*s", (int)(protocol - key), key);
        select_live(em, "model", model, "protocol", protocol + 1);
    }
}

static uint64_t hash_enterprise_services(struct em *em) {
    const char *names[50];
    sj_list list = {0};
    uint64_t hash = SJ_HASH_BEGIN;
    const size_t count = em_compose_list_services(em, &list, names, 50);
    for (size_t i = 0; i < count; i++) {
        hash = sj_hash_more(hash, names[i], strlen(names[i]) + 1); /* the end counts */
    }
    sj_list_free(em->scope, &list);
    return hash;
}

static void service_changed(struct em *em) {
    const uint64_t hash = hash_enterprise_services(em);
    if (hash != em->enterprise_services) {
        const struct em_selection all = {.kind = LIVE, .notify = true};
        em->enterprise_services = hash;
        add(em, &all);
    }
}

static void on_config(void *user, const sj_config_changed *event) {
    static const struct {
        const char *resource, *field;
    } sources[] = {{"device_profile", "device_profile"},
                   {"end_user", "user_id"},
                   {"emcc_template", "emcc_template"},
                   {"phone_model", "model"},
                   {"directory_number", "lines.directory_number"}};
    struct em *em = user;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (strcmp(event->resource, sources[i].resource) == 0) {
            select_live(em, sources[i].field, event->key, NULL, NULL);
            return;
        }
    }
    if (strcmp(event->resource, "phone") == 0) {
        select_one(em, event->key, true);
    } else if (strcmp(event->resource, "default_device_profile") == 0) {
        default_profile_changed(em, event->key);
    } else if (strcmp(event->resource, "device_pool") == 0) {
        select_live(em, "device_pool", event->key, "emcc",
                    "true"); /* its adjunct CSS; others only bear its name */
    } else if (strcmp(event->resource, "policy_version") == 0) {
        const struct em_selection visitors = {
            .kind = LIVE, .field = "emcc", .value = "true"}; /* css.select may be another */
        add(em, &visitors);
    } else if (strcmp(event->resource, "emcc_base_device") == 0) {
        base_device_changed(em, event->key);
    } else if (strcmp(event->resource, "phone_service") == 0) {
        service_changed(em);
    }
}

void em_sources_start(struct em *em) {
    const struct em_selection phones = {.kind = PHONES, .notify = true},
                              all = {.kind = LIVE, .notify = true};
    em->enterprise_services = hash_enterprise_services(em);
    add(em, &phones);
    add(em, &all);
}

int em_sources_open(struct em *em, sj_error *error) {
    em->refresh_timer = sj_timer_start(em->scope, IDLE_MS, IDLE_MS, work, em);
    if (em->refresh_timer == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: no timer");
    }
    return sj_on_config_changed(em->scope, on_config, em, error) != NULL ? SJ_OK
           : error->code != SJ_OK                                        ? error->code
                                                                         : SJ_E_INTERNAL;
}

void em_sources_close(struct em *em) {
    clear(em);
}
