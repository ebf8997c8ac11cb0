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
    SJ_MAP_EACH_OF(publication, &manager->publications, sj_hash_keyed_text(device_name),
                   struct publication, link) {
        if (strcmp(publication->device_name, device_name) == 0) {
            return publication;
        }
    }
    return NULL;
}

static void drop(struct publication *publication) {
    timer_wheel_stop(&publication->manager->slow.wheel, &publication->expiry);
    (void)sj_map_remove(&publication->manager->publications, &publication->link);
    free(publication);
}

static void expired(struct wheel_timer *timer) {
    drop(SJ_OWNER(timer, struct publication, expiry));
}

void publications_free(struct call_manager *manager) {
    sj_map_place place = {0};
    for (struct publication *publication;
         (publication = SJ_OWNER(sj_map_walk(&manager->publications, &place), struct publication,
                                 link)) != NULL;) {
        drop(publication);
    }
    sj_map_clear(&manager->publications);
}

/* A new entity tag for the phone's publication, which ends after that time. NULL when out of
 * memory. */
static struct publication *renew(struct call_manager *manager, const char *device_name,
                                 uint32_t expires_s) {
    struct publication *publication = find(manager, device_name);
    const size_t length = strlen(device_name) + 1;
    if (publication == NULL) {
        publication = calloc(1, sizeof *publication + length);
        if (publication == NULL) {
            return NULL;
        }
        sj_map_add(&manager->publications, &publication->link, sj_hash_keyed_text(device_name));
        publication->manager = manager;
        memcpy(publication->device_name, device_name, length);
    }
    call_manager_token(manager, publication->etag);
    timer_wheel_start(&manager->slow.wheel, &publication->expiry, sj_monotonic_ms(manager->scope),
                      (uint64_t)expires_s * 1000, expired);
    return publication;
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
static int read_publish(struct publish *publish, const char **why) {
    const struct sip_message *message = publish->message;
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
    publish->expires_s = expires > LONGEST_S ? LONGEST_S : (uint32_t)expires;
    publish->conditional = message->first[SIP_IF_MATCH] >= 0;
    publish->has_body = message->body.length > 0;
    if (publish->expires_s > 0 && publish->expires_s < SHORTEST_S) {
        return 423;
    }
    if (!publish->has_body && !publish->conditional) {
        *why = "A first publication has a body";
        return 400;
    }
    if (publish->has_body && !is_presence(sip_message_header(message, SIP_CONTENT_TYPE))) {
        return 415;
    }
    if (publish->has_body && !presence_document_read(message->body, &publish->do_not_disturb)) {
        *why = "The body is no presence document";
        return 400;
    }
    return 0;
}

static void accept_publish(struct later_answer *answer, const char *device_name,
                           uint32_t expires_s) {
    char headers[100], etag[SIP_TAG];
    const struct publication *renewed =
        expires_s == 0 ? NULL : renew(answer->manager, device_name, expires_s);
    if (expires_s > 0 && renewed == NULL) {
        later_answer_give(answer, 503, "Out of memory", "");
        return;
    }
    if (renewed == NULL) {
        struct publication *publication = find(answer->manager, device_name);
        call_manager_token(answer->manager, etag);
        if (publication != NULL) {
            drop(publication);
        }
    } else {
        memcpy(etag, renewed->etag, sizeof etag);
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
    struct pending *pending = user;
    if (status == SJ_OK) {
        accept_publish(pending->answer, pending->device_name, pending->expires_s);
    } else {
        sj_log_warning(pending->answer->manager->scope,
                       "cannot save Do Not Disturb of phone %s: %s", pending->device_name,
                       error == NULL ? "the store has failed" : error->text);
        later_answer_give(pending->answer, 500, "The state could not be saved", "");
    }
}

void publication_receive(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow) {
    struct publish publish = {.message = request, .flow = flow};
    const char *why = "";
    const int status = read_publish(&publish, &why);
    const struct publication *old;
    struct later_answer *answer;
    struct pending *pending;
    if (status != 0) {
        sip_answer(manager, request, flow, status, why);
        return;
    }
    publish.phone = registered_phone_authorise(manager, request, flow);
    if (publish.phone == NULL) {
        return;
    }
    old = find(manager, publish.phone->device->name);
    if (publish.conditional &&
        (old == NULL || !sip_text_is(sip_message_header(request, SIP_IF_MATCH), old->etag))) {
        sip_answer(manager, request, flow, 412, "");
        return;
    }
    answer = later_answer_open(manager, request, flow, "Do Not Disturb is being kept");
    if (answer == NULL) {
        return;
    }
    pending = sj_scope_alloc(answer->scope, sizeof *pending);
    if (pending == NULL) {
        later_answer_give(answer, 503, "Out of memory", "");
        return;
    }
    pending->answer = answer;
    pending->expires_s = publish.expires_s;
    (void)snprintf(pending->device_name, sizeof pending->device_name, "%s",
                   publish.phone->device->name);
    if (publish.expires_s == 0 || !publish.has_body ||
        publish.do_not_disturb == publish.phone->device->do_not_disturb) {
        kept(pending, SJ_OK, NULL);
    } else {
        do_not_disturb_keep(manager, answer->scope, publish.phone, publish.do_not_disturb, kept,
                            pending);
    }
}
