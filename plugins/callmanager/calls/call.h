/* Calls: a back-to-back user agent. Each party has a leg, a dialog of its own; media flow directly
 * between the parties. Bodies pass as they are, but for what call_media.h does to those of
 * visitors' calls. */
#ifndef CALLMANAGER_CALL_H
#define CALLMANAGER_CALL_H

#include "calls/call_forwarding.h"
#include "calls/call_identity.h"
#include "core/call_manager.h"
#include "dial_plan/presentation.h"
#include "dial_plan/uri_routing.h"
#include "media/sdp_point.h"
#include "media/sdp_rates.h"
#include "sip/release_cause.h"

struct call;
struct call_relay;
struct call_target;
struct transfer;
struct park;
struct hunt;
struct pickup;
struct call_join;
struct call_question;
struct kept_origin;
struct call_reliable;
struct call_connected;
struct reservation;
struct told_place;
struct digest_client;
struct media_bridge;
struct music;
struct conference;

/* The session timer of a dialog (RFC 4028). */
struct session_timer {
    struct wheel_timer timer;
    struct sip_transaction *refresh; /* ours that is under way, or NULL */
    uint32_t interval_s;
    uint64_t ends_ms; /* monotonic */
    uint32_t least_s; /* the peer takes no less; 0: it has not said */
    bool updates;     /* the peer takes UPDATE */
    bool ours;        /* this node refreshes */
    bool refreshing;  /* by a re-INVITE that is under way */
    bool untold;      /* who the other party is, while an UPDATE is under way */
};

enum call_leg_state {
    LEG_OFFERED,   /* INVITE received or sent */
    LEG_RINGING,   /* it rings */
    LEG_ANSWERED,  /* 2xx sent or received */
    LEG_CONFIRMED, /* and acknowledged */
    LEG_OVER,      /* BYE or a refusal */
    LEG_WAITING,   /* its bandwidth is being asked for, before it is offered the call */
};

/* The numbers of a call as they are sent to who is called. */
struct outpulsed_numbers {
    char called[DIGITS_MAX];
    char calling[DIGITS_MAX];   /* "": the call's, as another party calls than at first */
    sj_presentation calling_id; /* whether the transformation patterns say that it is shown */
};

struct call_leg {
    sj_map_link link;    /* by local tag */
    sj_map_link by_line; /* while it is on a line */
    struct call_manager *manager;
    struct call *call;         /* NULL once the call is over and only a transaction remains */
    sj_list_link link_in_call; /* among the callees */
    enum call_leg_state state;
    bool caller;  /* the call's caller; else one of those called */
    bool inbound; /* its dialog began with an INVITE from it */
    bool trunk;
    bool cisco;
    bool selected;     /* its user has chosen the call, to be joined with others */
    bool stands_in;    /* for a party that is not there: a call waits at a park number. No dialog */
    bool on_line;      /* counted among the calls of its line */
    bool private_line; /* its phone kept its calls private when this one began (shared_line.h) */
    bool emcc;         /* a visitor's phone, registered here or behind the EMCC trunk */
    bool returns;   /* over the EMCC trunk: a visitor's call that goes back to the visiting cluster,
                       or has come back to it */
    bool mixes_now; /* its Contact says that it mixes others in (isfocus) */
    bool mixes;     /* it supports Join (RFC 3911): others can be added to its calls */
    bool srtp_fallback; /* it takes RTP/AVP for an answer to RTP/SAVP */
    bool timed;         /* the trunk has timers of its own */
    struct sip_timers invite_timers, other_timers;
    struct sip_flow flow;
    struct sip_flow source; /* where it was when the call began */
    char local_tag[SIP_TAG];
    char *call_id;
    char *local_party;       /* value of From in what we send, without our tag */
    char *remote_party;      /* value of To in what we send, with the tag once it is known */
    char *remote_target;     /* request URI */
    char *route_set;         /* whole Route header lines, or NULL */
    char *device_name;       /* phone or trunk */
    struct trunk_load *load; /* the trunk's calls, while this is one of them; or NULL */
    char *line_key;          /* directory number whose line is in use, or NULL */
    char *number; /* of this party, as others see it: user part of the Contact we show it */
    uint32_t local_cseq, remote_cseq;
    bool holds;      /* it has put the other on hold */
    bool tells_keys; /* the other has asked for its keys */
    bool referred;   /* it has asked for a transfer before */
    struct sip_transaction
        *invite; /* the first INVITE: server side of the caller, client side of a callee */
    uint64_t
        told_of;   /* a caller: the callee's dialog of whose media it was told last; 0: of none */
    uint8_t forks; /* how often that was another one than before */
    char *request; /* the caller's INVITE as it came, to answer it from */
    size_t request_length;
    struct sip_transaction
        *server_invite; /* of a re-INVITE from this party, until it is acknowledged */
    char early_tag[80]; /* of a phone that rings */
    bool ack_due;       /* this party sent a 2xx that is still to be acknowledged */
    bool elsewhere;     /* it stops ringing because another one has answered */
    bool late;          /* what answers the re-INVITE to it is awaited by nobody any more */
    bool astray;        /* its media are, or may be, of a party with which it was not joined */
    uint32_t ack_cseq;
    uint32_t answered_cseq; /* of the INVITE that has made the dialog; 0: none of ours has */
    uint8_t forked_answers; /* that have been ended (forked_answer.h) */
    char *ack;              /* the last ACK, to repeat it */
    size_t ack_length;
    char *passed; /* of who calls: header lines of who is called, for the next response
                     (header_passage.h); or NULL */
    struct digest_client *credentials; /* a trunk's peer has challenged requests; or NULL */
    struct media_bridge *bridge;       /* of a leg that stands in: where the other's media go */
    struct call_connected *connected;  /* a trunk's far end (call_connected.h); NULL: not said */
    struct told_place *told;           /* where that is (told_place.h); NULL: not said */
    struct call_reliable *reliable; /* reliable provisional responses (call_reliable.h); or NULL */
    struct sip_transaction *probe;
    struct session_timer session;
    uint64_t registered_as; /* of a phone: a hash of the Call-ID of its registration; 0: none yet */
    bool unregistered;      /* of a phone, when it was last looked at */
    char accuser[SIP_TAG];  /* local tag of the leg whose user says that this party is malicious,
                               of the last one; "": none does */
    struct sdp_point media; /* where it said last that it wants its audio */
    bool placed;            /* its INVITE carries the caller's place */
    bool limits_known;
    struct sdp_limits *limits; /* of a callee, once known: what its region and the caller's allow;
                                  NULL: no limits */
    /* Of a callee: */
    struct outpulsed_numbers *outpulsed; /* of a trunk, or as a phone shows them; NULL: the
                                            call's */
    const struct call_target *target;    /* LEG_WAITING: what it is to be offered as */
    struct reservation *reservations;    /* its bandwidth; NULL: it needs none */
    struct sdp_rates rates_of_caller, rates_of_callee; /* of what they said last of their media */
    bool caller_offers;                                /* the caller made the last offer */
    bool audio_only;                                   /* there is no bandwidth for its video */
};

