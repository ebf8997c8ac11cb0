/* Opens music once a call is on hold, and joins the held party to it. */
#include "calls/music.h"
#include "calls/call_join.h"
#include "calls/call_leg.h"
#include "calls/call_relay.h"
#include "calls/media_service.h"

#include <stdlib.h>

struct music {
    struct call *call;
    struct call_leg *held;
    struct media_question *question; /* media.open is under way, or NULL */
    struct media_bridge *bridge;     /* once it is open */
};

void music_forget(struct call *call) {
    struct music *music = call->music;
    if (music == NULL) {
        return;
    }
    call->music = NULL;
    if (music->question != NULL) {
        media_question_drop(music->question);
    }
    media_bridge_release(music->bridge);
    free(music);
}

/* Nothing else is under way in the call, and the party is still held, by the other alone. */
static bool fits(const struct call *call, const struct call_leg *held) {
    const struct call_leg *holder = call_leg_other(held);
    return holder != NULL && holder->holds && !held->holds && !held->stands_in &&
           !holder->stands_in && held->state == LEG_CONFIRMED && holder->state == LEG_CONFIRMED &&
           call->transfer == NULL && !call_join_restores(call) && !call_relays_pending(call);
}

static void joined(void *user, int status, struct call_leg *failed) {
    struct call *call = user;
    call->restoring = NULL;
    if (status == 408 || status == 481) {
        call_end(call, failed, status, "One party no longer knows the call");
        return;
    }
    if (status == 200) {
        call_trace(call, "who is held hears music");
    } else {
        music_forget(call);
    }
    call_join_restore(call);
}

static void opened(void *user, struct media_bridge *bridge, const char *why) {
    struct music *music = user;
    struct call *call = music->call;
    music->question = NULL;
    music->bridge = bridge;
    if (bridge == NULL) {
        call_trace(call, "there is no music: %s", why);
        music_forget(call);
    } else if (!fits(call, music->held) || (call->restoring = call_join_begin_bridge(
                                                music->held, bridge, joined, call)) == NULL) {
        music_forget(call);
    }
}

void music_acknowledged(struct call_leg *holder) {
    struct call *call = holder->call;
    struct call_leg *held = call == NULL ? NULL : call_leg_other(holder);
    if (held == NULL || call->music != NULL || !holder->cisco || holder->mixes_now ||
        !fits(call, held)) {
        return;
    }
    struct music *music = calloc(1, sizeof *music);
    if (music == NULL) {
        return; /* nobody misses it who has not heard it */
    }
    music->call = call;
    music->held = held;
    call->music = music;
    music->question = media_open(call->manager, SJ_MEDIA_OPEN_PURPOSE_MUSIC, holder->device_name,
                                 call->trace_id, opened, music);
    if (music->question == NULL) {
        music_forget(call);
    }
}
