/* What the parts of the call manager share: one of these per plugin. */
#ifndef CALLMANAGER_CALL_MANAGER_H
#define CALLMANAGER_CALL_MANAGER_H

#include "dial_plan/dial_plan.h"
#include "sip/digest.h"
#include "sip/rate_limit.h"
#include "sip/sip_transaction.h"
#include "sip/sip_transport.h"
#include "sip/sip_writer.h"
#include "sip/wheel_driver.h"

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>
#include <sojourn/sojourn.h>

enum {
    SIP_TAG = 17,
    NONCE_WINDOW = 65536, /* the last nonces, of which the answered ones are known */
    REFUSAL_KINDS_MAX = 12,
};

struct call_manager;
/* Takes a request. */
typedef void sip_receive_fn(struct call_manager *manager, const struct sip_message *request,
                            const struct sip_flow *flow);

/* Whoever watches phones and numbers stands above them, and is told here that something of them has
 * changed. */
struct watch {
    /* Calls, phones or settings of a directory number ("1002@Internal"). Sends nothing at once: a
     * message may be half written. */
    void (*number_changed)(struct call_manager *manager, const char *directory_number);
    /* It is not configured any more. */
    void (*number_removed)(struct call_manager *manager, const char *directory_number);
    /* What a phone switches: Do Not Disturb, forward all of a line. */
    void (*phone_changed)(struct call_manager *manager, const char *device_name);
    /* It has registered, perhaps elsewhere or after a start, or has another configuration. */
    void (*phone_came)(struct call_manager *manager, const char *device_name);
    void (*phone_left)(struct call_manager *manager, const char *device_name);
    /* It is not configured any more, registered or not. */
    void (*phone_removed)(struct call_manager *manager, const char *device_name);
    /* The dial plan, presence groups, users or parameters: anybody's rights may be others now. */
    void (*rights_changed)(struct call_manager *manager);
};

struct call_manager {
    sj_scope *scope;
    const char *address; /* of this node in SIP */
    int port;
    struct sip_transport transport;
    struct sip_transactions transactions;
    /* Whether a phone has shown to be at that address. */
    bool (*is_proved)(const struct call_manager *manager, const struct sip_flow *flow);
    struct wheel_driver fast; /* transactions and calls: ticks of 20 ms */
    struct wheel_driver slow; /* registrations: ticks of 1 s */
    struct dial_plan plan;
    struct dial_plan_changes *last_changes; /* that were tried, for a while */
    sj_handle *changes_forgotten;
    uint32_t generation; /* of the configuration that devices are made from */
    struct registration_table *registrations;
    struct phone_journal *journal;  /* what was observed of phones, */
    int64_t started_ms;             /* since then (wall clock) */
    struct message_buffer *history; /* the last SIP messages; NULL: none are kept */
    int64_t history_since_ms;       /* wall clock */
    sj_list_head unsaved;           /* registrations to be written to the store */
    sj_handle *save_timer;
    bool reading;  /* saved registrations are still being read; */
    char *read_to; /* these are, in the order of their names */
    struct digest *digest;
    sj_map legs;         /* of calls, by local tag */
    sj_map legs_by_line; /* those on a phone's line, by the key of its directory number */
    sj_map trunk_loads;  /* how many calls trunks have, by name */
    sj_map publications; /* of phones, by device name */
    const struct watch *watch;
    struct subscriptions *subscriptions; /* of phones */
    struct mailboxes *mailboxes;         /* subscriptions of this node, to mail systems */
    sj_list_head calls;
    struct ended_invite *ended_invites; /* that may still be answered (ended_invite.h) */
    unsigned conferences;               /* that have been opened: names them */
    sj_map parks;                       /* calls that wait at park numbers, by number */
    struct call_backs *call_backs;      /* who waits for whom to be free */
    struct hunting *hunting;       /* members of line groups, and the calls that hunt for one */
    struct admissions *admissions; /* bandwidth of calls */
    struct keep_alive *keep_alive; /* of remote clusters' RSVP agents */
    struct trunk_destinations *trunk_destinations;
    struct normalisation *normalisation; /* NULL: no trunk has a script */
    struct call_target *target_scratch;  /* where the targets of one call are gathered */
    size_t call_count;
    unsigned turn; /* counts calls: where circular route groups begin */
    uint64_t token_key[2];
    uint64_t token_count;
    uint32_t nonce_serial;
    struct nonce_mark *nonces_used; /* NONCE_WINDOW of them, by serial */
    struct rate_limit guesses_by_source, guesses_by_credential;
    struct rate_limit refusal_lines, refusal_kinds;
    struct rate_limit wrong_codes;            /* that callers have keyed in */
    struct rate_limit auto_registrations;     /* of phones, by source */
    struct rate_limit sources, other_sources; /* source_limit.h */
    struct source_verdict *source_verdicts;
    sj_list_head address_checks; /* phones that may have moved */
    size_t address_check_count;
    char date[32]; /* for the Date header, of this second */
    int64_t date_s;
    sj_topic *device_registered, *device_unregistered, *call_started, *call_answered,
        *call_forwarded, *call_ended, *call_held, *call_transferred, *call_transfer_failed,
        *call_parked, *call_back, *call_picked_up, *call_malicious, *call_park_retrieved,
        *call_park_reverted, *call_recorded, *call_statistics, *call_hunted, *call_hunt_exhausted,
        *hunt_login_changed, *do_not_disturb_changed, *digest_failed;
    sj_metric *metric_registrations, *metric_bytes, *metric_journal, *metric_calls,
        *metric_active_calls, *metric_parked, *metric_forwarded, *metric_transfers, *metric_hunted,
        *metric_pickups, *metric_hunt_exhausted, *metric_pstn_failovers,
        *metric_requests[SIP_METHODS], *metric_challenges, *metric_region_refusals,
        *metric_wrong_credentials, *metric_turned_away, *metric_refusals[REFUSAL_KINDS_MAX];
    uint64_t secure_phone_warned_ms;
    unsigned secure_phones_unwarned;
    bool stopping;
    char scratch[SIP_MESSAGE_MAX + 8192]; /* where one message is written before it is sent */
    char body[SIP_BODY_MAX];  /* where the body of one is, when it does not pass as it came */
    char parts[SIP_BODY_MAX]; /* where it is put together with others */
};

