/* A media service that the test plays: it answers the requests media.*, and notes what it was
 * asked. */
#ifndef TESTS_MEDIA_SERVICE_KIT_H
#define TESTS_MEDIA_SERVICE_KIT_H

#include "callmanager_kit.h"
#include "events/media.h"

#define BRIDGE_SDP                                                                                 \
    "v=0\r\no=bridge 1 1 IN IP4 192.0.2.200\r\ns=-\r\nc=IN IP4 192.0.2.200\r\nt=0 0\r\n"           \
    "m=audio 7000 RTP/AVP 0\r\n"

struct media_service {
    sj_scope *scope;
    bool refuses_joins, slow;
    sj_question *asked;   /* media.open, while it is slow */
    const char *location; /* where it says that it stands */
    struct media_counts {
        unsigned opened, joined, left, closed;
    } music, conference;
    char offer[2000], number[70]; /* of who joined last */
};

static struct media_counts *counts_of(struct media_service *service, const char *media_id) {
    return strcmp(media_id, "music-1") == 0 ? &service->music : &service->conference;
}

static void media_opens(void *user, sj_question *question, const sj_media_open *request) {
    struct media_service *service = user;
    if (service->slow) {
        service->asked = question;
        return;
    }
    const sj_media_open_reply reply = {
        .media_id = request->purpose == SJ_MEDIA_OPEN_PURPOSE_MUSIC ? "music-1" : "bridge-1",
        .location = service->location};
    counts_of(service, reply.media_id)->opened++;
    sj_reply_media_open(service->scope, question, &reply);
}

/* What it was slow with. */
static inline void media_service_opens(struct media_service *service) {
    const sj_media_open_reply reply = {.media_id = "bridge-1", .location = service->location};
    service->conference.opened++;
    sj_reply_media_open(service->scope, service->asked, &reply);
}

static void media_joins(void *user, sj_question *question, const sj_media_join *request) {
    struct media_service *service = user;
    if (service->refuses_joins) {
        sj_fail(service->scope, question, SJ_E_UNAVAILABLE, "The bridge is full");
        return;
    }
    counts_of(service, request->media_id)->joined++;
    (void)snprintf(service->offer, sizeof service->offer, "%s", request->offer);
    (void)snprintf(service->number, sizeof service->number, "%s", request->number);
    const sj_media_join_reply reply = {.answer = BRIDGE_SDP};
    sj_reply_media_join(service->scope, question, &reply);
}

static void media_leaves(void *user, sj_question *question, const sj_media_leave *request) {
    struct media_service *service = user;
    counts_of(service, request->media_id)->left++;
    const sj_media_leave_reply reply = {0};
    sj_reply_media_leave(service->scope, question, &reply);
}

static void media_closes(void *user, sj_question *question, const sj_media_close *request) {
    struct media_service *service = user;
    counts_of(service, request->media_id)->closed++;
    const sj_media_close_reply reply = {0};
    sj_reply_media_close(service->scope, question, &reply);
}

/* `service` must outlive the test: the calls that are left end behind it. */
static inline void media_service_begin(sj_testkit *kit, struct media_service *service) {
    sj_scope *scope = sj_testkit_scope(kit);
    *service = (struct media_service){.scope = scope, .location = ""};
    assert_non_null(sj_answer_media_open(scope, media_opens, service, NULL));
    assert_non_null(sj_answer_media_join(scope, media_joins, service, NULL));
    assert_non_null(sj_answer_media_leave(scope, media_leaves, service, NULL));
    assert_non_null(sj_answer_media_close(scope, media_closes, service, NULL));
}

#endif
