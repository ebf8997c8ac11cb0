/* Reading and writing the messages between Location Bandwidth Managers. */
#include "hub_wire.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/sections.h>
#include <sojourn/base/utf8.h>

enum tag { TAG_SENDER = 1, TAG_HUBS, TAG_TOPOLOGY, TAG_USAGE, TAG_REFUSAL };
enum { HEAD_BYTES = 6, RUN_FIXED = 21 };
enum { FLAG_LEAVES = 1, FLAG_MORE = 2, FLAG_WHOLE = 1 };
static const char magic[4] = {'S', 'J', 'L', 'B'};
static const uint32_t unlimited = UINT32_MAX;

/* ---- writing ---- */

static void put_kbps(sj_text *out, const int64_t kbps[LBM_CLASSES]) {
    for (int class = 0; class < LBM_CLASSES; class ++) {
        sj_section_put(out, kbps[class] >= unlimited ? unlimited : (uint64_t)kbps[class], 4);
    }
}

static void put_versions(sj_text *out, const struct lbm_versions *versions) {
    sj_section_put(out, versions->incarnation, 8);
    sj_section_put(out, versions->usage, 8);
    sj_section_put(out, versions->topology, 8);
}

void lbm_wire_begin(sj_text *out, enum lbm_message_type type, const struct lbm_sender *sender) {
    sj_text_add(out, magic, sizeof magic);
    sj_section_put(out, LBM_WIRE_VERSION, 1);
    sj_section_put(out, type, 1);
    const size_t begun = sj_section_begin(out, TAG_SENDER);
    put_versions(out, &sender->here);
    put_versions(out, &sender->has);
    sj_section_put(out, sender->beat, 8);
    sj_section_put(out, sender->lease_ms, 4);
    sj_section_put(out, sender->calls, 4);
    sj_section_put(out, (sender->leaves ? FLAG_LEAVES : 0u) | (sender->more ? FLAG_MORE : 0u), 1);
    sj_section_put_text(out, sender->manager);
    sj_section_end(out, begun);
}

void lbm_wire_hubs(sj_text *out, const char *const *cluster_ids, size_t count) {
    const size_t begun = sj_section_begin(out, TAG_HUBS);
    sj_section_put(out, count, 1);
    for (size_t i = 0; i < count; i++) {
        sj_section_put_text(out, cluster_ids[i]);
    }
    sj_section_end(out, begun);
}

void lbm_wire_topology(sj_text *out, uint64_t version, const struct lbm_statement *statement) {
    const size_t begun = sj_section_begin(out, TAG_TOPOLOGY);
    sj_section_put(out, version, 8);
    sj_section_put(out, statement->locations_count, 4);
    sj_section_put(out, statement->links_count, 4);
    for (size_t i = 0; i < statement->locations_count; i++) {
        sj_section_put_text(out, statement->locations[i].name);
        put_kbps(out, statement->locations[i].kbps);
    }
    for (size_t i = 0; i < statement->links_count; i++) {
        const struct lbm_link_given *link = &statement->links[i];
        sj_section_put(out, lbm_statement_find(statement, link->ends[0]), 4);
        sj_section_put(out, lbm_statement_find(statement, link->ends[1]), 4);
        sj_section_put(out, (uint64_t)link->weight, 4);
        put_kbps(out, link->kbps);
    }
    sj_section_end(out, begun);
}

size_t lbm_wire_run_begin(sj_text *out) {
    static const char nothing[RUN_FIXED] = {0};
    const size_t begun = sj_section_begin(out, TAG_USAGE);
    sj_text_add(out, nothing, sizeof nothing);
    return begun;
}

void lbm_wire_usage(sj_text *out, const struct lbm_usage *usage) {
    sj_section_put_text(out, usage->location);
    sj_section_put_text(out, usage->other);
    for (int class = 0; class < LBM_CLASSES; class ++) {
        sj_section_put(out, (uint64_t)usage->kbps[class], 8);
    }
    sj_section_put(out, usage->calls, 4);
}

void lbm_wire_run_end(sj_text *out, size_t begun, const struct lbm_run *run) {
    if (!out->failed) {
        sj_big_endian_write(out->data + begun, 8, run->from);
        sj_big_endian_write(out->data + begun + 8, 8, run->to);
        sj_big_endian_write(out->data + begun + 16, 1, run->whole ? FLAG_WHOLE : 0);
        sj_big_endian_write(out->data + begun + 17, 4, run->count);
    }
    sj_section_end(out, begun);
}

void lbm_wire_refusal(sj_text *out, const char *text) {
    const size_t begun = sj_section_begin(out, TAG_REFUSAL);
    sj_text_puts(out, text);
    sj_section_end(out, begun);
}

/* ---- reading ---- */

