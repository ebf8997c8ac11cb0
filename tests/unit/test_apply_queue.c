/* The queue of applies that are jobs (host/rest/apply_job.h): one after the other, and none stands
 * still. */
#include "tests/unit/store_fixture.h"

#include "host/bus/bus.h"
#include "host/core/timers.h"
#include "host/rest/apply_job.h"
#include "host/rest/internal.h"

struct bench {
    struct fixture *fixture;
    struct rest rest;
};

static int setup(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    sj_error error = {0};
    assert_int_equal(memory_setup((void **)&bench->fixture), 0);
    struct node *node = &bench->fixture->node;
    bench->rest.node = node;
    assert_int_equal(sj_timers_open(node, &error), SJ_OK);
    assert_int_equal(sj_bus_open(node, &error), SJ_OK);
    assert_int_equal(rest_applies_open(&bench->rest, &error), SJ_OK);
    *state = bench;
    return 0;
}

static int teardown(void **state) {
    struct bench *bench = *state;
    struct node *node = &bench->fixture->node;
    sj_node_close_scope(node);
    rest_applies_close(&bench->rest);
    sj_bus_close(node);
    sj_timers_close(node);
    assert_int_equal(fixture_teardown((void **)&bench->fixture), 0);
    free(bench);
    return 0;
}

static void count(void *user) {
    ++*(int *)user;
}

static void turn(struct bench *bench) {
    for (int i = 0; i < 20; i++) {
        (void)uv_run(&bench->fixture->loop, UV_RUN_NOWAIT);
    }
}

/* Whatever allocation fails: a job that was taken is started, and the next one after it. */
static void the_next_starts_though_memory_is_short(void **state) {
    struct bench *bench = *state;
    struct node *node = &bench->fixture->node;
    for (int round = 0; round < 12; round++) { /* what is made once is made in the first */
        const int n = 1 + round % 3;
        int starts[2] = {0, 0};
        sj_error error = {0};
        struct apply_job jobs[2];
        memset(jobs, 0, sizeof jobs);
        for (int i = 0; i < 2; i++) {
            jobs[i].rest = &bench->rest;
            jobs[i].start = count;
            jobs[i].user = &starts[i];
            node->fail_allocation = n;
            assert_int_equal(rest_job_begin(&jobs[i], &error), SJ_OK);
            turn(bench);
        }
        assert_int_equal(starts[0], 1);
        assert_int_equal(starts[1], 0);
        for (int i = 0; i < 2; i++) {
            sj_text body = {0};
            sj_text_puts(&body, "{}");
            node->fail_allocation = n;
            rest_job_end(&jobs[i], SJ_JOB_STATUS_COMPLETED, "done", 200, &body);
            turn(bench);
            node->fail_allocation = 0;
        }
        assert_int_equal(starts[0], 1);
        assert_int_equal(starts[1], 1);
    }
}

/* One that goes away while it runs gives its turn to the next. */
static void one_that_goes_away_is_forgotten(void **state) {
    struct bench *bench = *state;
    int starts[3] = {0, 0, 0};
    sj_error error = {0};
    struct apply_job jobs[3];
    memset(jobs, 0, sizeof jobs);
    for (int i = 0; i < 2; i++) {
        jobs[i].rest = &bench->rest;
        jobs[i].start = count;
        jobs[i].user = &starts[i];
        assert_int_equal(rest_job_begin(&jobs[i], &error), SJ_OK);
    }
    rest_job_forget(&jobs[1]);
    turn(bench);
    assert_int_equal(starts[0], 1);
    rest_job_forget(&jobs[0]);
    jobs[2] = (struct apply_job){.rest = &bench->rest, .start = count, .user = &starts[2]};
    assert_int_equal(rest_job_begin(&jobs[2], &error), SJ_OK);
    turn(bench);
    assert_int_equal(starts[1], 0);
    assert_int_equal(starts[2], 1);
    rest_job_forget(&jobs[2]);
}

static void only_so_many_wait(void **state) {
    struct bench *bench = *state;
    struct apply_job jobs[APPLY_WAITING + 1];
    int starts = 0;
    sj_error error = {0};
    memset(jobs, 0, sizeof jobs);
    for (int i = 0; i <= APPLY_WAITING; i++) {
        jobs[i].rest = &bench->rest;
        jobs[i].start = count;
        jobs[i].user = &starts;
        assert_int_equal(rest_job_begin(&jobs[i], &error), i < APPLY_WAITING ? SJ_OK : SJ_E_LIMIT);
    }
    for (int i = 0; i < APPLY_WAITING; i++) {
        rest_job_forget(&jobs[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_next_starts_though_memory_is_short, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_goes_away_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(only_so_many_wait, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