/* 16 hex digits that cannot be guessed: for tags, branches, Call-IDs. */
void call_manager_token(struct call_manager *manager, char token[SIP_TAG]);
/* How long to wait before something that has failed is tried again: `first_s`, doubled with each
 * failure before, at most `most_s`; of that by chance between a half and all, so that many who
 * failed together do not come together. */
int64_t call_manager_back_off_s(struct call_manager *manager, int64_t first_s, int64_t most_s,
                                unsigned failures);
/* "Mon, 02 Jan 2026 15:04:05 GMT", of now. */
const char *call_manager_date(struct call_manager *manager);
/* A writer over the scratch buffer; what it holds is sent (copied) before the next one is begun. */
struct sip_writer call_manager_writer(struct call_manager *manager);

/* Where an answer without transaction goes: back where the request came from, by UDP to the port of
 * the Via when no rport is asked for. */
struct sip_flow sip_answer_flow(const struct sip_message *request, const struct sip_flow *flow);
/* The tag of To in such answers: a repeated request gets the same one (RFC 3261 8.2.7). */
void sip_answer_tag(const struct call_manager *manager, const struct sip_message *request,
                    char tag[SIP_TAG]);
/* Answers a request without keeping a transaction; `warning` (may be "") becomes a Warning header.
 */
void sip_answer(struct call_manager *manager, const struct sip_message *request,
                const struct sip_flow *flow, int status, const char *warning);
/* Sends what has been written as the answer to a request. Towards a UDP address that has proved
 * nothing it is at most three times as long as the request, or it is not sent. */
void sip_send_answer(struct call_manager *manager, const struct sip_message *request,
                     const struct sip_flow *flow, const struct sip_writer *answer);
/* The same within a transaction, so that a repeated request gets the same answer. */
void sip_answer_kept(struct call_manager *manager, const struct sip_message *request,
                     const struct sip_flow *flow, int status);
void sip_put_warning(struct call_manager *manager, struct sip_writer *writer, const char *warning);
/* With another code than 399 (miscellaneous). */
void sip_put_coded_warning(struct call_manager *manager, struct sip_writer *writer, unsigned code,
                           const char *warning);
/* The address of this node that the far side of a flow knows it by. */
static inline const char *call_manager_address(const struct call_manager *manager,
                                               const struct sip_flow *flow) {
    return sip_transport_address(&manager->transport, flow);
}
/* Contact of this node for a peer that is reached that way:
 * "<sip:user@address:port;transport=tcp>". */
void sip_put_own_contact(const struct call_manager *manager, struct sip_writer *writer,
                         const char *user, const struct sip_flow *flow);
/* "Via: SIP/2.0/TCP address:port;branch=z9hG4bK...;rport" */
void sip_put_own_via(const struct call_manager *manager, struct sip_writer *writer,
                     const char *branch, const struct sip_flow *flow);

#endif
