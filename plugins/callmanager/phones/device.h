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
    const char *key;  /* "2001@Internal"; its other texts stand behind it */
    uint16_t number_at, display_at, mask_at, live_css_at; /* from the key on: see line_number */
    uint16_t maximum_calls, busy_trigger, calls;
    uint16_t index; /* among the lines of its device */
    bool answers;   /* its phone answers by itself */
};

/* Who is logged in on a phone, or its logout profile. */
struct device_login {
    const char *const *calling_search_spaces;
    const char *adjunct_css;
    const char *visiting_cluster_id;
    const char *user_id;
    uint16_t calling_search_spaces_count;
};
/* Of a phone as it is configured. */
extern const struct device_login device_no_login;

struct device {
    const char *name; /* some other texts stand behind it */
    const char *device_pool;
    const struct device_login *login;
    struct registration *registration; /* NULL while it is being looked at only */
    uint32_t nonce_validity_s;
    uint32_t bytes;         /* of this allocation */
    uint32_t generation;    /* of the configuration it was made from */
    uint16_t location_at;   /* of the phone itself; "" for its device pool's. From the name on, see
                               device_text, as the next four */
    uint16_t aar_css_at;    /* the same */
    uint16_t device_css_at; /* of a phone as it is configured */
    uint16_t digest_user_at;
    uint16_t secrets_at; /* of the digest user, see device_secrets */
    uint8_t secrets_length;
    uint8_t security_mode;    /* sj_phone_security_profile_device_security_mode */
    uint8_t transport;        /* sj_phone_security_profile_transport */
    uint8_t maximum_contacts; /* of a plain phone, for each address of record: by its SIP profile */
    uint8_t rel1xx;           /* sj_sip_profile_rel1xx_options */
    bool call_reject;         /* Do Not Disturb refuses calls; otherwise they ring silently */
    uint16_t line_count;
    bool live : 1, emcc : 1, sip : 1, third_party : 1;
    bool digest : 1;  /* it must answer challenges */
    bool sha256 : 1;  /* and is offered SHA-256 beside MD5 */
    bool removed : 1; /* not configured any more */
    bool do_not_disturb : 1;
    bool privacy : 1; /* its calls on shared lines are hidden from the line's other phones */
    bool logged_into_hunt_group : 1; /* as configured, or by HLog */
    bool lamps : 1;                  /* it has speed dials that show the state of their numbers */
    bool
        retry_as_audio : 1; /* a video call that is refused bandwidth may go on without its video */
    bool immersive : 1;     /* by its SIP profile: its video is immersive */
    bool refreshed_by_invite : 1; /* its sessions are, not by UPDATE */
    bool normalised : 1;          /* its SIP profile has a Normalization Script */
    bool digit_by_digit : 1;      /* it is asked for the digits behind those of its INVITE */
    struct device_line lines[];
};

/* A text behind the device's name; 0: it has none, "". */
static inline const char *device_text(const struct device *device, uint16_t at) {
    return at == 0 ? "" : device->name + at;
}

/* "2001" */
static inline const char *line_number(const struct device_line *line) {
    return line->key + line->number_at;
}
/* Another text behind the line's key; 0: it has none, "". */
static inline const char *line_text(const struct device_line *line, uint16_t at) {
    return at == 0 ? "" : line->key + at;
}
/* What a called party sees. */
static inline const char *line_display(const struct device_line *line) {
    return line_text(line, line->display_at);
}
/* External phone number mask. */
static inline const char *line_mask(const struct device_line *line) {
    return line_text(line, line->mask_at);
}
/* Line CSS of a live device; a phone's is the directory number's own. */
static inline const char *line_live_css(const struct device_line *line) {
    return line_text(line, line->live_css_at);
}
static inline struct device *line_device(const struct device_line *line) {
    const struct device_line *first = line - line->index;
    return SJ_OWNER(first, struct device, lines);
}

/* The secrets of its digest user, as they are compared; both empty when there is none. */
void device_secrets(const struct device *device, struct digest_secrets *secrets);

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
