/* The emergency matrix in the test kit: asks for it, and keeps it as text. */
#ifndef DNA_EMERGENCY_KIT_H
#define DNA_EMERGENCY_KIT_H

#include "dna_kit.h"

static inline void on_emergency(void *user, int status, const sj_error *error,
                                const sj_dna_emergency_reply *reply) {
    (void)user;
    world.status = status;
    if (status != SJ_OK) {
        print_error("%s\n", error->text);
        return;
    }
    world.valid = reply->valid;
    (void)snprintf(world.course, sizeof world.course, "%d holes, %d not known\n%s\n",
                   (int)reply->holes, (int)reply->not_known, reply->message);
    (void)snprintf(world.shown, sizeof world.shown, "%s",
                   reply->rows_count > 0 ? reply->rows[0].calling_number : "");
    for (size_t i = 0; i < reply->rows_count; i++) {
        const sj_dna_emergency_reply_row *row = &reply->rows[i];
        const size_t used = strlen(world.course);
        (void)snprintf(world.course + used, sizeof world.course - used, "%s %s %s %s|%s\n",
                       row->caller, row->number, row->gateway, row->hole, row->text);
    }
}

static inline void emergency(sj_testkit *kit, const char *number) {
    const char *const numbers[] = {number};
    const sj_dna_emergency request = {.at = world.at,
                                      .numbers = numbers,
                                      .numbers_count = number == NULL ? 0 : 1,
                                      .here_only = world.here_only};
    world.course[0] = '\0';
    world.status = -1;
    assert_int_equal(
        sj_ask_dna_emergency(sj_testkit_scope(kit), &request, 0, on_emergency, NULL, NULL), SJ_OK);
    sj_testkit_run(kit);
    sj_testkit_advance(kit, 7000); /* a cluster that does not answer is waited for */
    assert_int_equal(world.status, SJ_OK);
}

#endif
