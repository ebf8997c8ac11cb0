/* Location conveyance of calls. */
#include "calls/call_location.h"
#include "calls/call_discretion.h"
#include "calls/call_presentation.h"
#include "media/pidf_lo.h"
#include "parameters/enterprise.h"
#include "resources/geolocation.h"
#include "resources/live_device.h"
#include "resources/phone.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

/* A record of the store that holds the address found, or none. */
struct found_place {
    sj_scope *scope;
    sj_civic_address address;
    void *record;
    const char *where; /* in words, for the trace */
};

/* ---- what came with the call ---- */

/* The part that the header names. Without a header the first place there is: some do not announce
 * it. */
static bool announced_part(const struct sip_message *request, struct multipart_part *part,
                           const char **why) {
    const struct sip_text header = sip_message_header(request, SIP_GEOLOCATION);
    const struct sip_text type = sip_message_header(request, SIP_CONTENT_TYPE);
    struct sip_name_address named;
    struct multipart reader;
    *why = "";
    if (request->first[SIP_GEOLOCATION] < 0) {
        return multipart_find(type, request->body, MEDIA_PIDF, part);
    }
    if (!sip_name_address_parse(header, &named) || named.uri.length < 4 ||
        strncasecmp(named.uri.at, "cid:", 4) != 0) {
        *why = "the Geolocation header names no part of the body; only places that come with the "
               "call are taken";
        return false;
    }
    const struct sip_text wanted = {named.uri.at + 4, named.uri.length - 4};
    if (multipart_begin(type, request->body, &reader)) {
        while (multipart_next(&reader, part)) {
            if (media_type_is(part->type, MEDIA_PIDF) && sip_text_equal(part->id, wanted)) {
                return true;
            }
        }
    }
    *why = "no part of the body has the Content-ID that the Geolocation header names";
    return false;
}

void call_location_keep(struct call *call, const struct sip_message *request) {
    const char *why = "";
    struct multipart_part part;
    struct pidf_lo_place place;
    if (!announced_part(request, &part, &why)) {
        if (why[0] != '\0') {
            call_trace(call, "ignoring the caller's location: %s", why);
            sj_log_info(call->manager->scope, "ignoring the location in the INVITE from %s: %s",
                        call_told_caller(call), why);
        }
        return;
    }
    if (!pidf_lo_read(part.content.at, part.content.length, &place, &why)) {
        call_trace(call, "the caller's location cannot be read: %s", why);
        sj_log_info(call->manager->scope, "the location in the INVITE from %s cannot be read: %s",
                    call_told_caller(call), why);
        return;
    }
    call->location = malloc(part.content.length);
    if (call->location != NULL) {
        memcpy(call->location, part.content.at, part.content.length);
        call->location_length = part.content.length;
    }
}

/* ---- whose place ---- */

static bool take_geolocation(struct found_place *found, const char *name, const char *where) {
    sj_geolocation *geolocation = NULL;
    if (!sj_given(name) || sj_geolocation_get(found->scope, name, &geolocation, NULL) != SJ_OK) {
        return false;
    }
    if (!pidf_lo_given(&geolocation->address)) {
        sj_record_free(found->scope, geolocation);
        return false;
    }
    found->record = geolocation;
    found->address = geolocation->address;
    found->where = where;
    return true;
}

static bool take_pool(struct found_place *found, const struct call *call, const char *name) {
    const sj_device_pool *pool = dial_plan_get(&call->manager->plan, PLAN_DEVICE_POOL, name);
    return pool != NULL && take_geolocation(found, pool->geolocation, "its device pool's");
}

/* A phone of this cluster, whoever is logged in. */
static bool take_phone(struct found_place *found, const struct call *call) {
    sj_phone *phone = NULL;
    bool taken = false;
    if (sj_phone_get(found->scope, call->caller->device_name, &phone, NULL) == SJ_OK) {
        taken = take_geolocation(found, phone->geolocation, "its own") ||
                take_pool(found, call, phone->device_pool);
    }
    sj_record_free(found->scope, phone);
    return taken;
}

/* A phone of another cluster. */
static bool take_visitor(struct found_place *found, const struct call *call) {
    sj_live_device *live = NULL;
    if (sj_live_device_get(found->scope, call->caller->device_name, &live, NULL) != SJ_OK) {
        return false;
    }
    if (pidf_lo_given(&live->geolocation)) {
        found->record = live;
        found->address = live->geolocation;
        found->where = "received from the visiting cluster";
        return true;
    }
    const bool taken = take_pool(found, call, live->device_pool);
    sj_record_free(found->scope, live);
    return taken;
}

static bool take_trunk(struct found_place *found, const struct call *call) {
    const sj_sip_trunk *trunk =
        dial_plan_get(&call->manager->plan, PLAN_SIP_TRUNK, call->caller->device_name);
    return trunk != NULL && (take_geolocation(found, trunk->geolocation, "the trunk's") ||
                             take_pool(found, call, trunk->device_pool));
}

/* False when the place is not known here; what came with the call may still do. */
static bool find_place(struct found_place *found, const struct call *call) {
    const struct call_leg *caller = call->caller;
    if (caller->trunk && !caller->emcc) {
        return call->location == NULL &&
               (take_trunk(found, call) ||
                take_geolocation(found, sj_param_enterprise_default_geolocation(found->scope),
                                 "the enterprise's"));
    }
    if (caller->emcc && !caller->trunk) {
        return take_visitor(found, call);
    }
    return take_phone(found, call) ||
           (call->location == NULL &&
            take_geolocation(found, sj_param_enterprise_default_geolocation(found->scope),
                             "the enterprise's"));
}

/* ---- into the INVITE ---- */