/* A name: 1 to `most` bytes without control characters and @; "" too with `empty`. */
static void get_name(sj_big_endian_reader *in, size_t most, bool empty, char *out) {
    const size_t length = (size_t)sj_big_endian_next(in, 1);
    const unsigned char *text = sj_big_endian_pass(in, length <= most ? length : SIZE_MAX);
    out[0] = '\0';
    if (text == NULL || (length == 0 && !empty)) {
        in->failed = true;
        return;
    }
    for (size_t i = 0; i < length; i++) {
        in->failed = in->failed || text[i] < 0x20 || text[i] == 0x7f || text[i] == '@';
        out[i] = (char)text[i];
    }
    out[length] = '\0';
    in->failed = in->failed || !sj_utf8_valid(out, length);
}

static void get_versions(sj_big_endian_reader *in, struct lbm_versions *versions) {
    versions->incarnation = sj_big_endian_next(in, 8);
    versions->usage = sj_big_endian_next(in, 8);
    versions->topology = sj_big_endian_next(in, 8);
}

static void get_kbps(sj_big_endian_reader *in, int64_t kbps[LBM_CLASSES]) {
    for (int class = 0; class < LBM_CLASSES; class ++) {
        const uint64_t value = sj_big_endian_next(in, 4);
        kbps[class] = value == unlimited ? LBM_UNLIMITED : (int64_t)value;
    }
}

static void read_sender(sj_big_endian_reader *in, struct lbm_sender *sender) {
    get_versions(in, &sender->here);
    get_versions(in, &sender->has);
    sender->beat = sj_big_endian_next(in, 8);
    sender->lease_ms = (uint32_t)sj_big_endian_next(in, 4);
    sender->calls = (uint32_t)sj_big_endian_next(in, 4);
    const uint64_t flags = sj_big_endian_next(in, 1);
    sender->leaves = flags & FLAG_LEAVES;
    sender->more = flags & FLAG_MORE;
    get_name(in, LBM_CLUSTER_ID_MAX, true, sender->manager);
    in->failed = in->failed || sender->here.incarnation == 0 || sender->beat == 0;
}

bool lbm_wire_next_hub(struct lbm_message *message, char cluster_id[LBM_CLUSTER_ID_MAX + 1]) {
    if (message->hubs_count == 0) {
        return false;
    }
    message->hubs_count--;
    get_name(&message->hubs, LBM_CLUSTER_ID_MAX, false, cluster_id);
    return !message->hubs.failed;
}

static void get_location(sj_big_endian_reader *in, char name[LBM_NAME_MAX + 1],
                         int64_t kbps[LBM_CLASSES]) {
    get_name(in, LBM_NAME_MAX, false, name);
    get_kbps(in, kbps);
}

static void get_link(sj_big_endian_reader *in, uint32_t ends[2], struct lbm_link_given *link) {
    ends[0] = (uint32_t)sj_big_endian_next(in, 4);
    ends[1] = (uint32_t)sj_big_endian_next(in, 4);
    link->weight = (int64_t)sj_big_endian_next(in, 4);
    get_kbps(in, link->kbps);
}

static void get_usage(sj_big_endian_reader *in, struct lbm_usage *usage) {
    get_name(in, LBM_NAME_MAX, false, usage->location);
    get_name(in, LBM_NAME_MAX, true, usage->other);
    for (int class = 0; class < LBM_CLASSES; class ++) {
        const uint64_t kbps = sj_big_endian_next(in, 8);
        in->failed = in->failed || kbps > (uint64_t)LBM_USED_MAX;
        usage->kbps[class] = (int64_t)kbps;
    }
    usage->calls = (uint32_t)sj_big_endian_next(in, 4);
}

bool lbm_wire_next_usage(struct lbm_message *message, struct lbm_usage *usage) {
    if (message->run.count == 0) {
        return false;
    }
    message->run.count--;
    get_usage(&message->usage, usage);
    return !message->usage.failed;
}

static void check_topology(sj_big_endian_reader *in, struct lbm_message *message) {
    char name[2][LBM_NAME_MAX + 1] = {"", ""};
    int64_t kbps[LBM_CLASSES];
    message->has_topology = true;
    message->topology = sj_big_endian_next(in, 8);
    message->locations_count = (size_t)sj_big_endian_next(in, 4);
    message->links_count = (size_t)sj_big_endian_next(in, 4);
    message->locations = *in;
    in->failed = in->failed || message->locations_count > LBM_STATED_LOCATIONS_MAX ||
                 message->links_count > LBM_STATED_LINKS_MAX;
    for (size_t i = 0; i < message->locations_count && !in->failed; i++) {
        get_location(in, name[i % 2], kbps);
        in->failed = in->failed || (i > 0 && strcmp(name[i % 2], name[!(i % 2)]) <= 0);
    }
    for (size_t i = 0; i < message->links_count && !in->failed; i++) {
        struct lbm_link_given link;
        uint32_t ends[2];
        get_link(in, ends, &link);
        in->failed = in->failed || ends[0] >= message->locations_count ||
                     ends[1] >= message->locations_count || ends[0] == ends[1] || link.weight < 1 ||
                     link.weight > LBM_WEIGHT_MAX;
    }
}