/* One way to try: a phone, or a trunk's destination. */
struct call_target {
    struct sip_flow flow;
    char uri[520]; /* request URI */
    char called[DIGITS_MAX];
    char calling[DIGITS_MAX]; /* the caller's number as it is told there; "": as the call has it */
    sj_presentation calling_id;      /* what its transformation patterns say of that */
    char host[DIRECTORY_URI];        /* of a dialled URI; "" for a number */
    char route_string[ROUTE_STRING]; /* by which it is routed; "" */
    char device_name[130];
    char line_key[130];               /* "" for trunks */
    char emcc[256];                   /* value of X-Sojourn-Emcc, "" for none */
    char emcc_device[130], lease[70]; /* for it: the visitor's phone, and the lease that proves the
                                         right (emcc_proof.h) */
    char remote_cluster_id[52];
    bool trunk, cisco;
    bool answers;             /* a plain phone is asked to answer by itself */
    bool ringer_off;          /* Do Not Disturb: it shows the call and does not ring */
    bool no_diversion;        /* a trunk without Diversion headers */
    bool visitor;             /* a phone of another cluster */
    bool no_place;            /* a trunk that refuses calls with a place */
    uint32_t session_least_s; /* no shorter session timer is taken; 0: it has not said so */
    struct device *assumed;   /* an inquiry: a phone that is not registered and taken to be */
};

/* What has connected the parties of a call other than the call itself, as records count reasons and
 * features (call_record.c). */
struct call_redirection {
    char by[DIGITS_MAX]; /* the number that has; "": nothing has */
    char partition[64];  /* of that number */
    int original_reason; /* 0: what the way of the call says */
    int reason, on_behalf_of;
    bool turned; /* who was called has called, as when a parked call is retrieved */
    size_t hops; /* of the call's history, when that happened: what comes behind has come later */
};

/* Where bandwidth is taken from. */
struct call_place {
    char location[52];   /* "" for Hub_None */
    char cluster_id[52]; /* of another cluster's party, whose location comes or goes along */
    bool immersive;      /* video calls are of rooms with immersive video */
};

