/* Gathers what is kept of a call: first the dialogs that it has or had, then their messages and its
 * steps. What is not kept any more is said. */
#include "calls/call_ladder.h"
#include "calls/call_discretion.h"
#include "calls/call_history.h"
#include "calls/ladder_line.h"
#include "events/call.h"
#include "events/cdr.h"

#include <sojourn/base/hash.h>
#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PARTIES = 64, LINES = 1000, NOTES = 6, NOTE = 400 };

struct ladder_party {
    struct kept_leg leg;
    char address[SJ_ADDRESS_TEXT];
    bool placed; /* its address is known */
};

struct ladder_row {
    struct ladder_line line;
    char text[520]; /* of a step */
    uint64_t same;  /* hash of the message, direction and dialog */
    uint64_t dialog;
    uint32_t cseq;
    bool message, request, received, described;
};

struct ladder {
    struct call_manager *manager;
    const char *id;
    struct kept_leg found; /* one of its legs; call NULL: none */
    uint64_t call;
    uint64_t numbered; /* the call whose number the id is; 0: none */
    bool runs;
    sj_call_trace_reply reply;
    struct ladder_party parties[PARTIES];
    sj_call_trace_reply_party party_rows[PARTIES];
    struct ladder_row rows[LINES];
    sj_call_trace_reply_line line_rows[LINES];
    const char *notes[NOTES];
    char texts[NOTES][NOTE];
};

static void say(struct ladder *ladder, const char *format, ...) SJ_PRINTF(2, 3);
static void say(struct ladder *ladder, const char *format, ...) {
    const size_t at = ladder->reply.notes_count;
    va_list arguments;
    if (at < NOTES) {
        va_start(arguments, format);
        (void)vsnprintf(ladder->texts[at], NOTE, format, arguments);
        va_end(arguments);
        ladder->notes[at] = ladder->texts[at];
        ladder->reply.notes_count++;
    }
}

/* "10:11:12 UTC" */
static const char *time_of(int64_t at_ms, char text[40]) {
    const time_t seconds = (time_t)(at_ms / 1000);
    struct tm parts;
    text[0] = '\0';
    if (gmtime_r(&seconds, &parts) != NULL) {
        (void)strftime(text, 40, "%Y-%m-%d %H:%M:%S UTC", &parts);
    }
    return text;
}

/* ---- which call ---- */

static bool is_named(const struct ladder *ladder, const struct kept_leg *leg) {
    return strcmp(leg->call, ladder->id) == 0 || strcmp(leg->trace, ladder->id) == 0 ||
           strcmp(leg->call_id, ladder->id) == 0 ||
           message_buffer_key(sip_text_of(leg->call)) == ladder->numbered;
}

/* The call whose number that is in call detail records. */
static void find_numbered(struct ladder *ladder) {
    struct message_walk walk = message_walk_from(ladder->manager->history, 0);
    for (const struct kept *kept; (kept = message_walk_next(&walk)) != NULL;) {
        if (kept->kind == KEPT_NUMBER && sip_text_is(kept->data, ladder->id)) {
            ladder->numbered = kept->call;
        }
    }
}

/* Calls `visit` for each dialog of each running call. */
static void each_running(struct ladder *ladder,
                         void (*visit)(struct ladder *ladder, const struct call_leg *leg)) {
    SJ_LIST_EACH(call, &ladder->manager->calls, struct call, link) {
        if (call->caller != NULL && call->caller->call_id != NULL) {
            visit(ladder, call->caller);
        }
        SJ_LIST_EACH(leg, &call->callees, struct call_leg, link_in_call) {
            if (leg->call_id != NULL) {
                visit(ladder, leg);
            }
        }
    }
}

static void find_running(struct ladder *ladder, const struct call_leg *leg) {
    const struct kept_leg known = call_history_leg_of(leg);
    if (is_named(ladder, &known)) {
        ladder->found = known;
        ladder->runs = true;
    }
}

