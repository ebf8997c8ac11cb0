/* A hook for the tests of the policy engine, declared by hand: every type of field, and twenty of
 * them, as a decision has. */
#ifndef TESTS_UNIT_POLICY_HOOKS_H
#define TESTS_UNIT_POLICY_HOOKS_H

#include <stddef.h>

#include <sojourn/schema.h>

struct place {
    const char *country, *city;
};
struct candidate {
    const char *pool;
    struct place place;
    int64_t weight;
};
struct try_input {
    const char *user_id, *device_name, *model, *cluster, *pool, *adjunct, *line, *emcc;
    bool inter_cluster, enforced;
    int64_t hour, weekday, sessions;
    double share;
    int64_t now; /* ms */
    int64_t limit;
    int level;
    struct place place;
    const char *const *filter;
    size_t filter_count;
    const struct candidate *candidates;
    size_t candidates_count;
};
struct try_output {
    bool allowed;
    int64_t minutes;
    const char *reason;
    const char *const *spaces;
    size_t spaces_count;
    int level;
    double share;
    int64_t until;
};

static const char *const try_levels[] = {"low", "middle", "high", NULL};

#define TEXT_FIELD(struct_, name_)                                                                 \
    {                                                                                              \
        .name = #name_, .type = SJ_TYPE_TEXT, .offset = offsetof(struct struct_, name_),           \
        .fallback = ""                                                                             \
    }
