/* Cells of call detail records. Pure. */
#include "record.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CAUSE_TEMPORARY_FAILURE = 41, CAUSE_NORMAL = 16, CAUSE_SPLIT = 393216 };
enum {
    BEHALF_CALL_PARK = 3,
    BEHALF_CALL_FORWARD = 5,
    BEHALF_TRANSFER = 10,
    BEHALF_IMMEDIATE_DIVERT = 14,
    BEHALF_CALL_PICKUP = 16,
};
enum { SECURED_NONE = 0, SECURED_ENCRYPTED = 2 };

/* "192.0.2.1:5060", "[2001:db8::1]:5060" and the address alone. */
static void host_of(const char *text, char host[64]) {
    const char *begin = text[0] == '[' ? text + 1 : text;
    size_t length = text[0] == '['                            ? strcspn(begin, "]")
                    : strchr(text, ':') == NULL               ? strlen(text)
                    : strchr(text, ':') == strrchr(text, ':') ? strcspn(text, ":")
                                                              : strlen(text);
    (void)snprintf(host, 64, "%.*s", (int)(length < 63 ? length : 63), begin);
}

int32_t cdr_address(const char *text) {
    char host[64];
    unsigned char bytes[4];
    host_of(text, host);
    if (inet_pton(AF_INET, host, bytes) != 1) {
        return 0;
    }
    return (int32_t)((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                     (uint32_t)bytes[3] << 24);
}

int64_t cdr_codec(const char *name) {
    static const struct {
        const char *name;
        int64_t number;
    } known[] = {{"PCMA", 2},  {"PCMU", 4},  {"G722", 6},  {"G723", 9},   {"G728", 10},
                 {"G729", 11}, {"GSM", 18},  {"L16", 25},  {"G7221", 40}, {"AAC-LD", 42},
                 {"G726", 82}, {"iLBC", 86}, {"iSAC", 89}, {"opus", 90}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strncasecmp(name, known[i].name, strlen(known[i].name)) == 0) {
            return known[i].number;
        }
    }
    return 0;
}

/* Where the cells of one side stand. */
struct side {
    int node, address, long_address, number, user, cause, media_address, media_port, codec, packet,
        partition, device, uri;
};

static const struct side calling = {
    CDR_origNodeId,
    CDR_origIpAddr,
    CDR_origIpv4v6Addr,
    CDR_callingPartyNumber,
    CDR_callingPartyUnicodeLoginUserID,
    CDR_origCause_value,
    CDR_origMediaTransportAddress_IP,
    CDR_origMediaTransportAddress_Port,
    CDR_origMediaCap_payloadCapability,
    CDR_origMediaCap_maxFramesPerPacket,
    CDR_callingPartyNumberPartition,
    CDR_origDeviceName,
    CDR_callingPartyNumber_uri,
};

static const struct side called = {
    CDR_destNodeId,
    CDR_destIpAddr,
    CDR_destIpv4v6Addr,
    CDR_finalCalledPartyNumber,
    CDR_finalCalledPartyUnicodeLoginUserID,
    CDR_destCause_value,
    CDR_destMediaTransportAddress_IP,
    CDR_destMediaTransportAddress_Port,
    CDR_destMediaCap_payloadCapability,
    CDR_destMediaCap_maxFramesPerPacket,
    CDR_finalCalledPartyNumberPartition,
    CDR_destDeviceName,
    CDR_finalCalledPartyNumber_uri,
};

/* What is withheld from others stands in records where they are told it. */
static const char *recorded(const char *withheld, const char *told) {
    return sj_given(withheld) ? withheld : told;
}

static void fill_side(struct cdr_row *row, const struct side *side, const sj_call_party *party,
                      int64_t node_id) {
    char host[64];
    host_of(sj_or_empty(party->address), host);
    cdr_row_set_integer(row, side->node, node_id);
    cdr_row_set_integer(row, side->address, cdr_address(sj_or_empty(party->address)));
    cdr_row_set(row, side->long_address, host);
    cdr_row_set(row, side->number, recorded(party->withheld_number, party->number));
    cdr_row_set(row, side->user, recorded(party->withheld_user_id, party->user_id));
    cdr_row_set_integer(row, side->cause, party->cause);
    cdr_row_set_integer(row, side->media_address, cdr_address(sj_or_empty(party->media_address)));
    cdr_row_set_integer(row, side->media_port, party->media_port);
    cdr_row_set_integer(row, side->codec, cdr_codec(sj_or_empty(party->codec)));
    cdr_row_set_integer(row, side->packet, party->packet_ms);
    cdr_row_set(row, side->partition, party->partition);
    cdr_row_set(row, side->device, party->device_name);
    cdr_row_set(row, side->uri, recorded(party->withheld_uri, party->uri));
}

