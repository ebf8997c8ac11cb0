/* A plugin that brings the node down three times in a minute comes back quarantined, and the others
 * serve on; real processes.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/core/callback.h"
#include "host/store/store.h"
#include "host/supervisor/supervisor.h"
#include "host/supervisor/watchdog.h"
#include "probe_node.h"
#include "resources/node.h"

enum { DEADLINE_S = 60, DIRECTORY = 64 };

struct running_node {
    pid_t process;
    FILE *log;
    char line[4096];
};

static void activate(struct probe_node *probe, const char *name) {
    sj_error error;
    const sj_service_activation record = {.service = name, .node = "probe-1", .activated = true};
    assert_int_equal(sj_service_activation_put(probe->node.scope, &record, SJ_PUT_ANY, &error),
                     SJ_OK);
}

static void start_node(struct running_node *running, const char *file) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    running->process = fork();
    assert_true(running->process >= 0);
    if (running->process == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        (void)execl(SOJOURND, SOJOURND, "-c", file, (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    running->log = fdopen(ends[0], "r");
    assert_non_null(running->log);
    (void)alarm(DEADLINE_S); /* the deadline of the whole test */
}

/* A line with both, in this order. */
static void wait_for_both(struct running_node *running, const char *text, const char *later) {
    while (fgets(running->line, sizeof running->line, running->log) != NULL) {
        const char *at = strstr(running->line, text);
        if (at != NULL && strstr(at + strlen(text), later) != NULL) {
            return;
        }
    }
    fail_msg("the node ended before it said \"%s ... %s\"", text, later);
}

static void wait_for(struct running_node *running, const char *text) {
    wait_for_both(running, text, "");
}

static void write_node_file(const struct probe_node *probe, const char *more, char *file,
                            size_t room) {
    FILE *out;
    (void)snprintf(file, room, "%s/node.lua", probe->directory);
    out = fopen(file, "w");
    assert_non_null(out);
    (void)fprintf(out,
                  "return { cluster = \"probes\", node = \"probe-1\", listen = { address = "
                  "\"127.0.91.1\", sip = 15060, sips = 15061,\n"
                  "tftp = 15069, tftp_http = 16970, http = 18080, https = 18443 },\n"
                  "directories = { state = \"%s\", plugins = \"%s\" }%s }\n",
                  probe->state, probe->plugins, more);
    (void)fclose(out);
}

/* A state directory in which a node has activated these two; the configured node file is written to
 * `file`. */
static void lay_down_with(const char *more, const char *crasher, const char *crasher_file,
                          char *keep, char *file, size_t room) {
    struct probe_node *probe = probe_node_new(), kept;
    char command[200];
    probe_node_place(probe, crasher_file);
    probe_node_place(probe, "steady");
    probe_node_open(probe, "publisher");
    if (crasher[0] != '\0') {
        activate(probe, crasher);
    }
    activate(probe, "steady");
    probe_node_spin(probe, 50);
    (void)snprintf(keep, DIRECTORY, "/tmp/sojourn-probe-XXXXXX");
    assert_non_null(mkdtemp(keep));
    (void)snprintf(command, sizeof command, "cp -r %s/. %s/", probe->directory, keep);
    assert_int_equal(system(command), 0);
    assert_int_equal(probe_node_end(probe), 0);
    (void)snprintf(kept.directory, sizeof kept.directory, "%s", keep);
    (void)snprintf(kept.plugins, sizeof kept.plugins, "%s/plugins", keep);
    (void)snprintf(kept.state, sizeof kept.state, "%s/state", keep);
    write_node_file(&kept, more, file, room);
}

static void lay_down(const char *crasher, const char *crasher_file, char *keep, char *file,
                     size_t room) {
    lay_down_with("", crasher, crasher_file, keep, file, room);
}

