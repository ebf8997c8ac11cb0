/* Decisions about calls in a dial plan of 100,000 patterns, in one run: as calls are decided, the
 * same with their course noted down, and what more digits could match after each digit. Prints rows
 * as tests/bench/run does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dial_plan/match_course.h"
#include "dial_plan/number_routing.h"
#include "measure.h"

enum { PATTERNS = 100000, PARTITIONS = 50, CALLS = 20000, COURSES = 20000, DIALLED = 11 };

static uint32_t random_state = 1;

static unsigned chance(unsigned below) {
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

static char *digits_of(size_t length) {
    char *text = calloc(1, 24);
    for (size_t i = 0; text != NULL && i < length; i++) {
        text[i] = (char)('0' + chance(10));
    }
    return text;
}

static char partition_names[PARTITIONS][8];

/* What it points to lives as long as the program. */
static void fill(struct dial_plan *plan) {
    sj_calling_search_space *space = calloc(1, sizeof *space);
    const char **partitions = calloc(PARTITIONS, sizeof *partitions);
    for (size_t i = 0; i < PARTITIONS; i++) {
        (void)snprintf(partition_names[i], sizeof partition_names[i], "P%zu", i);
        partitions[i] = partition_names[i];
    }
    *space = (sj_calling_search_space){
        .name = "All", .partitions = partitions, .partitions_count = PARTITIONS};
    (void)dial_plan_put(plan, PLAN_CALLING_SEARCH_SPACE, "All", space, NULL);
    for (size_t i = 0; i < PATTERNS; i++) {
        const unsigned kind = chance(10);
        const char *partition = partition_names[chance(PARTITIONS)];
        char *text = digits_of(kind < 6 ? DIALLED : 3 + chance(5));
        if (kind < 6) {
            sj_directory_number *number = calloc(1, sizeof *number);
            *number = (sj_directory_number){
                .pattern = text, .partition = partition, .active = true, .alerting_name = ""};
            (void)dial_plan_put_pattern(plan, DIGIT_DIRECTORY_NUMBER, text, partition, false,
                                        number, NULL);
        } else {
            sj_route_pattern *route = calloc(1, sizeof *route);
            const size_t length = strlen(text);
            (void)snprintf(text + length, 5, "%s", kind < 8 ? "!" : "XXXX");
            *route = (sj_route_pattern){.pattern = text,
                                        .partition = partition,
                                        .sip_trunk = "Gateway",
                                        .route_list = "",
                                        .called_party_transform_mask = "",
                                        .called_party_prefix_digits = "00",
                                        .calling_party_transform_mask = "",
                                        .calling_party_prefix_digits = ""};
            (void)dial_plan_put_pattern(plan, DIGIT_ROUTE_PATTERN, text, partition, kind == 8,
                                        route, NULL);
        }
    }
}

static void row(const char *what, double ours, double yardstick) {
    printf("%-52s %14.1f %14.1f %8.2f\n", what, ours, yardstick, ours / yardstick);
}

int main(void) {
    struct dial_plan plan;
    struct calling_search_spaces spaces = {.names = {"All"}, .count = 1};
    struct number_caller caller = {.spaces = &spaces,
                                   .number = "4001",
                                   .external_mask = "",
                                   .device_pool = "",
                                   .adjunct_css = ""};
    struct number_route *route = calloc(1, sizeof *route);
    struct visible_partitions visible;
    static char dialled[1024][24];
    uint64_t begun;
    if (route == NULL || dial_plan_init(&plan, NULL, NULL) != SJ_OK) {
        free(route);
        return 1;
    }
    fill(&plan);
    for (size_t i = 0; i < 1024; i++) {
        char *text = digits_of(DIALLED);
        memcpy(dialled[i], text, sizeof dialled[i]);
        free(text);
    }
    begun = measure_now_us();
    for (size_t i = 0; i < CALLS; i++) {
        (void)number_routing(&plan, &caller, dialled[i % 1024], route);
    }
    const double decided = (double)(measure_now_us() - begun) / CALLS;
    row("call decided among 100,000 patterns, us (goal)", decided, 1000);
    begun = measure_now_us();
    for (size_t i = 0; i < COURSES; i++) {
        struct course course = {0};
        caller.course = &course;
        (void)number_routing(&plan, &caller, dialled[i % 1024], route);
        course_clear(&course);
    }
    row("the same with its course, us (without)", (double)(measure_now_us() - begun) / COURSES,
        decided);
    if (visible_partitions_lay_out(&plan, &spaces, &(struct moment){0, ""}, &visible) != SJ_OK) {
        return 1;
    }
    begun = measure_now_us();
    for (size_t i = 0; i < COURSES; i++) {
        char head[24] = "";
        struct digit_match match;
        struct could_match could = {0};
        memcpy(head, dialled[i % 1024], 1 + i % 6);
        (void)match_so_far(plan.digits, &visible, head, &match, "", &could);
    }
    row("what could match after a digit, us (a call)", (double)(measure_now_us() - begun) / COURSES,
        decided);
    visible_partitions_free(&visible);
    dial_plan_free(&plan);
    free(route);
    return 0;
}
