/* Cuts the values of Record-Route apart. */
#include "sip/record_route.h"
#include "sip/sip_address.h"

/* Takes the next value out of a list, as it stands there. */
static bool take_value(struct sip_text *list, struct sip_text *value) {
    struct sip_name_address route;
    if (!sip_name_address_parse(*list, &route)) {
        return false;
    }
    *value = *list;
    if (route.rest.length > 0) {
        value->length = (size_t)(route.rest.at - list->at);
        while (value->at[value->length - 1] != ',') { /* blanks behind the comma */
            value->length--;
        }
        value->length--;
    }
    *value = sip_text_trim(*value);
    *list = route.rest;
    return true;
}

bool sip_record_routes_read(const struct sip_message *message, struct sip_record_routes *routes) {
    routes->count = 0;
    for (size_t i = 0; i < message->count; i++) {
        struct sip_text rest = message->headers[i].value;
        while (message->headers[i].name == SIP_RECORD_ROUTE && rest.length > 0) {
            if (routes->count == SIP_RECORD_ROUTES_MAX ||
                !take_value(&rest, &routes->values[routes->count])) {
                return false;
            }
            routes->count++;
        }
    }
    return true;
}
