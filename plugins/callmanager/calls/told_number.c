/* Applies the transformation CSS of trunks to numbers of third parties. */
#include "calls/told_number.h"
#include "calls/call_leg.h"
#include "phones/device.h"

#include <stdio.h>

void told_number(const struct call_manager *manager, const char *trunk,
                 enum transformed_party party, const struct route_query *query,
                 char number[DIGITS_MAX], sj_presentation *shown) {
    const sj_sip_trunk *record = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, trunk);
    const bool connected = party == TRANSFORMED_CONNECTED;
    *shown = SJ_PRESENTATION_DEFAULT;
    if (record != NULL) {
        const struct party_transformation transformation = {
            .device = trunk,
            .party = party,
            .css = connected ? record->connected_party_transformation_css
                             : record->redirecting_party_transformation_css,
            .of_pool = connected ? record->use_device_pool_connected_party_transformation_css
                                 : record->use_device_pool_redirecting_party_transformation_css,
            .pool = record->device_pool};
        (void)party_transformation(&manager->plan, query, &transformation, number, shown);
    }
}

static struct route_query query_of(const struct call_leg *to, const char *mask) {
    return (struct route_query){.external_mask = mask,
                                .device_pool = to->call->device_pool,
                                .utc_s = sj_wall_ms(to->manager->scope) / 1000};
}

void told_number_connected(const struct call_leg *party, const struct call_leg *to,
                           struct call_identity *identity, char number[DIGITS_MAX]) {
    sj_presentation shown;
    if (!to->trunk || !to->inbound || party == to) {
        return;
    }
    const struct device_line *line = party == NULL ? NULL : call_leg_line(party);
    const struct route_query query = query_of(to, line == NULL ? "" : line_mask(line));
    (void)snprintf(number, DIGITS_MAX, "%s", identity->number);
    told_number(to->manager, to->device_name, TRANSFORMED_CONNECTED, &query, number, &shown);
    if (strcmp(number, identity->number) != 0) {
        identity->uri = call_identity_keeps_uri(identity->number, number) ? identity->uri : "";
        identity->number = number;
    }
    identity->withheld.number = identity->withheld.number || shown == SJ_PRESENTATION_RESTRICTED;
}

void told_number_redirecting(const void *to, struct forward_hop *hop) {
    const struct call_leg *leg = to;
    sj_presentation shown;
    if (leg->trunk) {
        const struct route_query query = query_of(leg, "");
        told_number(leg->manager, leg->device_name, TRANSFORMED_REDIRECTING, &query, hop->number,
                    &shown);
        hop->withheld = hop->withheld || shown == SJ_PRESENTATION_RESTRICTED;
    }
}
