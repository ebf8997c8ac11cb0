/* Reading and writing the messages of replication. */
#include "core/wire.h"

#include <string.h>

#include <sojourn/base/sections.h>

enum tag { TAG_SENDER = 1, TAG_STATE, TAG_WANT, TAG_INFO, TAG_CHANGES, TAG_REFUSAL };
enum { HEAD_BYTES = 6, SECTION_HEAD = 5 };
enum { CHANGES_FIXED = 69, CHANGE_FIXED = 10, REFUSAL_MAX = 600 };
enum {
    FLAG_PARTIAL = 1,
    FLAG_MORE = 2,
    FLAG_LEFT = 1,
    FLAG_HOLED = 2,
    FLAG_WHOLE = 1,
    FLAG_HOLED_THERE = 4
};
enum { FLAG_REMOVED = 1, FLAG_FAILOVER = 2 };
static const char magic[4] = {'S', 'J', 'I', 'L'};

/* ---- writing ---- */

static void put_peer(sj_text *out, const struct ils_peer_id *peer) {
    sj_text_add(out, peer->bytes, sizeof peer->bytes);
}

void ils_wire_begin(sj_text *out, enum ils_message_type type, const struct ils_sender *sender) {
    sj_text_add(out, magic, sizeof magic);
    sj_section_put(out, ILS_WIRE_VERSION, 1);
    sj_section_put(out, type, 1);
    const size_t begun = sj_section_begin(out, TAG_SENDER);
    put_peer(out, &sender->peer);
    sj_section_put(out, sender->role, 1);
    sj_section_put(out, (sender->partial ? FLAG_PARTIAL : 0u) | (sender->more ? FLAG_MORE : 0u), 1);
    put_peer(out, &sender->registrar);
    sj_section_end(out, begun);
}

static void put_state(sj_text *out, enum tag tag, const struct ils_state *state) {
    const size_t begun = sj_section_begin(out, tag);
    put_peer(out, &state->peer);
    sj_section_put(out, state->incarnation, 8);
    sj_section_put(out, state->beat, 8);
    sj_section_put(out, state->info_version, 8);
    sj_section_put(out, state->version, 8);
    sj_section_put(out, state->floor, 8);
    sj_section_put(out, state->target, 8);
    sj_section_put(out, state->digest, 8);
    sj_section_put(out, state->age_ms, 4);
    sj_section_put(out, (state->left ? FLAG_LEFT : 0u) | (state->holed ? FLAG_HOLED : 0u), 1);
    sj_section_put(out, state->live, 4);
    sj_section_put(out, state->copy, 8);
    sj_section_end(out, begun);
}

void ils_wire_state(sj_text *out, const struct ils_state *state) {
    put_state(out, TAG_STATE, state);
}

void ils_wire_want(sj_text *out, const struct ils_state *state) {
    put_state(out, TAG_WANT, state);
}

void ils_wire_info(sj_text *out, const struct ils_info *info) {
    const size_t begun = sj_section_begin(out, TAG_INFO);
    put_peer(out, &info->peer);
    sj_section_put(out, info->incarnation, 8);
    sj_section_put(out, info->version, 8);
    sj_section_put(out, info->role, 1);
    put_peer(out, &info->hub);
    sj_section_put(out, info->interval_ms, 4);
    sj_section_put_text(out, info->cluster_id);
    sj_section_put_text(out, info->route);
    sj_section_put(out, info->detail_length, 4);
    sj_text_add(out, info->detail, info->detail_length);
    sj_section_end(out, begun);
}

size_t ils_wire_changes_begin(sj_text *out) {
    static const char nothing[CHANGES_FIXED] = {0};
    const size_t begun = sj_section_begin(out, TAG_CHANGES);
    sj_text_add(out, nothing, sizeof nothing);
    return begun;
}

void ils_wire_change(sj_text *out, const struct ils_change *change) {
    sj_section_put(out, change->version, 8);
    sj_section_put(out, change->fact.kind, 1);
    sj_section_put(
        out, (change->removed ? FLAG_REMOVED : 0u) | (change->fact.failover ? FLAG_FAILOVER : 0u),
        1);
    sj_section_put_text(out, change->fact.key);
    if (!change->removed) {
        sj_section_put(out, change->fact.strip, 1);
        sj_section_put_text(out, change->fact.number);
        sj_section_put_text(out, change->fact.route);
    }
}

