/* A phone as call processing sees it: its own record, or the live device that stands for it while a
 * user is logged in. Kept small: one allocation a phone. */
#ifndef CALLMANAGER_DEVICE_H
#define CALLMANAGER_DEVICE_H

#include "dial_plan/calling_search_space.h"
#include "dial_plan/transformations.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "sip/digest.h"

#include <sojourn/store.h>

struct device_line {
    sj_map_link link; /* by the key of the directory number, while the phone is registered */
    struct device *device;
    const char *key;      /* "2001@Internal" */
    const char *number;   /* "2001" */
    const char *display;  /* what a called party sees */
    const char *mask;     /* external phone number mask */
    const char *live_css; /* line CSS of a live device; a phone's is the directory number's own */
    uint16_t maximum_calls, busy_trigger, calls;
    bool answers; /* its phone answers by itself */
};

struct device {
    const char *name;
    const char *device_pool;
    const char *location;                     /* of the phone itself; "" for its device pool's */
    const char *aar_css;                      /* the same */
    const char *device_css;                   /* of a phone as it is configured */
    const char *const *calling_search_spaces; /* of a live device */
    const char *adjunct_css;
    const char *visiting_cluster_id;
    const char *user_id;
    const char *digest_user;
    struct registration *registration; /* NULL while it is being looked at only */
    struct digest_secrets secrets;     /* of the digest user; empty when there is none */
    bool live, emcc, sip, third_party;
    bool digest;  /* it must answer challenges */
    bool sha256;  /* and is offered SHA-256 beside MD5 */
    bool removed; /* not configured any more */
    bool do_not_disturb;
    bool logged_into_hunt_group;
    bool lamps;            /* it has speed dials that show the state of their numbers */
    bool retry_as_audio;   /* a video call that is refused bandwidth may go on without its video */
    bool immersive;        /* by its SIP profile: its video is immersive */
    bool call_reject;      /* Do Not Disturb refuses calls; otherwise they ring silently */
    uint8_t security_mode; /* sj_phone_security_profile_device_security_mode */
    uint8_t transport;     /* sj_phone_security_profile_transport */
    uint16_t calling_search_spaces_count;
    uint16_t line_count;
    bool refreshed_by_invite; /* its sessions are, not by UPDATE */
    uint8_t rel1xx;           /* sj_sip_profile_rel1xx_options */
    uint8_t maximum_contacts; /* of a plain phone, for each address of record: by its SIP profile */
    uint32_t nonce_validity_s;
    uint32_t bytes;      /* of this allocation */
    uint32_t generation; /* of the configuration it was made from */
    int64_t built_at;    /* of a live device */
    struct device_line lines[];
};

/* It registers over TLS with a certificate. */
static inline bool device_is_secure(const struct device *device) {
    return device->security_mode != SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE;
}

/* Builds it from the store; free with device_free. SJ_E_NOT_FOUND: no such phone. `live_allowed`
 * false: as it is configured. */
int device_load(sj_scope *scope, const char *name, bool live_allowed, struct device **result,
                sj_error *error);
/* The third-party phone of a digest user. */
int device_load_by_digest_user(sj_scope *scope, const char *user, struct device **result,
                               sj_error *error);
void device_free(struct device *device);

/* The line with that number, or the first one when there is none; NULL without lines. */
struct device_line *device_line_by_number(struct device *device, const char *number);
/* The line that a phone means by that user part when it speaks of itself: the one with that number,
 * or the first one when it is the phone's name or its digest user; NULL: it is another's. */
struct device_line *device_own_line(struct device *device, const char *user);
/* The line of that directory number ("2001@Internal"); NULL: it has none. */
struct device_line *device_line_by_key(struct device *device, const char *key);
/* What calls from this line may reach. */
void device_calling_search_spaces(const struct dial_plan *plan, const struct device *device,
                                  const struct device_line *line,
                                  struct calling_search_spaces *result);

#endif