static sj_geolocation_filter *filter_for(sj_scope *scope, const sj_sip_trunk *trunk) {
    const char *const name = trunk->geolocation_filter[0] != '\0'
                                 ? trunk->geolocation_filter
                                 : sj_param_enterprise_default_geolocation_filter(scope);
    sj_geolocation_filter *filter = NULL;
    if (name[0] != '\0' && sj_geolocation_filter_get(scope, name, &filter, NULL) != SJ_OK) {
        sj_log_warning(scope,
                       "trunk %s: the geolocation filter %s does not exist; all fields are sent",
                       trunk->name, name);
    }
    return filter;
}

/* The document that goes over the trunk; empty text when none does. */
static void compose(struct call *call, const sj_sip_trunk *trunk, const char *calling,
                    bool anonymous, sj_xml_text *text) {
    sj_scope *scope = call->manager->scope;
    struct found_place found = {.scope = scope, .where = "came with the call"};
    sj_geolocation_filter *filter = filter_for(scope, trunk);
    struct pidf_lo_place *received = NULL;
    sj_civic_address sent;
    bool known = find_place(&found, call);
    if (!known && call->location != NULL && filter == NULL && !anonymous) {
        sj_xml_text_bytes(text, call->location, call->location_length);
        call_trace(call, "passing on the caller's location unchanged");
        return;
    }
    if (!known && call->location != NULL && (received = malloc(sizeof *received)) != NULL) {
        const char *why;
        known = pidf_lo_read(call->location, call->location_length, received, &why);
        found.address = received->address;
    }
    if (known && pidf_lo_reduce(&found.address, filter, &sent)) {
        char entity[DIGITS_MAX + 80], id[SIP_TAG + 1], words[200];
        const struct pidf_lo_about about = {entity, id, sj_wall_ms(scope)};
        id[0] = 'p';
        call_manager_token(call->manager, id + 1);
        (void)snprintf(entity, sizeof entity, "sip:%s@%s",
                       anonymous || calling[0] == '\0' ? "anonymous" : calling,
                       call->manager->address);
        pidf_lo_write(text, &sent, &about);
        pidf_lo_words(&sent, words, sizeof words);
        call_trace(call, "sending the caller's location (%s): %s", found.where, words);
    } else {
        call_trace(call, "trunk %s sends geolocation information, but %s", trunk->name,
                   known ? "the filter removes the whole location of the caller"
                         : "the caller's location is not known");
    }
    free(received);
    sj_record_free(scope, filter);
    sj_record_free(scope, found.record);
}

/* The offer's parts, or the offer as one, and the place behind them. */
static bool put_parts(struct sip_writer *out, struct message_body *offer, struct sip_text boundary,
                      const char *id, const sj_xml_text *document) {
    char headers[200];
    const struct sip_text place = {document->data, document->length};
    struct multipart reader;
    struct multipart_part part;
    if (multipart_begin(offer->type, offer->content, &reader)) {
        while (multipart_next(&reader, &part)) {
            multipart_put(out, boundary, part.headers, part.content);
        }
    } else if (offer->content.length > 0) {
        (void)snprintf(headers, sizeof headers, "Content-Type: %.*s\r\n",
                       (int)(offer->type.length < 120 ? offer->type.length : 120), offer->type.at);
        multipart_put(out, boundary, sip_text_of(headers), offer->content);
    }
    (void)snprintf(headers, sizeof headers,
                   "Content-Type: " MEDIA_PIDF
                   "\r\nContent-ID: <%s>\r\nContent-Disposition: render;handling=optional\r\n",
                   id);
    multipart_put(out, boundary, sip_text_of(headers), place);
    multipart_put_end(out, boundary);
    return !out->overflow;
}

bool call_location_add(const struct call_leg *leg, bool anonymous, struct message_body *offer,
                       struct sip_writer *headers) {
    struct call *call = leg->call;
    struct call_manager *manager = call->manager;
    const sj_sip_trunk *trunk = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, leg->device_name);
    sj_xml_text document = {.limit = PIDF_LO_MAX + 4096};
    char boundary[SIP_TAG + 16], id[SIP_TAG + 80], token[SIP_TAG];
    struct sip_writer out;
    bool added = false;
    if (trunk == NULL || !trunk->send_geolocation) {
        return false;
    }
    compose(call, trunk, call_presentation_calling(call, leg), anonymous, &document);
    if (document.length > 0 && !document.failed) {
        call_manager_token(manager, token);
        (void)snprintf(boundary, sizeof boundary, "sojourn-%s", token);
        (void)snprintf(id, sizeof id, "%s@%s", token, manager->address);
        sip_writer_init(&out, manager->parts, sizeof manager->parts);
        added = put_parts(&out, offer, sip_text_of(boundary), id, &document);
        if (added) {
            char *type = manager->parts + out.used;
            const int length = snprintf(type, sizeof manager->parts - out.used,
                                        "multipart/mixed;boundary=%s", boundary);
            added = length > 0 && (size_t)length < sizeof manager->parts - out.used;
            offer->content.at = manager->parts;
            offer->content.length = out.used;
            offer->type = sip_text_of(type);
            sip_put(headers, "Geolocation: <cid:");
            sip_put(headers, id);
            sip_put(headers, ">\r\nGeolocation-Routing: no\r\nMIME-Version: 1.0\r\nSupported: "
                             "geolocation-sip\r\n");
        }
        if (!added) {
            sj_log_warning(manager->scope,
                           "the location of %s is too large for the INVITE over trunk %s",
                           call_told_caller(call), leg->device_name);
        }
    }
    sj_xml_text_free(&document);
    return added;
}

bool call_location_unwanted(int status) {
    return status == 415 || status == 424 || status == 488 || status == 493;
}
