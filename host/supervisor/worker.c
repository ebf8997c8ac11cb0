/* The worker's side of the supervision: what it says to the supervisor and to systemd. */
#include "host/supervisor/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/core/callback.h"
#include "host/supervisor/notify.h"
#include "host/supervisor/watchdog.h"

static int supervisor = -1; /* the pipe */

/* Copies what was running into the shared memory. Async-signal-safe. */
static void note_ending(void) {
    const struct running running = sj_running_job.owner != NULL ? sj_running_job : sj_running;
    struct ending *ending = &sj_slot->ending;
    const char *texts[] = {running.kind, running.detail};
    char *outs[] = {ending->kind, ending->detail};
    const size_t rooms[] = {sizeof ending->kind, sizeof ending->detail};
    ending->plugin = sj_slot_of(sj_slot, running.owner);
    for (size_t i = 0; i < 2; i++) {
        size_t at = 0;
        for (; texts[i] != NULL && texts[i][at] != '\0' && at + 1 < rooms[i]; at++) {
            outs[i][at] = texts[i][at];
        }
        outs[i][at] = '\0';
    }
    ending->noted = true;
}

/* Notes it, then lets the signal do its work. */
static void on_crash(int number) {
    note_ending();
    (void)raise(number); /* the handler is gone (SA_RESETHAND) */
}

static void on_exit_asked_by_nobody(void) {
    if (!sj_slot->ending.asked && !sj_slot->ending.noted) {
        note_ending();
    }
}

static void catch_crashes(void) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    static char stack[65536]; /* a plugin may have run out of its own */
    const stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = on_crash,
                               .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK | SA_NODEFER)};
    (void)sigaltstack(&alternative, NULL);
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        (void)sigaction(faults[i], &action, NULL);
    }
    (void)atexit(on_exit_asked_by_nobody);
    (void)at_quick_exit(on_exit_asked_by_nobody);
}

/* The limit stops a core from being written to a file; a program that cores are piped to is not
 * bound by it, and gets a core without any memory in it. */
static void refuse_core(void) {
    const struct rlimit none = {0, 0};
    int filter = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    (void)setrlimit(RLIMIT_CORE, &none);
    if (filter >= 0) {
        (void)!write(filter, "0", 1);
        (void)close(filter);
    }
}

void sj_worker_begin(int pipe) {
    supervisor = pipe;
    refuse_core();
    catch_crashes();
}

void sj_worker_begin_single(void) {
    catch_crashes();
}

/* One letter to the supervisor, or what it means to the service manager. */
static void notify(char letter, const char *state, const char *status) {
    char text[256];
    (void)snprintf(sj_slot->status, sizeof sj_slot->status, "%s", status);
    if (supervisor >= 0) {
        (void)!write(supervisor, &letter, 1);
        return;
    }
    (void)snprintf(text, sizeof text, "%s%s%s", state, status[0] != '\0' ? "\nSTATUS=" : "",
                   status);
    sj_notify(text);
}

void sj_worker_ready(const char *status) {
    notify(SJ_WORKER_READY, "READY=1", status);
}

void sj_worker_reloading(void) {
    if (supervisor < 0) { /* else it knows, since it passed the signal on */
        sj_notify_reloading();
    }
}

void sj_worker_reloaded(const char *status) {
    notify(SJ_WORKER_RELOADED, "READY=1", status);
}

void sj_worker_stopping(void) {
    if (supervisor < 0) {
        sj_notify("STOPPING=1");
    }
}

void sj_worker_ends(void) {
    sj_slot->ending.asked = true;
}

static void on_pulse(uv_timer_t *timer) {
    (void)timer;
    sj_beat();
}

int sj_worker_pulse(uv_loop_t *loop, uv_timer_t *timer) {
    int result = uv_timer_init(loop, timer);
    return result != 0 ? result
                       : uv_timer_start(timer, on_pulse, SJ_WATCHDOG_TICK_MS, SJ_WATCHDOG_TICK_MS);
}
