/* Lanes of work in virtual order: ranks, turns of shares, what gives way when a lane is full; the
 * standing of sources; and the threads, where an import never keeps a comparison waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "host/core/node.h"
#include "host/node/host_table.h"
#include "host/secret/standing.h"
#include "host/work/work.h"

/* ---- lanes ---- */

struct piece {
    struct work_item item; /* first */
    char name[24];
};

static void add(struct work_lanes *lanes, struct piece *piece, enum work_lane lane,
                const char *share, const char *name) {
    struct work_item *dropped;
    memset(piece, 0, sizeof *piece);
    (void)snprintf(piece->name, sizeof piece->name, "%s", name);
    assert_int_equal(work_lanes_add(lanes, &piece->item, lane, share, &dropped), SJ_OK);
    assert_null(dropped);
}

static void expect(struct work_lanes *lanes, enum work_group group, const char *name) {
    struct piece *piece = (struct piece *)(void *)work_lanes_take(lanes, group);
    assert_string_equal(piece != NULL ? piece->name : "nothing", name);
    if (piece != NULL) {
        work_lanes_end(lanes, &piece->item);
    }
}

static void the_proven_go_first_and_all_get_a_turn(void **state) {
    struct work_lanes lanes = {0};
    struct piece pieces[20], bulk;
    (void)state;
    add(&lanes, &pieces[0], WORK_FAILING, "192.0.2.66", "failing");
    add(&lanes, &pieces[1], WORK_HASH, "callmanager", "hash");
    add(&lanes, &pieces[2], WORK_UNKNOWN, "192.0.2.2", "unknown");
    for (int i = 3; i < 20; i++) {
        add(&lanes, &pieces[i], WORK_PROVEN, "192.0.2.1", "proven");
    }
    for (int i = 0; i < 4; i++) {
        expect(&lanes, WORK_SECRETS, "proven");
    }
    expect(&lanes, WORK_SECRETS, "hash"); /* was passed over four times, as the next */
    expect(&lanes, WORK_SECRETS, "unknown");
    for (int i = 0; i < 13; i++) {
        expect(&lanes, WORK_SECRETS, "proven");
    }
    add(&lanes, &bulk, WORK_BULK, "bulk", "import");
    expect(&lanes, WORK_IMPORTS, "failing"); /* threads of their own */
    expect(&lanes, WORK_IMPORTS, "import");
    expect(&lanes, WORK_SECRETS, "nothing");
    assert_int_equal(work_lanes_waiting(&lanes), 0);
}

static void shares_take_turns(void **state) {
    struct work_lanes lanes = {0};
    struct piece many[50], one;
    (void)state;
    for (int i = 0; i < 50; i++) {
        add(&lanes, &many[i], WORK_UNKNOWN, "192.0.2.66", "many");
    }
    add(&lanes, &one, WORK_UNKNOWN, "192.0.2.7", "one");
    expect(&lanes, WORK_SECRETS, "many");
    expect(&lanes, WORK_SECRETS, "one");
    for (int i = 1; i < 50; i++) {
        expect(&lanes, WORK_SECRETS, "many");
    }
}

/* However many jobs one plugin has, one thread is left for the others. */
static void no_share_takes_all_threads(void **state) {
    struct work_lanes lanes = {0};
    struct piece many[10], one;
    (void)state;
    for (int i = 0; i < 10; i++) {
        add(&lanes, &many[i], WORK_JOBS, "bulk", "many");
    }
    for (int i = 0; i < 3; i++) {
        assert_ptr_equal(work_lanes_take(&lanes, WORK_GENERAL), &many[i].item);
    }
    assert_null(work_lanes_take(&lanes, WORK_GENERAL));
    add(&lanes, &one, WORK_JOBS, "tftp", "one");
    assert_ptr_equal(work_lanes_take(&lanes, WORK_GENERAL), &one.item);
    assert_null(work_lanes_take(&lanes, WORK_GENERAL)); /* no thread is left */
    work_lanes_end(&lanes, &many[1].item);
    assert_ptr_equal(work_lanes_take(&lanes, WORK_GENERAL), &many[3].item);
    for (int i = 4; i < 10; i++) {
        work_lanes_remove(&lanes, &many[i].item);
    }
    for (int i = 0; i < 4; i++) {
        if (many[i].item.running) {
            work_lanes_end(&lanes, &many[i].item);
        }
    }
    work_lanes_end(&lanes, &one.item);
    expect(&lanes, WORK_GENERAL, "nothing");
}

static void a_share_has_but_so_many_waiting(void **state) {
    struct work_lanes lanes = {0};
    const size_t most = work_rules[WORK_FAILING].share_waiting_most;
    struct piece pieces[64];
    struct work_item *dropped;
    (void)state;
    for (size_t i = 0; i < most; i++) {
        add(&lanes, &pieces[i], WORK_FAILING, "192.0.2.66", "one of many");
    }
    memset(&pieces[most], 0, sizeof pieces[most]);
    assert_int_equal(
        work_lanes_add(&lanes, &pieces[most].item, WORK_FAILING, "192.0.2.66", &dropped),
        SJ_E_LIMIT);
    add(&lanes, &pieces[most], WORK_FAILING, "192.0.2.7", "another");
    for (size_t i = 0; i <= most; i++) {
        work_lanes_remove(&lanes, &pieces[i].item);
    }
}