#define FIELD(struct_, name_, type_)                                                               \
    { .name = #name_, .type = type_, .offset = offsetof(struct struct_, name_), .fallback = "" }

static const sj_field place_fields[] = {TEXT_FIELD(place, country), TEXT_FIELD(place, city)};
static const uint64_t place_prints[] = {1, 2, 3};
static const sj_record_meta place_meta = {.size = sizeof(sj_record_meta),
                                          .kind = SJ_KIND_PART,
                                          .name = "place",
                                          .struct_size = sizeof(struct place),
                                          .fields = place_fields,
                                          .fields_count = 2,
                                          .fingerprints = place_prints};

static const sj_field candidate_fields[] = {TEXT_FIELD(candidate, pool),
                                            {.name = "place",
                                             .type = SJ_TYPE_RECORD,
                                             .offset = offsetof(struct candidate, place),
                                             .record = &place_meta},
                                            FIELD(candidate, weight, SJ_TYPE_INTEGER)};
static const uint64_t candidate_prints[] = {11, 12, 13, 14};
static const sj_record_meta candidate_meta = {.size = sizeof(sj_record_meta),
                                              .kind = SJ_KIND_PART,
                                              .name = "candidate",
                                              .struct_size = sizeof(struct candidate),
                                              .fields = candidate_fields,
                                              .fields_count = 3,
                                              .fingerprints = candidate_prints};

static const sj_field try_input_fields[] = {
    TEXT_FIELD(try_input, user_id),
    TEXT_FIELD(try_input, device_name),
    TEXT_FIELD(try_input, model),
    TEXT_FIELD(try_input, cluster),
    TEXT_FIELD(try_input, pool),
    TEXT_FIELD(try_input, adjunct),
    TEXT_FIELD(try_input, line),
    {.name = "emcc",
     .type = SJ_TYPE_TEXT,
     .offset = offsetof(struct try_input, emcc),
     .flags = SJ_FIELD_SENSITIVE,
     .fallback = ""},
    FIELD(try_input, inter_cluster, SJ_TYPE_BOOLEAN),
    FIELD(try_input, enforced, SJ_TYPE_BOOLEAN),
    {.name = "hour",
     .type = SJ_TYPE_INTEGER,
     .offset = offsetof(struct try_input, hour),
     .fallback = "12"},
    FIELD(try_input, weekday, SJ_TYPE_INTEGER),
    FIELD(try_input, sessions, SJ_TYPE_INTEGER),
    FIELD(try_input, share, SJ_TYPE_REAL),
    FIELD(try_input, now, SJ_TYPE_TIME),
    FIELD(try_input, limit, SJ_TYPE_MINUTES),
    {.name = "level",
     .type = SJ_TYPE_ENUM,
     .offset = offsetof(struct try_input, level),
     .choices = try_levels,
     .fallback = ""},
    {.name = "place",
     .type = SJ_TYPE_RECORD,
     .offset = offsetof(struct try_input, place),
     .record = &place_meta},
    {.name = "filter",
     .type = SJ_TYPE_LIST,
     .element = SJ_TYPE_TEXT,
     .offset = offsetof(struct try_input, filter),
     .count_offset = offsetof(struct try_input, filter_count)},
    {.name = "candidates",
     .type = SJ_TYPE_LIST,
     .element = SJ_TYPE_RECORD,
     .offset = offsetof(struct try_input, candidates),
     .count_offset = offsetof(struct try_input, candidates_count),
     .record = &candidate_meta},
};
static const uint64_t try_input_prints[] = {100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110,
                                            111, 112, 113, 114, 115, 116, 117, 118, 119, 120};
static const sj_record_meta try_input_meta = {.size = sizeof(sj_record_meta),
                                              .kind = SJ_KIND_POLICY_INPUT,
                                              .name = "try.it input",
                                              .struct_size = sizeof(struct try_input),
                                              .fields = try_input_fields,
                                              .fields_count = 20,
                                              .fingerprints = try_input_prints};

static const sj_field try_output_fields[] = {
    FIELD(try_output, allowed, SJ_TYPE_BOOLEAN),
    {.name = "minutes",
     .type = SJ_TYPE_INTEGER,
     .offset = offsetof(struct try_output, minutes),
     .min = 0,
     .max = 1000,
     .fallback = ""},
    {.name = "reason",
     .type = SJ_TYPE_TEXT,
     .offset = offsetof(struct try_output, reason),
     .max = 20,
     .fallback = ""},
    {.name = "spaces",
     .type = SJ_TYPE_LIST,
     .element = SJ_TYPE_REFERENCE,
     .target = "space",
     .offset = offsetof(struct try_output, spaces),
     .count_offset = offsetof(struct try_output, spaces_count),
     .max = 3},
    {.name = "level",
     .type = SJ_TYPE_ENUM,
     .offset = offsetof(struct try_output, level),
     .choices = try_levels,
     .fallback = ""},
    FIELD(try_output, share, SJ_TYPE_REAL),
    FIELD(try_output, until, SJ_TYPE_TIME),
};
static const uint64_t try_output_prints[] = {200, 201, 202, 203, 204, 205, 206, 207};
static const sj_record_meta try_output_meta = {.size = sizeof(sj_record_meta),
                                               .kind = SJ_KIND_POLICY_OUTPUT,
                                               .name = "try.it output",
                                               .struct_size = sizeof(struct try_output),
                                               .fields = try_output_fields,
                                               .fields_count = 7,
                                               .fingerprints = try_output_prints};

static const sj_policy_meta try_meta = {.size = sizeof(sj_policy_meta),
                                        .name = "try.it",
                                        .input = &try_input_meta,
                                        .output = &try_output_meta};

static const char *const try_filter[] = {"country", "city"};
static const struct candidate try_candidates[] = {{"DP_uk", {"GB", "London"}, 2},
                                                  {"DP_de", {"DE", "Ulm"}, 1}};
static const struct try_input try_example = {.user_id = "alice",
                                             .device_name = "SEP001122334455",
                                             .model = "8841",
                                             .cluster = "BR",
                                             .pool = "DP_uk",
                                             .adjunct = "CSS_uk_emergency",
                                             .line = "CSS_alice",
                                             .emcc = "CSS_emcc",
                                             .inter_cluster = true,
                                             .hour = 23,
                                             .weekday = 7,
                                             .sessions = 1,
                                             .share = 0.5,
                                             .now = 1767225600000,
                                             .limit = 600,
                                             .level = 1,
                                             .place = {"GB", "London"},
                                             .filter = try_filter,
                                             .filter_count = 2,
                                             .candidates = try_candidates,
                                             .candidates_count = 2};

#endif