void ils_wire_changes_end(sj_text *out, size_t begun, const struct ils_changes *changes) {
    sj_text fixed = {0};
    put_peer(&fixed, &changes->peer);
    sj_section_put(&fixed, changes->incarnation, 8);
    sj_section_put(&fixed, changes->from, 8);
    sj_section_put(&fixed, changes->to, 8);
    sj_section_put(&fixed, changes->floor, 8);
    sj_section_put(&fixed, changes->target, 8);
    sj_section_put(&fixed, changes->digest, 8);
    sj_section_put(&fixed,
                   (changes->whole ? FLAG_WHOLE : 0u) | (changes->holed ? FLAG_HOLED : 0u) |
                       (changes->holed_there ? FLAG_HOLED_THERE : 0u),
                   1);
    sj_section_put(&fixed, changes->count, 4);
    if (fixed.failed) {
        out->failed = true;
    } else if (!out->failed) {
        memcpy(out->data + begun, fixed.data, fixed.length);
    }
    sj_text_clear(&fixed);
    sj_section_end(out, begun);
}

void ils_wire_refusal(sj_text *out, const char *text) {
    const size_t begun = sj_section_begin(out, TAG_REFUSAL);
    const size_t length = strlen(text);
    sj_text_add(out, text, length < REFUSAL_MAX ? length : REFUSAL_MAX);
    sj_section_end(out, begun);
}

/* ---- reading ---- */

static void get_peer(sj_big_endian_reader *in, struct ils_peer_id *peer) {
    const unsigned char *bytes = sj_big_endian_pass(in, sizeof peer->bytes);
    memset(peer, 0, sizeof *peer);
    if (bytes != NULL) {
        memcpy(peer->bytes, bytes, sizeof peer->bytes);
    }
}

/* A text of printable characters, at most `most`. */
static const char *get_text(sj_big_endian_reader *in, size_t most, char *room) {
    const size_t length = (size_t)sj_big_endian_next(in, 1);
    if (length > most || (size_t)(in->end - in->at) < length) {
        in->failed = true;
        room[0] = '\0';
        return room;
    }
    for (size_t i = 0; i < length; i++) {
        in->failed = in->failed || in->at[i] < 0x21 || in->at[i] == 0x7f;
    }
    memcpy(room, in->at, length);
    room[length] = '\0';
    in->at += length;
    return room;
}

static uint64_t get_version(sj_big_endian_reader *in) {
    const uint64_t version = sj_big_endian_next(in, 8);
    in->failed = in->failed || version > ILS_VERSION_MAX;
    return version;
}

static enum ils_role get_role(sj_big_endian_reader *in) {
    const uint64_t role = sj_big_endian_next(in, 1);
    in->failed = in->failed || role > ILS_SPOKE;
    return role > ILS_SPOKE ? ILS_STANDALONE : (enum ils_role)role;
}

static void read_sender(sj_big_endian_reader *in, const struct ils_visitor *visitor, void *user) {
    struct ils_sender sender = {0};
    get_peer(in, &sender.peer);
    sender.role = get_role(in);
    const uint64_t flags = sj_big_endian_next(in, 1);
    sender.partial = flags & FLAG_PARTIAL;
    sender.more = flags & FLAG_MORE;
    get_peer(in, &sender.registrar);
    in->failed = in->failed || !ils_peer_known(&sender.peer);
    if (visitor != NULL && visitor->sender != NULL) {
        visitor->sender(user, &sender);
    }
}

