/* Reads and writes what a call brings along: its location, and that it is an emergency call. */
#include "calls/conveyed_location.h"
#include "sip/header_values.h"

#include "sip/sip_address.h"

#include <string.h>

#define CALL_INFO_URN "urn:x-cisco-remotecc:callinfo"
#define NAME "x-cisco-loc-name"
#define COUNTED_BY "x-sojourn-counted-by"
#define TRAFFIC_CLASS "x-cisco-video-traffic-class"
#define EMERGENCY "esnet."

/* A location's name: printable, without the @ that joins two, and not one that takes the call out
 * of the count. */
bool conveyed_location_is_usable(const char *name) {
    for (const char *c = name; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '@' || *c == '"' || *c == '\\') {
            return false;
        }
    }
    return name[0] != '\0' && strcmp(name, SJ_LOCATION_SHADOW) != 0 &&
           strcmp(name, SJ_LOCATION_PHANTOM) != 0;
}

static bool read_entry(const struct sip_name_address *entry, struct call_place *place,
                       char counted_by[52]) {
    struct call_place found = {0};
    struct sip_text value;
    if (!sip_text_is_nocase(entry->uri, CALL_INFO_URN) || !sip_param(entry->params, NAME, &value) ||
        !sip_text_copy(value, found.location, sizeof found.location) ||
        !conveyed_location_is_usable(found.location)) {
        return false;
    }
    found.immersive =
        sip_param(entry->params, TRAFFIC_CLASS, &value) && sip_text_is_nocase(value, "immersive");
    *place = found;
    if (counted_by != NULL) {
        counted_by[0] = '\0';
    }
    if (counted_by != NULL && sip_param(entry->params, COUNTED_BY, &value)) {
        (void)sip_text_copy(value, counted_by, sizeof found.cluster_id);
    }
    return true;
}

bool conveyed_location_read(const struct sip_message *message, struct call_place *place,
                            char counted_by[52]) {
    struct sip_values values = sip_values_of(message, SIP_CALL_INFO);
    struct sip_name_address entry;
    struct sip_text value;
    while (sip_values_next(&values, &value)) {
        if (sip_name_address_parse(value, &entry) && read_entry(&entry, place, counted_by)) {
            return true;
        }
    }
    return false;
}

void conveyed_location_write(struct sip_writer *writer, const struct call_place *place,
                             const char *counted_by) {
    sip_put(writer, "Call-Info: <" CALL_INFO_URN ">;" NAME "=\"");
    sip_put_value(writer,
                  sip_text_of(place->location[0] != '\0' ? place->location : SJ_LOCATION_HUB_NONE));
    sip_put(writer, "\";" TRAFFIC_CLASS "=");
    sip_put(writer, place->immersive ? "immersive" : "desktop");
    if (counted_by[0] != '\0') {
        sip_put(writer, ";" COUNTED_BY "=\"");
        sip_put_value(writer, sip_text_of(counted_by));
        sip_put(writer, "\"");
    }
    sip_put(writer, "\r\n");
}

/* "esnet.0, wps.3": a namespace and a priority each, whatever the priority. */
bool conveyed_emergency_read(const struct sip_message *request) {
    const size_t length = strlen(EMERGENCY);
    struct sip_values values = sip_values_of(request, SIP_RESOURCE_PRIORITY);
    struct sip_text value;
    while (sip_values_next(&values, &value)) {
        if (value.length > length &&
            sip_text_is_nocase((struct sip_text){value.at, length}, EMERGENCY)) {
            return true;
        }
    }
    return false;
}

void conveyed_emergency_write(struct sip_writer *writer) {
    sip_put(writer, "Resource-Priority: " EMERGENCY "0\r\n");
}