static void end_node(struct running_node *running, const char *keep) {
    char command[200];
    int status;
    assert_int_equal(kill(running->process, SIGTERM), 0);
    wait_for(running, "steady stopped: the node stops");
    assert_int_equal(waitpid(running->process, &status, 0), running->process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    (void)fclose(running->log);
    (void)alarm(0);
    (void)snprintf(command, sizeof command, "rm -rf %s", keep);
    assert_int_equal(system(command), 0);
}

static void three_crashes_are_quarantined(void **state) {
    struct running_node running;
    char file[256], keep[DIRECTORY];
    (void)state;
    lay_down("crashes", "crashes", keep, file, sizeof file);
    start_node(&running, file);
    for (int i = 0; i < 3; i++) {
        wait_for_both(&running, "the node died by signal ", "/crashes.c:11; it is started again");
        assert_non_null(strstr(running.line, " in crashes, callback timer "));
    }
    wait_for(&running, "crashes is quarantined: it brought the node down 3 times within a minute, "
                       "the last time by signal ");
    assert_non_null(strstr(running.line, "in a callback (timer "));
    assert_non_null(strstr(running.line, "/crashes.c:11)"));
    wait_for(&running, "steady 1.0.0 started");
    wait_for(&running, "serves on 127.0.91.1");
    end_node(&running, keep);
}

static void a_crash_in_a_job_is_its_plugins(void **state) {
    struct running_node running;
    char file[256], keep[DIRECTORY];
    (void)state;
    lay_down("crashes-in-job", "crashes_in_job", keep, file, sizeof file);
    start_node(&running, file);
    wait_for(&running, "the node died by signal ");
    assert_non_null(strstr(running.line, " in crashes-in-job, callback job "));
    assert_non_null(strstr(running.line, "crashes_in_job.c:"));
    wait_for(&running, "crashes-in-job is quarantined: ");
    wait_for(&running, "serves on 127.0.91.1");
    end_node(&running, keep);
}

/* An exit that nobody asked for is a death like any other, whatever its code says. */
static void exits_are_quarantined(void **state) {
    static const char *const probes[][2] = {{"exits", "exits"}, {"exits-bare", "exits_bare"}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct running_node running;
        char file[256], keep[DIRECTORY], expected[200];
        lay_down(probes[i][0], probes[i][1], keep, file, sizeof file);
        start_node(&running, file);
        (void)snprintf(expected, sizeof expected, "the node died by exit(0) in %s, callback timer",
                       probes[i][0]);
        for (int deaths = 0; deaths < 3; deaths++) {
            wait_for_both(&running, expected, "; it is started again");
        }
        (void)snprintf(expected, sizeof expected,
                       "%s is quarantined: it brought the node down 3 times within a minute, the "
                       "last time by exit(0) in a callback "
                       "(timer",
                       probes[i][0]);
        wait_for_both(&running, expected, ")");
        wait_for(&running, "serves on 127.0.91.1");
        end_node(&running, keep);
    }
}

/* Three times, each of which takes longer than the last: the minute is one of serving. */
static void a_callback_that_does_not_return_is_ended(void **state) {
    struct running_node running;
    char file[256], keep[DIRECTORY];
    (void)state;
    lay_down_with(", watchdog = { callback = 2 }", "holds-loop", "holds_loop", keep, file,
                  sizeof file);
    start_node(&running, file);
    for (int i = 0; i < 3; i++) {
        wait_for_both(&running, "the loop has not moved for 1 s, in holds-loop, callback timer ",
                      "/holds_loop.c:15; after 2 s the process is ended");
        wait_for_both(&running, "the loop has not moved for 2 s, in holds-loop, callback timer ",
                      "/holds_loop.c:15; the process is ended");
        wait_for_both(&running,
                      "the node died by holding the loop for 2 s in holds-loop, callback timer ",
                      "/holds_loop.c:15; it is started again");
    }
    wait_for_both(&running,
                  "holds-loop is quarantined: it brought the node down 3 times within a minute, "
                  "the last time by holding the "
                  "loop for 2 s in a callback (timer ",
                  "/holds_loop.c:15)");
    wait_for(&running, "serves on 127.0.91.1");
    end_node(&running, keep);
}

static void an_init_that_does_not_return_is_ended(void **state) {
    struct running_node running;
    char file[256], keep[DIRECTORY];
    (void)state;
    lay_down_with(", watchdog = { callback = 2 }", "holds-start", "holds_start", keep, file,
                  sizeof file);
    start_node(&running, file);
    wait_for(&running, "the loop has not moved for 1 s, in holds-start, callback init");
    wait_for(&running, "holds-start is quarantined: ");
    wait_for(&running, "serves on 127.0.91.1");
    end_node(&running, keep);
}

static void a_stop_that_does_not_end_is_ended(void **state) {
    struct running_node running;
    char file[256], keep[DIRECTORY], command[200];
    int status;
    (void)state;
    lay_down_with(", watchdog = { callback = 600, stop = 2 }", "holds-loop", "holds_loop", keep,
                  file, sizeof file);
    start_node(&running, file);
    wait_for(&running, "the loop has not moved for 1 s, in holds-loop");
    assert_int_equal(kill(running.process, SIGTERM), 0);
    wait_for_both(&running, "the node has not stopped for 2 s, in holds-loop, callback timer ",
                  "/holds_loop.c:15; the process is ended");
    assert_int_equal(waitpid(running.process, &status, 0), running.process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    (void)fclose(running.log);
    (void)snprintf(command, sizeof command, "rm -rf %s", keep);
    assert_int_equal(system(command), 0);
}

/* The supervisor's ticks count, not the clock. */
static void only_a_loop_that_could_move_is_silent(void **state) {
    struct watchdog watchdog = {0};
    (void)state;
    for (uint64_t beat = 1; beat < 100; beat++) {
        assert_int_equal(sj_watchdog_tick(&watchdog, beat, false, 2), SJ_WATCHDOG_WELL);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sj_watchdog_tick(&watchdog, 99, false, 2), SJ_WATCHDOG_SILENT);
    }
    assert_int_equal(sj_watchdog_tick(&watchdog, 99, false, 2), SJ_WATCHDOG_SAY);
    for (int i = 5; i < 8; i++) {
        assert_int_equal(sj_watchdog_tick(&watchdog, 99, false, 2), SJ_WATCHDOG_SILENT);
    }
    assert_int_equal(sj_watchdog_tick(&watchdog, 99, false, 2), SJ_WATCHDOG_END);
    for (int i = 0; i < 1000; i++) { /* stopped, for as long as anybody likes */
        assert_int_equal(sj_watchdog_tick(&watchdog, 99, true, 2), SJ_WATCHDOG_WELL);
    }
    assert_int_equal(sj_watchdog_tick(&watchdog, 99, false, 2), SJ_WATCHDOG_SILENT);
    assert_int_equal(sj_watchdog_tick(&watchdog, 100, false, 2), SJ_WATCHDOG_WELL);
}

static void crashes_far_apart_are_forgiven(void **state) {
    static struct supervise_slot slot;
    (void)state;
    slot.plugins_count = 2;
    slot.ending.plugin = 1;
    assert_int_equal(sj_supervise_count_crash(&slot, 1000), 1);
    assert_int_equal(sj_supervise_count_crash(&slot, 2000), 1);
    assert_false(slot.plugins[1].quarantined);
    (void)sj_supervise_count_crash(&slot, 62000);
    assert_false(slot.plugins[1].quarantined);
    (void)sj_supervise_count_crash(&slot, 62001);
    assert_false(slot.plugins[1].quarantined); /* 2000, 62000, 62001: one second too long */
    (void)sj_supervise_count_crash(&slot, 62002);
    assert_true(slot.plugins[1].quarantined);
    slot.ending.plugin = 0;
    for (uint64_t i = 0; i < 9; i++) {
        assert_int_equal(sj_supervise_count_crash(&slot, 70000 + i), 0);
    }
    assert_false(slot.plugins[0].quarantined); /* the host is not */
    slot.ending.plugin = 77;                   /* a damaged slot is the host's fault */
    assert_int_equal(sj_supervise_count_crash(&slot, 80000), 0);
}

static void a_restart_ends_the_quarantine(void **state) {
    struct probe_node *probe = probe_node_new();
    uint32_t index = sj_slot_find("steady");
    (void)state;
    sj_slot->plugins[index].quarantined = true;
    (void)snprintf(sj_slot->plugins[index].reason, sizeof sj_slot->plugins[index].reason,
                   "it crashed");
    probe_node_place(probe, "steady");
    probe_node_open(probe, "publisher");
    assert_int_equal(probe_node_plugin(probe, "steady")->state, PLUGIN_QUARANTINED);
    assert_int_equal(probe_node_activate(probe, "steady"), SJ_E_CONFLICT);
    assert_string_equal(
        probe->text,
        "steady is quarantined: it crashed; \"sojourn service restart steady\" ends that");
    activate(probe, "steady");
    sj_loader_find(probe->node.loader, "steady")->activated =
        sj_loader_find(probe->node.loader, "steady")->wanted = true;
    assert_int_equal(probe_node_restart(probe, "steady"), SJ_OK);
    assert_int_equal(probe_node_plugin(probe, "steady")->state, PLUGIN_STARTED);
    assert_false(sj_slot->plugins[index].quarantined);
    assert_int_equal(probe_node_end(probe), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crashes_far_apart_are_forgiven),
        cmocka_unit_test(a_restart_ends_the_quarantine),
        cmocka_unit_test(three_crashes_are_quarantined),
        cmocka_unit_test(a_crash_in_a_job_is_its_plugins),
        cmocka_unit_test(exits_are_quarantined),
        cmocka_unit_test(only_a_loop_that_could_move_is_silent),
        cmocka_unit_test(a_callback_that_does_not_return_is_ended),
        cmocka_unit_test(an_init_that_does_not_return_is_ended),
        cmocka_unit_test(a_stop_that_does_not_end_is_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