struct call {
    struct call_manager *manager;
    sj_list_link link;
    char id[SIP_TAG];
    char trace_id[33];
    struct call_leg *caller;
    sj_list_head callees;
    struct call_leg *answered; /* the callee that won */
    sj_list_head relays;
    char dialled[DIGITS_MAX], called[DIGITS_MAX], calling[DIGITS_MAX];
    char host[DIRECTORY_URI];        /* of a dialled URI; "" for a number */
    char route_string[ROUTE_STRING]; /* that came with the call; "" */
    char failover[DIGITS_MAX];       /* dialled when the way to another cluster fails; "" */
    char awaited[DIGITS_MAX];        /* what is to be delivered once the question is answered */
    struct kept_origin *failover_origin;
    struct call_question *question; /* about what other clusters have; NULL: none is open */
    char calling_name[CALL_NAME], called_name[CALL_NAME];
    char calling_uri[DIRECTORY_URI]; /* directory URI of who calls; "" */
    struct transfer *transfer;       /* under way, of this call or to its target; NULL: none */
    struct call_join *restoring;     /* brings the parties' media back (call_join.h); NULL */
    struct park *park;               /* it waits at a park number, or goes back from there; NULL */
    struct conference *conference;   /* its caller is in it (conference.h); NULL */
    struct music *music;             /* one party is held and hears it (music.h); NULL */
    struct hunt *hunt;               /* it has come through a hunt pilot; NULL */
    struct pickup *pickup;           /* somebody picks it up (pickup.h); NULL */
    struct digit_collection *digits; /* it waits, or has waited, for digits; NULL */
    char *codes;                     /* that it was dialled with (call_codes.h); NULL */
    struct number_route *route;
    char remote_cluster_id[52];
    struct call_withheld calling_withheld;  /* by who calls, or where a transfer came from */
    struct call_withheld called_withheld;   /* the same of who is called, after a transfer */
    bool privacy_exceeds;                   /* the caller insists on more privacy than there is */
    bool calling_verified, called_verified; /* who they are; of who is called after a transfer */
    struct presentation presentation;       /* what the patterns on its way say of that */
    char number_key[130];                   /* directory number that is rung; "" when it is none */
    char original_calling[DIGITS_MAX]; /* before transformations, as further look-ups need it */
    char calling_mask[52];             /* of the caller's line */
    char device_pool[52];              /* of the caller */
    struct call_place caller_place;
    char
        aar_css[52]; /* what automated alternate routing may reach for the caller; "": it may not */
    bool conference_removes;        /* its caller is about to say who is to be removed */
    bool codes_lost;                /* there was no memory for one of its codes */
    bool routed_around;             /* it has taken the call around a link that is full */
    bool external;                  /* the caller is outside */
    bool intercom;                  /* between two intercom lines (intercom.h), */
    bool whispers;                  /* of which the called one is not heard yet */
    bool emergency;                 /* an emergency call */
    bool at_phones;                 /* what rings are phones of the number above */
    struct forward_history history; /* numbers that have sent it elsewhere */
    struct call_target *targets;
    size_t target_count, next_target;
    bool sips;       /* its URI asks for TLS all the way */
    bool serial;     /* targets are tried one after the other */
    bool off_record; /* its end is on record already */
    unsigned max_forwards;
    unsigned conference_number; /* of its caller there: who has come later has a higher one */
    char *join;  /* value of Join: the call whose party it adds, as the phone that it is offered to
                    has it; NULL: none */
    char *offer; /* body of the INVITE */
    size_t offer_length;
    char *offer_type;
    struct wheel_timer ring, attempt, watch;
    struct wheel_timer pickup_alert; /* when others are told that it rings */
    uint64_t rings_ms;               /* since when it rings at its number; 0: it does not */
    uint64_t probed_ms;              /* when both parties were asked last whether it lives */
    struct wheel_timer expiry;       /* of the caller's INVITE */
    bool early_media; /* the caller has got a session description before the answer */
    bool started;     /* call.started has been published */
    bool encrypted;   /* both parties came over TLS, and the media that were offered or agreed upon
                         last are encrypted */
    int best_status;  /* of refusals so far */
    int progress;     /* the provisional status that the caller has got last; 0: none */
    struct release_cause said;     /* by who refused it, or hung up */
    const struct sip_message *bye; /* by which it ends now; NULL: by none */
    int64_t answered_ms;
    int64_t began_wall_ms, answered_wall_ms; /* since 1970; 0: not answered */
    struct call_redirection redirection;
    struct sdp_limits *limits; /* of the EMCC region, once they are needed */
    char *location;            /* document that came with the INVITE, or NULL */
    size_t location_length;
    char *refusal;  /* why media could not pass; NULL when they could */
    char *shortage; /* why there was no bandwidth for the party tried last; NULL when there was */
    char *unreachable; /* whom it could not reach last, and why; NULL when it could */
};

/* ---- what comes in ---- */
/* Any request within a dialog, ACK included. */
void call_request(struct call_manager *manager, const struct sip_message *request,
                  const struct sip_flow *flow);
/* A response that belongs to no transaction: a repeated 2xx, perhaps. */
void call_stray_response(struct call_manager *manager, const struct sip_message *response,
                         const struct sip_flow *flow);

/* ---- between the files of calls ---- */
/* Ends the call: what has been answered gets BYE (but for `who_left`), what rings gets CANCEL, the
 * caller gets `status`. */
void call_end(struct call *call, const struct call_leg *who_left, int status, const char *reason);
/* What a party of an answered call says of its media: it puts the other on hold, or takes it back.
 */
void call_note_hold(struct call_leg *leg, struct sip_text description);
/* Tells that it has been answered: the event. */
void call_publish_answered(const struct call *call);
/* By Q.850, where it says more than the status with which the call ends; else 0. */
int call_said_cause(const struct call *call, int status);
/* NULL: no memory. */
struct call *call_new(struct call_manager *manager);
void call_free(struct call *call);
void call_free_all(struct call_manager *manager);
void call_trace(const struct call *call, const char *format, ...) SJ_PRINTF(2, 3);

#endif