static void read_state(sj_big_endian_reader *in, bool wanted, const struct ils_visitor *visitor,
                       void *user) {
    struct ils_state state = {0};
    get_peer(in, &state.peer);
    state.incarnation = sj_big_endian_next(in, 8);
    state.beat = sj_big_endian_next(in, 8);
    state.info_version = get_version(in);
    state.version = get_version(in);
    state.floor = get_version(in);
    state.target = get_version(in);
    state.digest = sj_big_endian_next(in, 8);
    state.age_ms = (uint32_t)sj_big_endian_next(in, 4);
    const uint64_t flags = sj_big_endian_next(in, 1);
    state.left = flags & FLAG_LEFT;
    state.holed = flags & FLAG_HOLED;
    state.counted = in->at < in->end;
    state.live = state.counted ? (uint32_t)sj_big_endian_next(in, 4) : 0;
    state.copy = in->at < in->end ? sj_big_endian_next(in, 8) : 0;
    in->failed = in->failed || !ils_peer_known(&state.peer);
    if (visitor != NULL && (wanted ? visitor->want : visitor->state) != NULL) {
        (wanted ? visitor->want : visitor->state)(user, &state);
    }
}

static void read_info(sj_big_endian_reader *in, const struct ils_visitor *visitor, void *user) {
    char cluster_id[ILS_CLUSTER_ID_MAX + 1], route[ILS_ROUTE_MAX + 1];
    struct ils_info info = {0};
    get_peer(in, &info.peer);
    info.incarnation = sj_big_endian_next(in, 8);
    info.version = get_version(in);
    info.role = get_role(in);
    get_peer(in, &info.hub);
    info.interval_ms = (uint32_t)sj_big_endian_next(in, 4);
    info.cluster_id = get_text(in, ILS_CLUSTER_ID_MAX, cluster_id);
    info.route = get_text(in, ILS_ROUTE_MAX, route);
    info.detail_length = (size_t)sj_big_endian_next(in, 4);
    info.detail = (const char *)in->at;
    in->failed = in->failed || !ils_peer_known(&info.peer) ||
                 !ils_route_is_valid(info.cluster_id) || /* a cluster id has the same characters */
                 (info.route[0] != '\0' && !ils_route_is_valid(info.route)) ||
                 info.detail_length > ILS_DETAIL_MAX ||
                 info.detail_length > (size_t)(in->end - in->at);
    if (visitor != NULL && visitor->info != NULL) {
        visitor->info(user, &info);
    }
}

/* What one cluster states must be in the form in which all compare it. */
static bool fact_is_right(const struct ils_fact *fact) {
    char key[ILS_KEY_MAX + 1];
    return fact->kind > 0 && fact->kind < ILS_KINDS_END &&
           ils_canonical(fact->kind, fact->key, key, NULL) == SJ_OK &&
           strcmp(key, fact->key) == 0 && fact->strip <= ILS_STRIP_MAX &&
           strspn(fact->number, "0123456789+*#") == strlen(fact->number) &&
           (fact->route[0] == '\0' || ils_route_is_valid(fact->route));
}

static void read_changes(sj_big_endian_reader *in, const struct ils_visitor *visitor, void *user) {
    struct ils_changes run = {0};
    get_peer(in, &run.peer);
    run.incarnation = sj_big_endian_next(in, 8);
    run.from = get_version(in);
    run.to = get_version(in);
    run.floor = get_version(in);
    run.target = get_version(in);
    run.digest = sj_big_endian_next(in, 8);
    const uint64_t marks = sj_big_endian_next(in, 1);
    run.whole = marks & FLAG_WHOLE;
    run.holed = marks & FLAG_HOLED;
    run.holed_there = marks & FLAG_HOLED_THERE;
    run.count = (size_t)sj_big_endian_next(in, 4);
    in->failed = in->failed || !ils_peer_known(&run.peer) || run.to < run.from ||
                 run.target < run.to || run.count > (size_t)(in->end - in->at) / CHANGE_FIXED;
    if (visitor != NULL && visitor->changes != NULL) {
        visitor->changes(user, &run);
    }
    uint64_t last = run.from;
    for (size_t i = 0; i < run.count && !in->failed; i++) {
        char key[ILS_KEY_MAX + 1], number[ILS_NUMBER_MAX + 1] = "", route[ILS_ROUTE_MAX + 1] = "";
        struct ils_change change = {.fact = {.number = number, .route = route}};
        change.version = sj_big_endian_next(in, 8);
        change.fact.kind = (enum ils_kind)sj_big_endian_next(in, 1);
        const uint64_t flags = sj_big_endian_next(in, 1);
        change.removed = flags & FLAG_REMOVED;
        change.fact.failover = flags & FLAG_FAILOVER;
        change.fact.key = get_text(in, ILS_KEY_MAX, key);
        if (!change.removed) {
            change.fact.strip = (uint8_t)sj_big_endian_next(in, 1);
            (void)get_text(in, ILS_NUMBER_MAX, number);
            (void)get_text(in, ILS_ROUTE_MAX, route);
        }
        in->failed = in->failed || change.version <= last || change.version > run.to ||
                     (visitor == NULL && !fact_is_right(&change.fact));
        last = change.version;
        if (!in->failed && visitor != NULL && visitor->change != NULL) {
            visitor->change(user, &change);
        }
    }
    if (visitor != NULL && visitor->end_of_changes != NULL) {
        visitor->end_of_changes(user);
    }
}