static void check_usage(sj_big_endian_reader *in, struct lbm_message *message) {
    struct lbm_usage usage;
    message->has_run = true;
    message->run.from = sj_big_endian_next(in, 8);
    message->run.to = sj_big_endian_next(in, 8);
    message->run.whole = sj_big_endian_next(in, 1) & FLAG_WHOLE;
    message->run.count = (size_t)sj_big_endian_next(in, 4);
    message->usage = *in;
    in->failed = in->failed || message->run.to < message->run.from;
    for (size_t i = 0; i < message->run.count && !in->failed; i++) {
        get_usage(in, &usage);
    }
}

static void check_hubs(sj_big_endian_reader *in, struct lbm_message *message) {
    char cluster_id[LBM_CLUSTER_ID_MAX + 1];
    message->hubs_count = (size_t)sj_big_endian_next(in, 1);
    message->hubs = *in;
    in->failed = in->failed || message->hubs_count > LBM_HUBS_MAX;
    for (size_t i = 0; i < message->hubs_count && !in->failed; i++) {
        get_name(in, LBM_CLUSTER_ID_MAX, false, cluster_id);
    }
}

static void read_refusal(const sj_big_endian_reader *in, char text[LBM_REFUSAL_ROOM]) {
    const size_t length = (size_t)(in->end - in->at);
    const size_t kept = length < LBM_REFUSAL_ROOM - 1 ? length : LBM_REFUSAL_ROOM - 1;
    for (size_t i = 0; i < kept; i++) {
        text[i] = (char)(in->at[i] < 0x20 || in->at[i] >= 0x7f ? '?' : in->at[i]);
    }
    text[kept] = '\0';
}

/* All sections. False with `bad_tag` when one of them is wrong, or there a second time. */
static bool read_sections(sj_big_endian_reader all, struct lbm_message *message,
                          unsigned *bad_tag) {
    unsigned seen = 0;
    while (all.at < all.end) {
        const unsigned tag = (unsigned)sj_big_endian_next(&all, 1);
        const size_t length = (size_t)sj_big_endian_next(&all, 4);
        const unsigned char *content = sj_big_endian_pass(&all, length);
        const unsigned bit = tag <= TAG_REFUSAL ? 1u << tag : 0;
        *bad_tag = tag;
        if (all.failed || (seen & bit) != 0 || (seen == 0) != (tag == TAG_SENDER)) {
            return false;
        }
        seen |= bit;
        sj_big_endian_reader in = {content, content + length, false};
        switch (tag) {
        case TAG_SENDER: read_sender(&in, &message->sender); break;
        case TAG_HUBS: check_hubs(&in, message); break;
        case TAG_TOPOLOGY: check_topology(&in, message); break;
        case TAG_USAGE: check_usage(&in, message); break;
        case TAG_REFUSAL: read_refusal(&in, message->refusal); break;
        default: break;
        }
        if (in.failed) {
            return false;
        }
    }
    return seen != 0;
}

int lbm_wire_read(const char *bytes, size_t length, enum lbm_message_type type,
                  struct lbm_message *message, sj_error *error) {
    const unsigned char *begin = (const unsigned char *)bytes;
    unsigned tag = 0;
    memset(message, 0, sizeof *message);
    if (length < HEAD_BYTES || memcmp(bytes, magic, sizeof magic) != 0) {
        return sj_error_set(error, SJ_E_INVALID,
                            "expected a message of a Location Bandwidth Manager, got %zu bytes "
                            "that begin otherwise",
                            length);
    }
    if (begin[4] != LBM_WIRE_VERSION) {
        return sj_error_set(error, SJ_E_VERSION,
                            "a message of version %d between Location Bandwidth Managers: this "
                            "node speaks version %d",
                            begin[4], LBM_WIRE_VERSION);
    }
    if (length > LBM_MESSAGE_MAX || begin[5] != type ||
        !read_sections((sj_big_endian_reader){begin + HEAD_BYTES, begin + length, false}, message,
                       &tag)) {
        return sj_error_set(error, SJ_E_INVALID,
                            "a message between Location Bandwidth Managers (type %d, %zu bytes) "
                            "is not right in its section %u",
                            begin[5], length, tag);
    }
    return SJ_OK;
}

struct lbm_statement *lbm_wire_statement(struct lbm_message *message) {
    const size_t count = message->locations_count, links_count = message->links_count;
    struct lbm_location_given *locations = calloc(count + 1, sizeof *locations);
    struct lbm_link_given *links = calloc(links_count + 1, sizeof *links);
    char(*names)[LBM_NAME_MAX + 1] = calloc(count + 1, sizeof *names);
    struct lbm_statement *statement = NULL;
    if (locations != NULL && links != NULL && names != NULL) {
        for (size_t i = 0; i < count; i++) {
            get_location(&message->locations, names[i], locations[i].kbps);
            locations[i].name = names[i];
        }
        for (size_t i = 0; i < links_count; i++) {
            uint32_t ends[2];
            get_link(&message->locations, ends, &links[i]);
            links[i].ends[0] = names[ends[0]];
            links[i].ends[1] = names[ends[1]];
        }
        statement = lbm_statement_new(locations, count, links, links_count);
    }
    free(locations);
    free(links);
    free(names);
    return statement;
}
