/* The supervisor. It does next to nothing, so that it does not die: forks, waits, passes signals on, reads the slot. */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "supervise.h"

enum { HOST_CRASHES = 5, EXIT_GIVEN_UP = 70 };

static int ready_pipe = -1; /* the worker's end, towards the supervisor */

static uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static void say(sj_log_level level, const char *format, ...) SJ_PRINTF(2, 3);
static void say(sj_log_level level, const char *format, ...) {
    char text[1024], line[2048];
    struct timespec now;
    va_list arguments;
    size_t length;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    clock_gettime(CLOCK_REALTIME, &now);
    length = sj_log_format(line, sizeof line, false, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, level, "supervisor",
                           "", text);
    if (write(STDERR_FILENO, line, length) < 0) {
        return;
    }
}

uint32_t sj_supervise_count_crash(struct supervise_slot *slot, uint64_t now) {
    uint32_t index = slot->running < slot->plugins_count ? slot->running : 0;
    struct supervised_plugin *plugin = &slot->plugins[index];
    memmove(&plugin->crashes[1], &plugin->crashes[0], sizeof plugin->crashes - sizeof plugin->crashes[0]);
    plugin->crashes[0] = now;
    if (index != 0 && plugin->crashes[SJ_CRASHES_TO_QUARANTINE - 1] != 0 &&
        now - plugin->crashes[SJ_CRASHES_TO_QUARANTINE - 1] < SJ_CRASH_WINDOW_MS) {
        plugin->quarantined = true;
        (void)snprintf(plugin->reason, sizeof plugin->reason,
                       "it brought the node down %d times within a minute, the last time by signal %d in a callback (%s%s%s)",
                       SJ_CRASHES_TO_QUARANTINE, slot->crashed_signal, slot->kind, slot->detail[0] == '\0' ? "" : " ",
                       slot->detail);
    }
    return index;
}

/* Async-signal-safe: copies what was running into the shared slot, then lets the signal do its work. */
static void on_crash(int number) {
    const struct running running = sj_running_job.owner != NULL ? sj_running_job : sj_running;
    struct supervise_slot *slot = sj_slot;
    const char *texts[] = {running.kind, running.detail};
    char *outs[] = {slot->kind, slot->detail};
    const size_t rooms[] = {sizeof slot->kind, sizeof slot->detail};
    slot->crashed_signal = number;
    slot->running = running.owner == NULL ? 0 : running.owner->slot;
    for (size_t i = 0; i < 2; i++) {
        size_t at = 0;
        for (; texts[i] != NULL && texts[i][at] != '\0' && at + 1 < rooms[i]; at++) {
            outs[i][at] = texts[i][at];
        }
        outs[i][at] = '\0';
    }
    (void)raise(number); /* the handler is gone (SA_RESETHAND) */
}

void sj_crash_handler_install(void) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    static char stack[65536]; /* a plugin may have run out of its own */
    const stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK | SA_NODEFER)};
    (void)sigaltstack(&alternative, NULL);
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        (void)sigaction(faults[i], &action, NULL);
    }
}

void sj_supervise_ready(void) {
    if (ready_pipe >= 0) {
        if (write(ready_pipe, "R", 1) < 0) {
            return;
        }
    } else {
        sj_notify("READY=1");
    }
}

static void block(sigset_t *old) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)sigaddset(&set, numbers[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &set, old);
}

/* Forks a worker; in the worker this does not return. `ready` becomes the end from which its readiness is read. */
static pid_t start_worker(int (*worker)(void *user), void *user, const sigset_t *mask, int *ready) {
    int ends[2];
    pid_t parent = getpid(), child;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return -1;
    }
    child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        ready_pipe = ends[1];
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a node whose supervisor is gone is gone */
        if (getppid() != parent) {
            _exit(EXIT_GIVEN_UP);
        }
        (void)sigprocmask(SIG_SETMASK, mask, NULL);
        exit(worker(user));
    }
    (void)close(ends[1]);
    *ready = ends[0];
    return child;
}

