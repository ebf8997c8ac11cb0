/* Which roaming device pool fits a place. Pure. */
#include "devices/geolocation_match.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define CIVIC_FIELDS(X)                                                                            \
    X(country)                                                                                     \
    X(national_subdivision)                                                                        \
    X(district)                                                                                    \
    X(community_name)                                                                              \
    X(city_division)                                                                               \
    X(neighbourhood)                                                                               \
    X(street)                                                                                      \
    X(leading_street_direction)                                                                    \
    X(trailing_street_suffix)                                                                      \
    X(street_suffix)                                                                               \
    X(house_number)                                                                                \
    X(house_number_suffix)                                                                         \
    X(landmark)                                                                                    \
    X(location)                                                                                    \
    X(floor)                                                                                       \
    X(occupant_name)                                                                               \
    X(postal_code)

struct civic_field {
    const char *name;
    size_t offset, filter_offset;
};
#define FIELD(field)                                                                               \
    {#field, offsetof(sj_civic_address, field), offsetof(sj_geolocation_filter, use_##field)},
static const struct civic_field civic_fields[EM_CIVIC_FIELDS] = {CIVIC_FIELDS(FIELD)};

static const char *value_of(const sj_civic_address *address, const struct civic_field *field) {
    const char *const *member =
        (const char *const *)(const void *)((const char *)address + field->offset);
    return *member != NULL ? *member : "";
}

size_t em_geolocation_filter_fields(const sj_geolocation_filter *filter,
                                    const char *names[EM_CIVIC_FIELDS]) {
    size_t count = 0;
    for (size_t i = 0; i < EM_CIVIC_FIELDS; i++) {
        if (filter == NULL ||
            *(const bool *)(const void *)((const char *)filter + civic_fields[i].filter_offset)) {
            names[count++] = civic_fields[i].name;
        }
    }
    return count;
}

void em_geolocation_copy(const sj_civic_address *from, sj_civic_address *to,
                         const char *(*copy)(void *user, const char *text), void *user) {
    for (size_t i = 0; i < EM_CIVIC_FIELDS; i++) {
        const char **member = (const char **)(void *)((char *)to + civic_fields[i].offset);
        *member = copy(user, value_of(from, &civic_fields[i]));
    }
}

static const char *trimmed(const char *text, size_t *length) {
    while (isspace((unsigned char)*text)) {
        text++;
    }
    *length = strlen(text);
    while (*length > 0 && isspace((unsigned char)text[*length - 1])) {
        (*length)--;
    }
    return text;
}

/* The fields in which both agree, or -1 when they contradict each other in one. */
static int score(const sj_geolocation_match_input *input, const sj_civic_address *place) {
    int equal = 0;
    for (size_t i = 0; i < input->filter_count; i++) {
        for (size_t k = 0; k < EM_CIVIC_FIELDS; k++) {
            if (strcmp(input->filter[i], civic_fields[k].name) != 0) {
                continue;
            }
            size_t phone_length, pool_length;
            const char *phone =
                trimmed(value_of(&input->geolocation, &civic_fields[k]), &phone_length);
            const char *pool = trimmed(value_of(place, &civic_fields[k]), &pool_length);
            if (phone_length == 0 || pool_length == 0) {
                continue;
            }
            if (phone_length != pool_length || strncasecmp(phone, pool, pool_length) != 0) {
                return -1;
            }
            equal++;
        }
    }
    return equal;
}

void em_geolocation_match(const sj_geolocation_match_input *input,
                          sj_geolocation_match_output *output, char reason[200]) {
    const char *best = "";
    int best_score = 0;
    size_t tied = 0;
    for (size_t i = 0; i < input->candidates_count; i++) {
        const char *pool = input->candidates[i].device_pool;
        const int this_score = score(input, &input->candidates[i].geolocation);
        if (this_score <= 0 || this_score < best_score) {
            continue;
        }
        tied = this_score > best_score ? 1 : tied + 1;
        if (this_score > best_score || strcmp(pool, best) < 0) {
            best = pool;
            best_score = this_score;
        }
    }
    if (best_score == 0) {
        (void)snprintf(reason, 200, "none of the %zu device pools with a geolocation fits",
                       input->candidates_count);
    } else if (tied > 1) {
        (void)snprintf(reason, 200, "%zu pools agree in %d fields; the first by name is taken",
                       tied, best_score);
    } else {
        (void)snprintf(reason, 200, "agrees in %d of the fields that count", best_score);
    }
    output->device_pool = best;
    output->reason = reason;
}
