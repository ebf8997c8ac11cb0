/* Finds the devices of a line by the store's index of lines. */
#include "shared_line.h"

#include <string.h>

#include "resources/live_device.h"
#include "resources/phone.h"

static bool has_live_device(sj_scope *scope, const char *name) {
    sj_live_device *live = NULL;
    const bool has = sj_live_device_get(scope, name, &live, NULL) == SJ_OK;
    sj_record_free(scope, live);
    return has;
}

void shared_line_each(sj_scope *scope, const char *directory_number,
                      void (*found)(void *user, const char *device), void *user) {
    const sj_query query = {.field = "lines.directory_number", .value = directory_number};
    sj_list live = {0}, phones = {0};
    if (sj_live_device_list(scope, &query, &live, NULL) == SJ_OK) {
        for (size_t i = 0; i < live.count; i++) {
            found(user, sj_live_device_at(&live, i)->name);
        }
    }
    if (sj_phone_list(scope, &query, &phones, NULL) == SJ_OK) {
        for (size_t i = 0; i < phones.count; i++) {
            const char *name = sj_phone_at(&phones, i)->name;
            if (!has_live_device(scope, name)) {
                found(user, name);
            }
        }
    }
    sj_list_free(scope, &live);
    sj_list_free(scope, &phones);
}

struct others {
    const char *device;
    bool found;
};

static void note_other(void *user, const char *device) {
    struct others *others = user;
    others->found = others->found || strcmp(device, others->device) != 0;
}

bool shared_line_is(sj_scope *scope, const char *device, const char *directory_number) {
    struct others others = {.device = device};
    shared_line_each(scope, directory_number, note_other, &others);
    return others.found;
}
