/* The phones registered now: by name, by where they are, and by the numbers of their lines. Small:
 * one allocation for the registration with its texts, one for the device. No input or output. */
#ifndef CALLMANAGER_REGISTRATION_TABLE_H
#define CALLMANAGER_REGISTRATION_TABLE_H

#include "phones/device.h"
#include "sip/sip_flow.h"
#include "sip/sip_text.h"
#include "sip/timer_wheel.h"

/* The state that a phone was last notified of. */
enum notified_state { NOTIFIED_NOTHING, NOTIFIED_OFF, NOTIFIED_ON };

/* How far a nonce has been used: against replay. */
struct nonce_mark {
    uint32_t serial, count; /* serial 0: none yet */
};

struct registration {
    sj_map_link by_name, by_flow, by_contact;
    struct wheel_timer expiry;
    struct registration_table *table;
    struct registration_place *place; /* where it is, with all others from there */
    sj_list_link there;               /* among those */
    struct device *device;            /* owned */
    struct sip_flow flow;
    uint32_t cseq;
    uint32_t granted_s;
    struct nonce_mark nonces[2]; /* of the last digests accepted: of REGISTER, and of other
                                    requests, which phones count apart */
    uint32_t model_number;
    uint32_t bytes;           /* of this allocation */
    int64_t registered_at_ms; /* wall clock */
    uint64_t expires_ms;      /* monotonic */
    sj_list_link unsaved;     /* among those to be saved */
    uint32_t seen_there_s;    /* monotonic: when it last answered there after a REGISTER from
                                 elsewhere; 0: not yet */
    bool cisco : 1; /* speaks Cisco's extensions: one binding for all lines, service-control */
    bool saved : 1; /* the store knows it as it is */
    bool shows_calls : 1;            /* its user has switched its privacy off (privacy_key.h) */
    bool told_private : 1;           /* it has been told that it is private */
    uint8_t notified_do_not_disturb; /* notified_state */
    uint16_t record_at, call_id_at, user_agent_at; /* of the texts: see registration_record */
    char contact[];                                /* URI; the other texts stand behind it */
};

/* Number of the line it is for, by its address of record; "": all lines. */
static inline const char *registration_record(const struct registration *registration) {
    return registration->contact + registration->record_at;
}
static inline const char *registration_call_id(const struct registration *registration) {
    return registration->contact + registration->call_id_at;
}
static inline const char *registration_user_agent(const struct registration *registration) {
    return registration->contact + registration->user_agent_at;
}

/* Whether the phone keeps its calls on shared lines to itself. */
static inline bool registration_is_private(const struct registration *registration) {
    return registration->device->privacy && !registration->shows_calls;
}

/* An address, and the phones registered from it: behind one there may be thousands. */
struct registration_place {
    sj_map_link link;
    sj_address address;
    sj_list_head phones;
};

/* Zeroed: empty. */
struct registration_table {
    sj_map by_name, by_flow, by_contact, by_address, by_line;
    size_t bytes; /* asked for by registrations and their devices */
    void *owner;  /* whose table it is, for whoever comes from a registration */
};

/* What a phone is registered with. */
struct registration_binding {
    struct sip_flow flow;
    struct sip_text contact, record, call_id, user_agent;
    uint32_t cseq, granted_s, model_number;
    bool cisco;
    int64_t now_ms;    /* wall clock */
    uint64_t clock_ms; /* monotonic */
};

/* Frees all registrations and the table. */
void registration_table_free(struct registration_table *table);

/* Memory in use, hash buckets included. */
size_t registration_table_bytes(const struct registration_table *table);

/* One of that phone, which may have several contacts: the newest. */
struct registration *registration_find(const struct registration_table *table,
                                       const char *device_name);
/* The same by one of them, and the next older one of the same phone; NULL after the last. */
struct registration *registration_first(const struct registration *of_phone);
struct registration *registration_next(const struct registration *previous);
/* Of that phone, the one from that place, else from that host, else any. */
struct registration *registration_find_at(const struct registration_table *table,
                                          const char *device_name, const struct sip_flow *flow);
/* All registrations from that place, one after the other: begin with NULL. */
struct registration *registration_from(const struct registration_table *table,
                                       const struct sip_flow *flow,
                                       const struct registration *previous);
/* One from that address, whatever the port. */
struct registration *registration_at(const struct registration_table *table,
                                     const sj_address *address);
/* Whether so many are registered from there. */
bool registration_host_has(const struct registration_table *table, const sj_address *address,
                           size_t count);
/* The one that registered this contact URI. */
struct registration *registration_by_contact(const struct registration_table *table,
                                             struct sip_text contact);
/* All lines with that directory number on registered phones. */
struct device_line *registration_lines(const struct registration_table *table, const char *key,
                                       const struct device_line *previous);

/* Adds a phone, taking `device`, or gives one that is there another binding; then `device` may be
 * NULL to keep the one it has. NULL when out of memory: the device is freed, and `old` stays as it
 * was. */
struct registration *registration_put(struct registration_table *table, struct registration *old,
                                      struct device *device,
                                      const struct registration_binding *binding);
/* Gives a registered phone another device (taken). Running calls keep their count only while the
 * line stays. */
void registration_set_device(struct registration *registration, struct device *device);
void registration_remove(struct registration *registration);

#endif