static void the_largest_share_gives_way(void **state) {
    const size_t most = work_rules[WORK_UNKNOWN].waiting_most,
                 each = work_rules[WORK_UNKNOWN].share_waiting_most;
    struct piece *pieces = calloc(most + 1, sizeof *pieces);
    struct work_lanes lanes = {0};
    struct work_item *dropped;
    char source[32];
    (void)state;
    assert_non_null(pieces);
    for (size_t i = 0; i < most; i++) {
        (void)snprintf(source, sizeof source, "198.51.100.%zu", i / each);
        add(&lanes, &pieces[i], WORK_UNKNOWN, source, "flood");
    }
    assert_int_equal(
        work_lanes_add(&lanes, &pieces[most].item, WORK_UNKNOWN, "192.0.2.7", &dropped), SJ_OK);
    assert_ptr_equal(dropped, &pieces[each - 1].item); /* the newest of a source with the most */
    assert_null(dropped->share);
    assert_int_equal(lanes.lanes[WORK_UNKNOWN].refused, 1);
    for (size_t i = 0; i <= most; i++) {
        if (pieces[i].item.share != NULL) {
            work_lanes_remove(&lanes, &pieces[i].item);
        }
    }
    free(pieces);
}

/* ---- the standing of sources ---- */

static void sources_earn_and_lose_standing(void **state) {
    struct standings *standings = sj_standings_new();
    (void)state;
    assert_int_equal(sj_standing_of(standings, "192.0.2.1", 1000), STANDING_UNKNOWN);
    assert_false(sj_standing_note(standings, "192.0.2.1", true, 1000));
    assert_int_equal(sj_standing_of(standings, "192.0.2.1", 1000 + 3600 * 1000), STANDING_PROVEN);
    for (int i = 0; i < SJ_STANDING_FAILING; i++) {
        assert_false(sj_standing_note(standings, "192.0.2.1", false, 5000));
    }
    assert_int_equal(sj_standing_of(standings, "192.0.2.1", 5000), STANDING_FAILING);
    assert_false(sj_standing_note(standings, "192.0.2.1", true,
                                  5000)); /* a right one between does not wipe the slate */
    for (int i = SJ_STANDING_FAILING; i < SJ_STANDING_BARRED - 1; i++) {
        assert_false(sj_standing_note(standings, "192.0.2.1", false, 6000));
    }
    assert_true(sj_standing_note(standings, "192.0.2.1", false, 6000)); /* once */
    assert_false(sj_standing_note(standings, "192.0.2.1", false, 6000));
    assert_int_equal(sj_standing_of(standings, "192.0.2.1", 6000), STANDING_BARRED);
    assert_int_equal(sj_standing_of(standings, "192.0.2.2", 6000), STANDING_UNKNOWN);
    assert_int_equal(sj_standing_of(standings, "192.0.2.1", 5000 + SJ_STANDING_WINDOW_MS),
                     STANDING_PROVEN);
    sj_standings_free(standings);
}

/* ---- the threads ---- */

struct slow {
    struct work work; /* first */
    uv_sem_t *gate;
    int *order, number, status;
    bool done;
};

static int order;

static void wait_at_gate(struct work *work) {
    struct slow *slow = (struct slow *)(void *)work;
    if (slow->gate != NULL) {
        uv_sem_wait(slow->gate);
    }
}

static void note_done(struct work *work, int status) {
    struct slow *slow = (struct slow *)(void *)work;
    slow->done = true;
    slow->status = status;
    slow->number = ++order;
}

static void open_node(struct node *node, uv_loop_t *loop, uv_sem_t *gate) {
    sj_error error;
    assert_int_equal(uv_sem_init(gate, 0), 0);
    assert_int_equal(uv_loop_init(loop), 0);
    assert_int_equal(sj_node_init(node, loop, &error), SJ_OK);
    sj_table_fill(&node->table);
    assert_int_equal(sj_work_open(node, &error), SJ_OK);
}

static void close_node(struct node *node, uv_loop_t *loop, uv_sem_t *gate) {
    sj_work_close(node);
    sj_node_finish(node);
    assert_int_equal(uv_loop_close(loop), 0);
    uv_sem_destroy(gate);
}

/* An import holds its thread, and a plugin three others; a comparison and another plugin's job are
 * done all the same. */
