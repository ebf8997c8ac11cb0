/* What this node has not itself: mixed and played audio. A plugin that answers the requests media.*
 * has bridges; a party's media go to one when its offer is answered by that. */
#ifndef CALLMANAGER_MEDIA_SERVICE_H
#define CALLMANAGER_MEDIA_SERVICE_H

#include "calls/call.h"
#include "events/media.h"
#include "media/message_body.h"

struct media_bridge; /* kept for as long as somebody uses it */
struct media_question;

/* Called once, never from within. `bridge` NULL: there is none, and why. It is the caller's, to be
 * released. */
typedef void media_opened_fn(void *user, struct media_bridge *bridge, const char *why);
/* `answer` NULL: it is refused. */
typedef void media_joined_fn(void *user, const struct message_body *answer);

/* For the phone of that name. NULL: no memory. */
struct media_question *media_open(struct call_manager *manager, sj_media_open_purpose purpose,
                                  const char *device_name, const char *trace_id,
                                  media_opened_fn *done, void *user);
/* Has a party's offer answered. NULL: no memory. */
struct media_question *media_join(struct media_bridge *bridge, const struct call_leg *party,
                                  const struct message_body *offer, media_joined_fn *done,
                                  void *user);
/* Nobody waits for its answer any more. */
void media_question_drop(struct media_question *question);

/* Where it stands; "" for Hub_None. */
const char *media_bridge_location(const struct media_bridge *bridge);
/* One more uses it. */
struct media_bridge *media_bridge_keep(struct media_bridge *bridge);
/* One less does; closed behind the last one. */
void media_bridge_release(struct media_bridge *bridge);
/* The party with that local tag is there no more. */
void media_bridge_leave(struct media_bridge *bridge, const char *tag);

#endif
