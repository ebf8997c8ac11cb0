/* PUBLISH. What is published changes the state that is kept in the configuration, and stays when
 * the publication ends: a phone that restarts or expires has not switched Do Not Disturb off. */
#include "phones/publication.h"
#include "core/later_answer.h"
#include "phones/do_not_disturb.h"
#include "phones/presence_document.h"
#include "phones/registered_phone.h"

#include <sojourn/base/hash.h>

#include <stdio.h>
#include <stdlib.h>

enum { SHORTEST_S = 5, LONGEST_S = 3600 };

struct publication {
    sj_map_link link; /* by device name */
    struct wheel_timer expiry;
    struct call_manager *manager;
    char etag[SIP_TAG];
    char device_name[];
};

/* ---- the table ---- */

static struct publication *find(const struct call_manager *manager, const char *device_name) {
    SJ_MAP_EACH_OF(of, &manager->publications, sj_hash_keyed_text(device_name), struct publication,
                   link) {
        if (strcmp(of->device_name, device_name) == 0) {
            return of;
        }
    }
    return NULL;
}

static void drop(struct publication *gone) {
    timer_wheel_stop(&gone->manager->slow.wheel, &gone->expiry);
    (void)sj_map_remove(&gone->manager->publications, &gone->link);
    free(gone);
}

static void expired(struct wheel_timer *timer) {
    drop(SJ_OWNER(timer, struct publication, expiry));
}

void publications_free(struct call_manager *manager) {
    sj_map_place place = {0};
    for (struct publication *of; (of = SJ_OWNER(sj_map_walk(&manager->publications, &place),
                                                struct publication, link)) != NULL;) {
        drop(of);
    }
    sj_map_clear(&manager->publications);
}

/* A new entity tag for the phone's publication, which ends after that time. NULL when out of
 * memory. */
static struct publication *renew(struct call_manager *manager, const char *device_name,
                                 uint32_t expires_s) {
    struct publication *of = find(manager, device_name);
    const size_t length = strlen(device_name) + 1;
    if (of == NULL) {
        of = calloc(1, sizeof *of + length);
        if (of == NULL) {
            return NULL;
        }
        sj_map_add(&manager->publications, &of->link, sj_hash_keyed_text(device_name));
        of->manager = manager;
        memcpy(of->device_name, device_name, length);
    }
    call_manager_token(manager, of->etag);
    timer_wheel_start(&manager->slow.wheel, &of->expiry, sj_monotonic_ms(manager->scope),
                      (uint64_t)expires_s * 1000, expired);
    return of;
}

/* ---- the request ---- */

struct publish {
    const struct sip_message *message;
    const struct sip_flow *flow;
    uint32_t expires_s;
    bool conditional, has_body, do_not_disturb;
    struct registration *phone;
};

static bool is_presence(struct sip_text content_type) {
    const struct sip_text type = sip_text_token(content_type);
    return sip_text_is_nocase(type, "application/pidf+xml") ||
           sip_text_is_nocase(type, "application/cpim-pidf+xml");
}

/* 0, or the status that refuses it whoever sent it. */
static int read_publish(struct publish *of, const char **why) {
    const struct sip_message *message = of->message;
    uint64_t expires = LONGEST_S;
    *why = "";
    if (!sip_text_is_nocase(sip_text_token(sip_message_header(message, SIP_EVENT)), "presence")) {
        return 489;
    }
    if (message->first[SIP_EXPIRES] >= 0 &&
        !sip_text_number(sip_message_header(message, SIP_EXPIRES), 0xffffffffu, &expires)) {
        *why = "Expires cannot be read";
        return 400;
    }
    of->expires_s = expires > LONGEST_S ? LONGEST_S : (uint32_t)expires;
    of->conditional = message->first[SIP_IF_MATCH] >= 0;
    of->has_body = message->body.length > 0;
    if (of->expires_s > 0 && of->expires_s < SHORTEST_S) {
        return 423;
    }
    if (!of->has_body && !of->conditional) {
        *why = "A first publication has a body";
        return 400;
    }
    if (of->has_body && !is_presence(sip_message_header(message, SIP_CONTENT_TYPE))) {
        return 415;
    }
    if (of->has_body && !presence_document_read(message->body, &of->do_not_disturb)) {
        *why = "The body is no presence document";
        return 400;
    }
    return 0;
}

static void accept_publish(struct later_answer *answer, const char *device_name,
                           uint32_t expires_s) {
    char headers[100], etag[SIP_TAG];
    const struct publication *kept =
        expires_s == 0 ? NULL : renew(answer->manager, device_name, expires_s);
    if (expires_s > 0 && kept == NULL) {
        later_answer_give(answer, 503, "Out of memory", "");
        return;
    }
    if (kept == NULL) {
        struct publication *gone = find(answer->manager, device_name);
        call_manager_token(answer->manager, etag);
        if (gone != NULL) {
            drop(gone);
        }
    } else {
        memcpy(etag, kept->etag, sizeof etag);
    }
    (void)snprintf(headers, sizeof headers, "SIP-ETag: %s\r\nExpires: %u\r\n", etag,
                   (unsigned)expires_s);
    later_answer_give(answer, 200, "", headers);
}

/* ---- the state ---- */

struct pending {
    struct later_answer *answer;
    uint32_t expires_s;
    char device_name[130];
};

static void kept(void *user, int status, const sj_error *error) {
    struct pending *of = user;
    if (status == SJ_OK) {
        accept_publish(of->answer, of->device_name, of->expires_s);
    } else {
        sj_log_warning(of->answer->manager->scope, "cannot save Do Not Disturb of phone %s: %s",
                       of->device_name, error == NULL ? "the store has failed" : error->text);
        later_answer_give(of->answer, 500, "The state could not be saved", "");
    }
}

void publication_receive(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow) {
    struct publish of = {.message = request, .flow = flow};
    const char *why = "";
    const int status = read_publish(&of, &why);
    const struct publication *old;
    struct later_answer *answer;
    struct pending *waits;
    if (status != 0) {
        sip_answer(manager, request, flow, status, why);
        return;
    }
    of.phone = registered_phone_authorise(manager, request, flow);
    if (of.phone == NULL) {
        return;
    }
    old = find(manager, of.phone->device->name);
    if (of.conditional &&
        (old == NULL || !sip_text_is(sip_message_header(request, SIP_IF_MATCH), old->etag))) {
        sip_answer(manager, request, flow, 412, "");
        return;
    }
    answer = later_answer_open(manager, request, flow, "Do Not Disturb is being kept");
    if (answer == NULL) {
        return;
    }
    waits = sj_scope_alloc(answer->scope, sizeof *waits);
    if (waits == NULL) {
        later_answer_give(answer, 503, "Out of memory", "");
        return;
    }
    waits->answer = answer;
    waits->expires_s = of.expires_s;
    (void)snprintf(waits->device_name, sizeof waits->device_name, "%s", of.phone->device->name);
    if (of.expires_s == 0 || !of.has_body ||
        of.do_not_disturb == of.phone->device->do_not_disturb) {
        kept(waits, SJ_OK, NULL);
    } else {
        do_not_disturb_keep(manager, answer->scope, of.phone, of.do_not_disturb, kept, waits);
    }
}