static void find_kept(struct ladder *ladder) {
    struct message_walk walk = message_walk_from(ladder->manager->history, 0);
    struct kept_leg leg;
    for (const struct kept *kept; (kept = message_walk_next(&walk)) != NULL;) {
        if (call_history_read_leg(kept, &leg) && is_named(ladder, &leg)) {
            ladder->found = leg; /* the newest counts: a Call-ID may have come to another call */
        }
    }
}

/* ---- its dialogs ---- */

static struct ladder_party *party_of(struct ladder *ladder, uint64_t dialog) {
    for (size_t i = 0; i < ladder->reply.parties_count; i++) {
        if (ladder->parties[i].leg.dialog == dialog) {
            return &ladder->parties[i];
        }
    }
    return NULL;
}

static void add_party(struct ladder *ladder, const struct kept_leg *leg) {
    struct ladder_party *party = party_of(ladder, leg->dialog);
    if (strcmp(leg->call, ladder->found.call) != 0) {
        return;
    }
    if (party == NULL && ladder->reply.parties_count < PARTIES) {
        party = &ladder->parties[ladder->reply.parties_count++];
    }
    if (party != NULL) {
        party->leg = *leg;
    }
}

static void add_running(struct ladder *ladder, const struct call_leg *leg) {
    const struct kept_leg known = call_history_leg_of(leg);
    add_party(ladder, &known);
}

/* Whoever calls stands first. */
static void sort_parties(struct ladder *ladder) {
    size_t callers = 0;
    for (size_t i = 0; i < ladder->reply.parties_count; i++) {
        const struct ladder_party party = ladder->parties[i];
        if (party.leg.caller) {
            memmove(&ladder->parties[callers + 1], &ladder->parties[callers],
                    (i - callers) * sizeof party);
            ladder->parties[callers++] = party;
        }
    }
}

static void find_parties(struct ladder *ladder) {
    struct message_walk walk = message_walk_from(ladder->manager->history, 0);
    struct kept_leg leg;
    for (const struct kept *kept; (kept = message_walk_next(&walk)) != NULL;) {
        if (kept->call == ladder->call && call_history_read_leg(kept, &leg)) {
            add_party(ladder, &leg);
        }
    }
    each_running(ladder, add_running);
    sort_parties(ladder);
}

/* ---- messages and steps ---- */

static bool is_repeated(const struct ladder *ladder, size_t at) {
    for (size_t i = 0; i < at; i++) {
        if (ladder->rows[i].message && ladder->rows[i].same == ladder->rows[at].same) {
            return true;
        }
    }
    return false;
}

/* Whether what a message says of media is the answer to what another one said. */
static bool is_answer(const struct ladder *ladder, size_t at, enum sip_method method) {
    const struct ladder_row *row = &ladder->rows[at];
    if (row->request) {
        return method == SIP_ACK;
    }
    for (size_t i = 0; i < at; i++) {
        const struct ladder_row *earlier = &ladder->rows[i];
        if (earlier->message && earlier->request && earlier->described &&
            earlier->dialog == row->dialog && earlier->cseq == row->cseq &&
            earlier->received != row->received) {
            return true;
        }
    }
    return false;
}