static void bulk_work_keeps_nothing_waiting(void **state) {
    struct node node;
    uv_loop_t loop;
    uv_sem_t gate;
    struct slow import[20] = {0}, jobs[20] = {0}, compare = {0}, other = {0};
    (void)state;
    open_node(&node, &loop, &gate);
    for (int i = 0; i < 20; i++) {
        import[i].gate = jobs[i].gate = &gate;
        assert_int_equal(
            sj_work_submit(&node, &import[i].work, WORK_BULK, "import", wait_at_gate, note_done),
            SJ_OK);
        assert_int_equal(
            sj_work_submit(&node, &jobs[i].work, WORK_JOBS, "bulk", wait_at_gate, note_done),
            SJ_OK);
    }
    assert_int_equal(
        sj_work_submit(&node, &compare.work, WORK_UNKNOWN, "192.0.2.1", wait_at_gate, note_done),
        SJ_OK);
    assert_int_equal(sj_work_submit(&node, &other.work, WORK_JOBS, "tftp", wait_at_gate, note_done),
                     SJ_OK);
    while (!compare.done || !other.done) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
    assert_false(import[0].done);
    assert_true(sj_work_cancel(&node, &import[19].work)); /* waits */
    assert_false(sj_work_cancel(&node, &import[0].work)); /* runs: its end is awaited */
    for (int i = 0; i < 39; i++) {
        uv_sem_post(&gate);
    }
    (void)uv_run(&loop, UV_RUN_DEFAULT); /* ends when nothing waits or runs any more */
    for (int i = 0; i < 20; i++) {
        assert_true(import[i].done == (i < 19));
        assert_true(jobs[i].done);
    }
    assert_int_equal(order, 2 + 19 + 20);
    close_node(&node, &loop, &gate);
}

static void what_gives_way_is_told(void **state) {
    const size_t most = work_rules[WORK_FAILING].waiting_most,
                 each = work_rules[WORK_FAILING].share_waiting_most;
    struct slow *flood = calloc(most + 3, sizeof *flood), modest = {0};
    struct node node;
    uv_loop_t loop;
    uv_sem_t gate;
    size_t refused = 0;
    (void)state;
    open_node(&node, &loop, &gate);
    for (size_t i = 0; i < most + 1; i++) { /* one of them runs */
        char source[32];
        (void)snprintf(source, sizeof source, "source %zu", i < 1 ? i : 1 + (i - 1) / each);
        flood[i].gate = &gate;
        assert_int_equal(
            sj_work_submit(&node, &flood[i].work, WORK_FAILING, source, wait_at_gate, note_done),
            SJ_OK);
    }
    assert_int_equal(
        sj_work_submit(&node, &modest.work, WORK_FAILING, "modest", wait_at_gate, note_done),
        SJ_OK);
    assert_int_equal(sj_work_waiting(&node, WORK_FAILING), most);
    for (size_t i = 0; i < most + 1; i++) {
        uv_sem_post(&gate);
    }
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(modest.done);
    assert_int_equal(modest.status, SJ_OK);
    for (size_t i = 0; i < most + 1; i++) {
        assert_true(flood[i].done);
        refused += flood[i].status == SJ_E_LIMIT;
    }
    assert_int_equal(refused, 1);
    free(flood);
    close_node(&node, &loop, &gate);
}

/* A source that turns out to be guessing does not keep its places among those of whom nothing is
 * known. */
static void a_share_moves_to_another_lane(void **state) {
    const size_t room = work_rules[WORK_FAILING].share_waiting_most, count = room + 10;
    struct slow *guesses = calloc(count, sizeof *guesses), modest = {0};
    struct node node;
    uv_loop_t loop;
    uv_sem_t gate;
    size_t refused = 0;
    (void)state;
    open_node(&node, &loop, &gate);
    for (size_t i = 0; i < count; i++) {
        guesses[i].gate = &gate;
        assert_int_equal(sj_work_submit(&node, &guesses[i].work, WORK_UNKNOWN, "192.0.2.66",
                                        wait_at_gate, note_done),
                         SJ_OK);
    }
    assert_int_equal(
        sj_work_submit(&node, &modest.work, WORK_UNKNOWN, "192.0.2.7", wait_at_gate, note_done),
        SJ_OK);
    sj_work_move_share(&node, WORK_UNKNOWN, WORK_FAILING, "192.0.2.66");
    assert_int_equal(sj_work_waiting(&node, WORK_UNKNOWN), 0);
    assert_int_equal(sj_work_waiting(&node, WORK_FAILING),
                     room - 1); /* of the rest one has begun */
    for (size_t i = 0; i < count; i++) {
        uv_sem_post(&gate);
    }
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < count; i++) {
        assert_true(guesses[i].done);
        refused += guesses[i].status == SJ_E_LIMIT;
        assert_int_equal(guesses[i].status, i < room + 1 ? SJ_OK : SJ_E_LIMIT);
    }
    assert_int_equal(refused, count - room - 1);
    assert_true(modest.done);
    free(guesses);
    close_node(&node, &loop, &gate);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_proven_go_first_and_all_get_a_turn),
        cmocka_unit_test(shares_take_turns),
        cmocka_unit_test(no_share_takes_all_threads),
        cmocka_unit_test(a_share_has_but_so_many_waiting),
        cmocka_unit_test(the_largest_share_gives_way),
        cmocka_unit_test(sources_earn_and_lose_standing),
        cmocka_unit_test(bulk_work_keeps_nothing_waiting),
        cmocka_unit_test(what_gives_way_is_told),
        cmocka_unit_test(a_share_moves_to_another_lane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