static void read_refusal(const sj_big_endian_reader *in, const struct ils_visitor *visitor,
                         void *user) {
    char text[REFUSAL_MAX + 1];
    const size_t length = (size_t)(in->end - in->at);
    const size_t kept = length < REFUSAL_MAX ? length : REFUSAL_MAX;
    for (size_t i = 0; i < kept; i++) {
        text[i] = (char)(in->at[i] < 0x20 || in->at[i] >= 0x7f ? '?' : in->at[i]);
    }
    text[kept] = '\0';
    if (visitor != NULL && visitor->refusal != NULL) {
        visitor->refusal(user, text);
    }
}

/* One pass over the sections. False with `bad_tag` when one of them is wrong. */
static bool read_sections(sj_big_endian_reader all, const struct ils_visitor *visitor, void *user,
                          unsigned *bad_tag) {
    bool first = true;
    while (all.at < all.end) {
        const unsigned tag = (unsigned)sj_big_endian_next(&all, 1);
        const size_t length = (size_t)sj_big_endian_next(&all, 4);
        *bad_tag = tag;
        if (all.failed || length > (size_t)(all.end - all.at) || first != (tag == TAG_SENDER)) {
            return false;
        }
        sj_big_endian_reader in = {all.at, all.at + length, false};
        switch (tag) {
        case TAG_SENDER: read_sender(&in, visitor, user); break;
        case TAG_STATE: read_state(&in, false, visitor, user); break;
        case TAG_WANT: read_state(&in, true, visitor, user); break;
        case TAG_INFO: read_info(&in, visitor, user); break;
        case TAG_CHANGES: read_changes(&in, visitor, user); break;
        case TAG_REFUSAL: read_refusal(&in, visitor, user); break;
        default: break;
        }
        if (in.failed) {
            return false;
        }
        all.at += length;
        first = false;
    }
    return !first;
}

int ils_wire_read(const char *bytes, size_t length, enum ils_message_type type,
                  const struct ils_visitor *visitor, void *user, sj_error *error) {
    const sj_big_endian_reader all = {(const unsigned char *)bytes +
                                          (length < HEAD_BYTES ? 0 : HEAD_BYTES),
                                      (const unsigned char *)bytes + length, false};
    unsigned tag = 0;
    if (length < HEAD_BYTES || memcmp(bytes, magic, sizeof magic) != 0) {
        return sj_error_set(error, SJ_E_INVALID,
                            "expected a message of the Intercluster Lookup Service, got %zu bytes "
                            "that begin otherwise",
                            length);
    }
    if (bytes[4] != ILS_WIRE_VERSION) {
        return sj_error_set(error, SJ_E_VERSION,
                            "a message of version %d of replication: this node speaks version %d",
                            (unsigned char)bytes[4], ILS_WIRE_VERSION);
    }
    if (length > ILS_MESSAGE_MAX || (unsigned char)bytes[5] != type ||
        !read_sections(all, NULL, NULL, &tag)) {
        return sj_error_set(error, SJ_E_INVALID,
                            "a message of replication (type %d, %zu bytes) is not right in its "
                            "section %u",
                            (unsigned char)bytes[5], length, tag);
    }
    if (visitor != NULL) {
        (void)read_sections(all, visitor, user, &tag);
    }
    return SJ_OK;
}