static int64_t seconds(int64_t ms) {
    return ms / 1000;
}

static int64_t duration_s(const sj_call_recorded *event) {
    const int64_t lasted = event->ended_ms - event->answered_ms;
    return event->answered_ms == 0 || lasted < 0 ? 0 : seconds(lasted);
}

/* A version 4 UUID (RFC 9562). */
static void put_identifier(struct cdr_row *row, int column, const unsigned char random[16]) {
    char text[40], *at = text;
    for (size_t i = 0; i < 16; i++) {
        const unsigned byte = i == 6   ? (random[i] & 0x0fu) | 0x40u
                              : i == 8 ? (random[i] & 0x3fu) | 0x80u
                                       : random[i];
        at += snprintf(at, 4, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", byte);
    }
    cdr_row_set(row, column, text);
}

/* Which feature redirects for that reason; 0: none. */
static int64_t behalf_of(int64_t reason) {
    switch (reason) {
    case 0: return 0;
    case 4:
    case 34: return BEHALF_TRANSFER;
    case 5: return BEHALF_CALL_PICKUP;
    case 50: return BEHALF_IMMEDIATE_DIVERT;
    case 7:
    case 8:
    case 11:
    case 434:
    case 450: return BEHALF_CALL_PARK;
    default: return BEHALF_CALL_FORWARD;
    }
}

static void fill_redirections(struct cdr_row *row, const sj_call_recorded *event) {
    const char *original = sj_given(event->original_called_number)
                               ? event->original_called_number
                               : recorded(event->called.withheld_number, event->called.number);
    cdr_row_set(row, CDR_originalCalledPartyNumber, original);
    cdr_row_set(row, CDR_originalCalledPartyNumberPartition, event->original_called_partition);
    /* Without a redirection the last one is the number that was called. */
    const bool redirected = event->last_redirect_reason != 0;
    cdr_row_set(row, CDR_lastRedirectDn, redirected ? event->last_redirecting_number : original);
    cdr_row_set(row, CDR_lastRedirectDnPartition,
                redirected ? event->last_redirecting_partition : event->original_called_partition);
    cdr_row_set_integer(row, CDR_origCalledPartyRedirectReason, event->original_redirect_reason);
    cdr_row_set_integer(row, CDR_lastRedirectRedirectReason, event->last_redirect_reason);
    cdr_row_set_integer(row, CDR_origCalledPartyRedirectOnBehalfOf,
                        behalf_of(event->original_redirect_reason));
    cdr_row_set_integer(row, CDR_lastRedirectRedirectOnBehalfOf,
                        behalf_of(event->last_redirect_reason));
    cdr_row_set_integer(row, CDR_joinOnBehalfOf, event->join_on_behalf_of);
}

void cdr_record_fill(struct cdr_row *row, const struct cdr_origin *origin,
                     const sj_call_recorded *event, const unsigned char random[16]) {
    cdr_row_set_integer(row, CDR_cdrRecordType, 1);
    cdr_row_set_integer(row, CDR_globalCallID_callManagerId, origin->node_id);
    cdr_row_set(row, CDR_globalCallId_ClusterID, origin->cluster_id);
    fill_side(row, &calling, &event->calling, origin->node_id);
    fill_side(row, &called, &event->called, origin->node_id);
    fill_redirections(row, event);
    cdr_row_set_integer(row, CDR_dateTimeOrigination, seconds(event->began_ms));
    cdr_row_set_integer(row, CDR_dateTimeConnect, seconds(event->answered_ms));
    cdr_row_set_integer(row, CDR_dateTimeDisconnect, seconds(event->ended_ms));
    cdr_row_set_integer(row, CDR_duration, duration_s(event));
    cdr_row_set(row, CDR_finalCalledPartyPattern, event->pattern);
    cdr_row_set(row, CDR_authCodeDescription, sj_or_empty(event->authorization_code_name));
    cdr_row_set_integer(row, CDR_authorizationLevel, event->authorization_level);
    cdr_row_set(row, CDR_clientMatterCode, sj_or_empty(event->client_matter_code));
    cdr_row_set(row, CDR_huntPilotDN, sj_or_empty(event->hunt_pilot_number));
    cdr_row_set(row, CDR_huntPilotPartition, sj_or_empty(event->hunt_pilot_partition));
    cdr_row_set(row, CDR_huntPilotPattern, sj_or_empty(event->hunt_pilot_pattern));
    cdr_row_set(
        row, CDR_outpulsedCallingPartyNumber,
        recorded(event->calling.withheld_outpulsed_number, event->outpulsed_calling_number));
    cdr_row_set(row, CDR_outpulsedCalledPartyNumber,
                recorded(event->called.withheld_outpulsed_number, event->outpulsed_called_number));
    cdr_row_set_integer(row, CDR_callSecuredStatus,
                        event->encrypted ? SECURED_ENCRYPTED : SECURED_NONE);
    if (event->malicious) {
        cdr_row_set(row, CDR_comment, "CallFlag=MALICIOUS");
    }
    put_identifier(row, CDR_pkid, random);
}

/* Of the two legs of a part of a call. */
static int64_t leg_of(int64_t part, bool calling_leg) {
    return 2 * part + (calling_leg ? 0 : 1);
}

void cdr_record_statistics(struct cdr_row *row, const struct cdr_origin *origin,
                           const sj_call_statistics *event, int64_t call, int64_t part,
                           const unsigned char random[16]) {
    cdr_row_set_integer(row, CMR_cdrRecordType, 2);
    cdr_row_set_integer(row, CMR_globalCallID_callManagerId, origin->node_id);
    cdr_row_set_integer(row, CMR_globalCallID_callId, call);
    cdr_row_set_integer(row, CMR_nodeId, origin->node_id);
    cdr_row_set(row, CMR_directoryNum, recorded(event->withheld_number, event->number));
    cdr_row_set_integer(row, CMR_callIdentifier, leg_of(part, event->calling));
    cdr_row_set_integer(row, CMR_dateTimeStamp, seconds(event->at_ms));
    cdr_row_set_integer(row, CMR_numberPacketsSent, event->packets_sent);
    cdr_row_set_integer(row, CMR_numberOctetsSent, event->octets_sent);
    cdr_row_set_integer(row, CMR_numberPacketsReceived, event->packets_received);
    cdr_row_set_integer(row, CMR_numberOctetsReceived, event->octets_received);
    cdr_row_set_integer(row, CMR_numberPacketsLost, event->packets_lost);
    cdr_row_set_integer(row, CMR_jitter, event->jitter_ms);
    cdr_row_set_integer(row, CMR_latency, event->latency_ms);
    put_identifier(row, CMR_pkid, random);
    cdr_row_set(row, CMR_directoryNumPartition, event->partition);
    cdr_row_set(row, CMR_globalCallId_ClusterID, origin->cluster_id);
    cdr_row_set(row, CMR_deviceName, event->device_name);
    cdr_row_set(row, CMR_varVQMetrics, event->metrics);
    cdr_row_set_integer(row, CMR_duration, event->duration_s);
}

void cdr_record_number(struct cdr_row *row, int64_t call, int64_t part) {
    cdr_row_set_integer(row, CDR_globalCallID_callId, call);
    cdr_row_set_integer(row, CDR_origLegCallIdentifier, leg_of(part, true));
    cdr_row_set_integer(row, CDR_destLegIdentifier, leg_of(part, false));
}

int64_t cdr_record_part(const char *leg) {
    return strtoll(leg, NULL, 10) / 2;
}

static void end_at(struct cdr_row *row, int64_t ended_s, int64_t cause) {
    const int64_t connected = strtoll(cdr_row_get(row, CDR_dateTimeConnect), NULL, 10);
    cdr_row_set_integer(row, CDR_dateTimeDisconnect, ended_s);
    cdr_row_set_integer(row, CDR_duration,
                        connected == 0 || ended_s < connected ? 0 : ended_s - connected);
    cdr_row_set_integer(row, CDR_origCause_value, cause);
    cdr_row_set_integer(row, CDR_destCause_value, cause);
}

void cdr_record_split(struct cdr_row *row, int64_t ended_ms, int64_t on_behalf_of) {
    end_at(row, seconds(ended_ms), CAUSE_SPLIT);
    cdr_row_set_integer(row, CDR_origCallTerminationOnBehalfOf, on_behalf_of);
    cdr_row_set_integer(row, CDR_destCallTerminationOnBehalfOf, on_behalf_of);
}

void cdr_record_end_unseen(struct cdr_row *row, int64_t ended_s) {
    end_at(row, ended_s, CAUSE_TEMPORARY_FAILURE);
    cdr_row_set(row, CDR_comment, "EndNotSeen=NodeStopped");
}

bool cdr_record_is_empty(const sj_call_recorded *event) {
    return duration_s(event) == 0 &&
           (event->calling.cause == 0 || event->calling.cause == CAUSE_NORMAL) &&
           (event->called.cause == 0 || event->called.cause == CAUSE_NORMAL);
}
