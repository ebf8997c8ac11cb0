/* Reads and writes the location that a call brings along. */
#include "calls/conveyed_location.h"

#include "sip/sip_address.h"

#include <string.h>

#define CALL_INFO_URN "urn:x-cisco-remotecc:callinfo"
#define NAME "x-cisco-loc-name"
#define TRAFFIC_CLASS "x-cisco-video-traffic-class"

/* A location's name: printable, without the @ that joins two, and not one that takes the call out
 * of the count. */
static bool is_usable(const char *name) {
    for (const char *c = name; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '@' || *c == '"' || *c == '\\') {
            return false;
        }
    }
    return name[0] != '\0' && strcmp(name, LOCATION_SHADOW) != 0 && strcmp(name, "Phantom") != 0;
}

static bool read_entry(const struct sip_name_address *entry, struct call_place *place) {
    struct call_place found = {0};
    struct sip_text value;
    if (!sip_text_is_nocase(entry->uri, CALL_INFO_URN) || !sip_param(entry->params, NAME, &value) ||
        !sip_text_copy(value, found.location, sizeof found.location) ||
        !is_usable(found.location)) {
        return false;
    }
    found.immersive =
        sip_param(entry->params, TRAFFIC_CLASS, &value) && sip_text_is_nocase(value, "immersive");
    *place = found;
    return true;
}

bool conveyed_location_read(const struct sip_message *request, struct call_place *place) {
    for (size_t i = 0; i < request->count; i++) {
        struct sip_name_address entry;
        struct sip_text rest = request->headers[i].value;
        while (request->headers[i].name == SIP_CALL_INFO && rest.length > 0 &&
               sip_name_address_parse(rest, &entry)) {
            if (read_entry(&entry, place)) {
                return true;
            }
            rest = entry.rest;
        }
    }
    return false;
}

void conveyed_location_write(struct sip_writer *writer, const struct call_place *place) {
    sip_put(writer, "Call-Info: <" CALL_INFO_URN ">;" NAME "=\"");
    sip_put_value(writer, sip_text_of(place->location[0] != '\0' ? place->location : "Hub_None"));
    sip_put(writer, "\";" TRAFFIC_CLASS "=");
    sip_put(writer, place->immersive ? "immersive" : "desktop");
    sip_put(writer, "\r\n");
}
