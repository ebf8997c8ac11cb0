/* Reads the values of Record-Route. */
#include "sip/record_route.h"
#include "sip/header_values.h"
#include "sip/sip_address.h"

bool sip_record_routes_read(const struct sip_message *message, struct sip_record_routes *routes) {
    struct sip_values values = sip_values_of(message, SIP_RECORD_ROUTE);
    struct sip_name_address route;
    struct sip_text value;
    routes->count = 0;
    while (sip_values_next(&values, &value)) {
        if (routes->count == SIP_RECORD_ROUTES_MAX || !sip_name_address_parse(value, &route)) {
            return false;
        }
        routes->values[routes->count++] = value;
    }
    return true;
}

bool sip_record_routes_put(const struct sip_message *message, bool reversed,
                           struct sip_writer *writer) {
    struct sip_record_routes routes;
    if (!sip_record_routes_read(message, &routes)) {
        return false;
    }
    for (size_t i = 0; i < routes.count; i++) {
        sip_put(writer, "Route: ");
        sip_put_value(writer, routes.values[reversed ? routes.count - 1 - i : i]);
        sip_put(writer, "\r\n");
    }
    return !writer->overflow;
}
