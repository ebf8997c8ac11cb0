/* Asks the requests media.*, each question in a scope of its own. */
#include "calls/media_service.h"
#include "calls/call_exchange.h"
#include "calls/call_leg.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

struct media_bridge {
    struct call_manager *manager;
    unsigned users;
    char id[68], location[52];
};

struct media_question {
    struct call_manager *manager;
    sj_scope *scope; /* its own */
    struct media_bridge *bridge;
    media_opened_fn *opened; /* either is given */
    media_joined_fn *joined;
    void *user;
};

static void closed(void *user) {
    struct media_question *question = user;
    media_bridge_release(question->bridge);
    free(question);
}

static struct media_question *question_new(struct call_manager *manager,
                                           struct media_bridge *bridge) {
    struct media_question *question = calloc(1, sizeof *question);
    if (question == NULL || (question->scope = sj_scope_open(manager->scope, "media service",
                                                             closed, question)) == NULL) {
        free(question);
        return NULL;
    }
    question->manager = manager;
    question->bridge = bridge == NULL ? NULL : media_bridge_keep(bridge);
    return question;
}

void media_question_drop(struct media_question *question) {
    sj_scope_close(question->scope);
}

/* ---- bridges ---- */

const char *media_bridge_location(const struct media_bridge *bridge) {
    return bridge->location;
}

struct media_bridge *media_bridge_keep(struct media_bridge *bridge) {
    bridge->users++;
    return bridge;
}

static void not_done(const struct media_bridge *bridge, const char *what, const sj_error *error) {
    sj_log_limited(bridge->manager->scope, SJ_LOG_WARNING, "a media service does not let go",
                   "%s of %s is not done: %s", what, bridge->id, error->text);
}

void media_bridge_release(struct media_bridge *bridge) {
    sj_error error = {0};
    if (bridge == NULL || --bridge->users > 0) {
        return;
    }
    const sj_media_close request = {.media_id = bridge->id};
    if (sj_ask_media_close(bridge->manager->scope, &request, 0, NULL, NULL, &error) != SJ_OK) {
        not_done(bridge, "media.close", &error);
    }
    free(bridge);
}

void media_bridge_leave(struct media_bridge *bridge, const char *tag) {
    const sj_media_leave request = {.media_id = bridge->id, .party = tag};
    sj_error error = {0};
    if (sj_ask_media_leave(bridge->manager->scope, &request, 0, NULL, NULL, &error) != SJ_OK) {
        not_done(bridge, "media.leave", &error);
    }
}

/* ---- questions ---- */

static void open_answered(void *user, int status, const sj_error *error,
                          const sj_media_open_reply *reply) {
    struct media_question *question = user;
    struct media_bridge *bridge = status == SJ_OK ? calloc(1, sizeof *bridge) : NULL;
    if (bridge != NULL) {
        bridge->manager = question->manager;
        bridge->users = 1;
        (void)snprintf(bridge->id, sizeof bridge->id, "%s", reply->media_id);
        (void)snprintf(bridge->location, sizeof bridge->location, "%s",
                       sj_or_empty(reply->location));
    }
    question->opened(question->user, bridge,
                     bridge != NULL    ? ""
                     : status == SJ_OK ? "Out of memory"
                                       : error->text);
    sj_scope_close(question->scope);
}

struct media_question *media_open(struct call_manager *manager, sj_media_open_purpose purpose,
                                  const char *device_name, const char *trace_id,
                                  media_opened_fn *done, void *user) {
    const sj_media_open request = {
        .purpose = purpose, .device_name = device_name, .trace_id = trace_id};
    struct media_question *question = question_new(manager, NULL);
    if (question == NULL) {
        return NULL;
    }
    question->opened = done;
    question->user = user;
    if (sj_ask_media_open(question->scope, &request, 0, open_answered, question, NULL) != SJ_OK) {
        sj_scope_close(question->scope);
        return NULL;
    }
    return question;
}

static void join_answered(void *user, int status, const sj_error *error,
                          const sj_media_join_reply *reply) {
    struct media_question *question = user;
    struct message_body answer = {sip_text_of(MEDIA_SDP), {"", 0}};
    if (status == SJ_OK) {
        answer.content = sip_text_of(reply->answer);
    } else {
        sj_log_limited(question->manager->scope, SJ_LOG_WARNING, "a media service refuses",
                       "a party does not get its media: %s", error->text);
    }
    question->joined(question->user, status == SJ_OK ? &answer : NULL);
    sj_scope_close(question->scope);
}

struct media_question *media_join(struct media_bridge *bridge, const struct call_leg *party,
                                  const struct message_body *offer, media_joined_fn *done,
                                  void *user) {
    struct media_question *question = question_new(bridge->manager, bridge);
    const struct sip_text description = message_body_description(*offer);
    char *text = malloc(description.length + 1);
    struct call_identity_texts texts;
    if (question == NULL || text == NULL) {
        free(text);
        if (question != NULL) {
            sj_scope_close(question->scope);
        }
        return NULL;
    }
    const struct call_identity identity = call_party_identity(party, party, &texts);
    (void)sip_text_copy(description, text, description.length + 1);
    const sj_media_join request = {.media_id = bridge->id,
                                   .party = party->local_tag,
                                   .number = identity.withheld.number ? "" : identity.number,
                                   .offer = text,
                                   .trace_id = party->call->trace_id};
    question->joined = done;
    question->user = user;
    const int status =
        sj_ask_media_join(question->scope, &request, 0, join_answered, question, NULL);
    free(text);
    if (status != SJ_OK) {
        sj_scope_close(question->scope);
        return NULL;
    }
    return question;
}