static void add_message(struct ladder *ladder, const struct kept *kept,
                        struct ladder_party *party) {
    struct sip_message message;
    const size_t at = ladder->reply.lines_count;
    struct ladder_row *row = &ladder->rows[at];
    if (!sip_message_parse(kept->data.at, kept->data.length, &message)) {
        return;
    }
    ladder_line_read(&message, &row->line);
    row->message = true;
    row->request = message.request;
    row->received = kept->received;
    row->dialog = kept->dialog;
    row->cseq = message.cseq;
    row->described = row->line.session[0] != '\0';
    row->same = sj_hash_with(sj_hash_keyed(kept->data.at, kept->data.length), kept->received);
    if (!party->placed) {
        party->placed = true;
        ladder->party_rows[party - ladder->parties].port =
            sj_address_format(&kept->remote, party->address, sizeof party->address);
        ladder->party_rows[party - ladder->parties].transport = kept->transport;
    }
    if (row->described) {
        char said[SDP_SUMMARY];
        (void)snprintf(said, sizeof said, "%s", row->line.session);
        (void)snprintf(row->line.session, sizeof row->line.session, "%s: %.140s",
                       is_answer(ladder, at, message.method) ? "answer" : "offer", said);
    }
    ladder->line_rows[at] =
        (sj_call_trace_reply_line){.at = kept->at_ms,
                                   .kind = SJ_CALL_TRACE_REPLY_LINE_KIND_MESSAGE,
                                   .party = party - ladder->parties,
                                   .received = kept->received,
                                   .text = row->line.text,
                                   .cseq = row->line.cseq,
                                   .session = row->line.session,
                                   .reason = row->line.reason,
                                   .repeated = is_repeated(ladder, at)};
    ladder->reply.lines_count++;
}

static void add_step(struct ladder *ladder, const struct kept *kept) {
    const size_t at = ladder->reply.lines_count++;
    struct ladder_row *row = &ladder->rows[at];
    (void)sip_text_copy(kept->data, row->text, sizeof row->text);
    ladder->line_rows[at] = (sj_call_trace_reply_line){.at = kept->at_ms,
                                                       .kind = SJ_CALL_TRACE_REPLY_LINE_KIND_STEP,
                                                       .text = row->text,
                                                       .cseq = "",
                                                       .session = "",
                                                       .reason = ""};
}

static void find_lines(struct ladder *ladder) {
    struct message_walk walk = message_walk_from(ladder->manager->history, 0);
    size_t left = 0;
    for (const struct kept *kept; (kept = message_walk_next(&walk)) != NULL;) {
        const bool step = kept->kind == KEPT_STEP && kept->call == ladder->call;
        struct ladder_party *party =
            kept->kind == KEPT_MESSAGE ? party_of(ladder, kept->dialog) : NULL;
        if (!step && party == NULL) {
            continue;
        }
        if (ladder->reply.lines_count == LINES) {
            left++;
        } else if (step) {
            add_step(ladder, kept);
        } else {
            add_message(ladder, kept, party);
        }
    }
    if (left > 0) {
        say(ladder, "%zu later messages and steps are left out: the first %d are shown.", left,
            LINES);
    }
}

/* ---- the answer ---- */

static void tell_limits(struct ladder *ladder) {
    const struct call_manager *manager = ladder->manager;
    const int64_t forgotten = message_buffer_forgotten_ms(manager->history, false);
    char text[40];
    if (forgotten >= ladder->found.began_ms) {
        say(ladder, "Messages before %s are no longer kept.", time_of(forgotten, text));
    } else if (manager->history_since_ms > ladder->found.began_ms) {
        say(ladder, "Messages before %s were not kept.", time_of(manager->history_since_ms, text));
    }
    for (size_t i = 0; i < ladder->reply.parties_count; i++) {
        const struct kept_leg *leg = &ladder->parties[i].leg;
        if (leg->remote_cluster_id[0] != '\0') {
            say(ladder,
                "The cluster %s is not asked for its part: there the call is the one with the "
                "Call-ID %s.",
                leg->remote_cluster_id, leg->call_id);
        }
    }
}

static void put_party(struct ladder *ladder, size_t at) {
    const struct ladder_party *party = &ladder->parties[at];
    sj_call_trace_reply_party *row = &ladder->party_rows[at];
    row->name = party->leg.device_name;
    row->trunk = party->leg.trunk;
    row->caller = party->leg.caller;
    row->number = party->leg.number;
    row->address = party->address;
    row->sip_call_id = party->leg.call_id;
}

