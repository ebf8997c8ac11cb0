/* Places are counted from 1, over all speed dials in order. */
#include "calls/abbreviated_dial.h"
#include "core/refusals.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"
#include "phones/remote_control.h"
#include "phones/speed_dials.h"

#include <stdio.h>

struct wanted_dial {
    uint64_t place;
    char number[DIGITS_MAX]; /* what stands there; "" for nothing */
};

bool abbreviated_dial_service(const char *feature, const char **place) {
    static const char name[] = "abbrdial";
    const size_t length = sizeof name - 1;
    *place = "";
    if (strncmp(feature, name, length) != 0 ||
        (feature[length] != '\0' && feature[length] != '-')) {
        return false;
    }
    *place = feature + length + (feature[length] == '-');
    return true;
}

static void choose(void *user, const sj_speed_dial *dials, size_t count) {
    struct wanted_dial *wanted = user;
    if (wanted->place >= 1 && wanted->place <= count) {
        (void)snprintf(wanted->number, sizeof wanted->number, "%s",
                       dials[wanted->place - 1].number);
    }
}

/* NULL: it is found; else why not. */
static const char *find(struct call_manager *manager, const struct call_origin *origin,
                        const char *place, struct call_destination *destination, char why[100]) {
    struct wanted_dial wanted = {0};
    if (origin->device == NULL || origin->device->registration == NULL) {
        return "Only a phone of this cluster has speed dials";
    }
    if (!sip_text_number(sip_text_of(place), UINT16_MAX, &wanted.place)) {
        return "The place of a speed dial is expected before AbbrDial";
    }
    speed_dials_read(manager, origin->device, choose, &wanted);
    if (wanted.number[0] == '\0') {
        (void)snprintf(why, 100, "There is no speed dial %u", (unsigned)wanted.place);
        return why;
    }
    return call_destination_typed(manager, wanted.number, origin, NULL, destination, NULL) == SJ_OK
               ? NULL
               : "The speed dial names nobody who can be called";
}

bool abbreviated_dial_find(struct call_manager *manager, const struct sip_message *request,
                           const struct sip_flow *flow, const struct call_origin *origin,
                           const char *place, struct call_destination *destination) {
    char text[100];
    const char *why = find(manager, origin, place, destination, text);
    if (why == NULL) {
        return true;
    }
    (void)refusals_note(manager, REFUSED_FEATURE, flow, "AbbrDial is refused: %s", why);
    sip_answer(manager, request, flow, 503, why); /* as phones expect it of a feature */
    if (origin->device != NULL && origin->device->registration != NULL &&
        origin->device->registration->cisco) {
        remote_control_show(manager, origin->device->registration, why,
                            sj_param_ccm_call_park_display_timer(manager->scope));
    }
    return false;
}

static void count_dials(void *user, const sj_speed_dial *dials, size_t count) {
    size_t *counted = user;
    (void)dials;
    *counted = count;
}

const char *abbreviated_dial_hindrance(const struct call_manager *manager,
                                       const struct device *device) {
    size_t count = 0;
    speed_dials_read(manager, device, count_dials, &count);
    return count == 0 ? "The phone has no speed dials" : NULL;
}