/* Waits for the worker's end, passing signals on; `stopping` is set when it was asked to stop. Returns its wait status. */
static int watch(pid_t child, int ready, bool *stopping) {
    sigset_t set;
    int status = 0;
    bool told = false;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGCHLD);
    for (;;) {
        const struct timespec tick = {.tv_nsec = told ? 0 : 100000000, .tv_sec = told ? 3600 : 0};
        int number = sigtimedwait(&set, NULL, &tick);
        char letter;
        if (!told && read(ready, &letter, 1) == 1) {
            told = true;
            sj_notify("READY=1");
        }
        if (number == SIGTERM || number == SIGINT) {
            *stopping = true;
            sj_notify("STOPPING=1");
            (void)kill(child, SIGTERM);
        } else if (number == SIGHUP) {
            (void)kill(child, SIGHUP);
        }
        if (waitpid(child, &status, WNOHANG) == child) {
            return status;
        }
    }
}

/* Says what died and why. A plain kill is nobody's fault; a crash is of whoever's callback ran. Returns whether the host
 * crashed. */
static bool note_death(int number) {
    struct supervise_slot *slot = sj_slot;
    const struct supervised_plugin *plugin;
    if (number == SIGKILL || number == SIGTERM) {
        say(SJ_LOG_ERROR, "the node was killed by signal %d; it is started again", number);
        return false;
    }
    slot->crashed_signal = number;
    plugin = &slot->plugins[sj_supervise_count_crash(slot, now_ms())];
    say(SJ_LOG_ERROR, "the node died by signal %d (%s) in %s, callback %s%s%s; it is started again", number, strsignal(number),
        plugin->name, slot->kind, slot->detail[0] == '\0' ? "" : " ", slot->detail);
    if (plugin->quarantined) {
        say(SJ_LOG_ERROR, "%s is quarantined: %s", plugin->name, plugin->reason);
    }
    return plugin == &slot->plugins[0];
}

/* True when the host itself has crashed so often that another start is no use. */
static bool give_up(uint64_t crashes[HOST_CRASHES]) {
    memmove(&crashes[1], &crashes[0], (HOST_CRASHES - 1) * sizeof crashes[0]);
    crashes[0] = now_ms();
    return crashes[HOST_CRASHES - 1] != 0 && crashes[0] - crashes[HOST_CRASHES - 1] < SJ_CRASH_WINDOW_MS;
}

int sj_supervise(int (*worker)(void *user), void *user) {
    struct supervise_slot *slot = mmap(NULL, sizeof *slot, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t host_crashes[HOST_CRASHES] = {0};
    bool stopping = false;
    sigset_t mask;
    if (slot == MAP_FAILED) {
        say(SJ_LOG_ERROR, "no memory shared with the worker: %s", strerror(errno));
        return EXIT_GIVEN_UP;
    }
    slot->plugins_count = 1;
    (void)snprintf(slot->plugins[0].name, sizeof slot->plugins[0].name, "host");
    sj_slot = slot;
    block(&mask);
    for (;;) {
        int ready = -1, status;
        pid_t child;
        slot->running = 0;
        slot->kind[0] = slot->detail[0] = '\0';
        child = start_worker(worker, user, &mask, &ready);
        if (child < 0) {
            say(SJ_LOG_ERROR, "no worker can be started: %s", strerror(errno));
            return EXIT_GIVEN_UP;
        }
        status = watch(child, ready, &stopping);
        (void)close(ready);
        if (WIFEXITED(status)) {
            return WEXITSTATUS(status);
        }
        if (stopping) {
            say(SJ_LOG_ERROR, "the node died by signal %d while it stopped", WTERMSIG(status));
            return 1;
        }
        if (note_death(WTERMSIG(status)) && give_up(host_crashes)) {
            say(SJ_LOG_ERROR, "the host itself died %d times within a minute; it is not started again", HOST_CRASHES);
            return EXIT_GIVEN_UP;
        }
    }
}