static void answer(struct ladder *ladder, sj_question *question) {
    struct call_manager *manager = ladder->manager;
    sj_call_trace_reply *reply = &ladder->reply;
    ladder->call = message_buffer_key(sip_text_of(ladder->found.call));
    find_parties(ladder);
    find_lines(ladder);
    tell_limits(ladder);
    for (size_t i = 0; i < reply->parties_count; i++) {
        put_party(ladder, i);
    }
    reply->call_id = ladder->found.call;
    reply->trace_id = ladder->found.trace;
    reply->began = ladder->found.began_ms;
    reply->ended = !ladder->runs;
    reply->node = manager->scope->host->node->name;
    reply->notes = ladder->notes;
    reply->parties = ladder->party_rows;
    reply->lines = ladder->line_rows;
    sj_reply_call_trace(manager->scope, question, reply);
}

static void refuse_unknown(struct call_manager *manager, sj_question *question, const char *id) {
    const int64_t forgotten = message_buffer_forgotten_ms(manager->history, false);
    char text[40];
    sj_fail(
        manager->scope, question, SJ_E_NOT_FOUND,
        "no call %.200s: none that goes on has this id, trace id, Call-ID or number, nor any of "
        "which something is kept (since %s)",
        id, time_of(forgotten > 0 ? forgotten : manager->history_since_ms, text));
}

static void on_trace(void *user, sj_question *question, const sj_call_trace *request) {
    struct call_manager *manager = user;
    if (manager->history == NULL) {
        sj_fail(manager->scope, question, SJ_E_UNAVAILABLE,
                "no SIP messages are kept: the service parameter SIP Message Buffer is 0. The "
                "steps of a call are in sojourn trace TRACE_ID");
        return;
    }
    struct ladder *ladder = calloc(1, sizeof *ladder);
    if (ladder == NULL) {
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    ladder->manager = manager;
    ladder->id = request->id;
    find_numbered(ladder);
    each_running(ladder, find_running);
    if (ladder->found.call == NULL) {
        find_kept(ladder);
    }
    if (ladder->found.call == NULL) {
        refuse_unknown(manager, question, request->id);
    } else {
        answer(ladder, question);
    }
    free(ladder);
}

/* ---- which calls there are ---- */

static void on_list(void *user, sj_question *question, const sj_call_list *request) {
    struct call_manager *manager = user;
    const size_t limit = (size_t)request->limit;
    sj_call_list_reply_entry *rows = calloc(limit, sizeof *rows);
    size_t count = 0;
    if (rows == NULL) {
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory for %zu calls", limit);
        return;
    }
    SJ_LIST_EACH(call, &manager->calls, struct call, link) {
        if (count < limit && call->caller != NULL) {
            rows[count++] = (sj_call_list_reply_entry){
                .call_id = call->id,
                .began = call->began_wall_ms,
                .calling_number = call_told_caller(call),
                .calling_device = sj_or_empty(call->caller->device_name),
                .called_number = call_told_called(call),
                .called_device =
                    call->answered == NULL ? "" : sj_or_empty(call->answered->device_name),
                .answered = call->answered_wall_ms};
        }
    }
    const sj_call_list_reply reply = {
        .total = (int64_t)manager->call_count, .calls = rows, .calls_count = count};
    sj_reply_call_list(manager->scope, question, &reply);
    free(rows);
}

static void on_numbered(void *user, const sj_cdr_call_numbered *event) {
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%lld", (long long)event->number);
    struct kept kept = {.kind = KEPT_NUMBER,
                        .call = message_buffer_key(sip_text_of(event->call_id)),
                        .data = sip_text_of(digits)};
    message_history_add(user, &kept);
}

int call_ladder_open(struct call_manager *manager, sj_error *error) {
    return sj_on_cdr_call_numbered(manager->scope, on_numbered, manager, error) == NULL ||
                   sj_answer_call_list(manager->scope, on_list, manager, error) == NULL ||
                   sj_answer_call_trace(manager->scope, on_trace, manager, error) == NULL
               ? error->code
               : SJ_OK;
}
