/* The supervisor. It does next to nothing, so that it does not die: forks, waits, passes signals
 * on, reads the slot. */
#include "host/supervisor/supervisor.h"

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

#include "host/core/callback.h"
#include "host/supervisor/notify.h"
#include "host/supervisor/watchdog.h"
#include "host/supervisor/watched.h"
#include "host/supervisor/worker.h"
#include "host/telemetry/log.h"

enum { HOST_CRASHES = 5, EXIT_GIVEN_UP = 70, EXIT_UNWELL = 1, STARTING_TICK_MS = 50 };

/* The worker that runs now. */
struct child {
    pid_t process;
    int pipe;    /* from it */
    bool serves; /* it has said so */
    struct watchdog watchdog;
    bool ended; /* by the watchdog; slot->ending tells in what */
};

struct supervisor {
    bool stopping;
    int stop_ticks;    /* since it was asked to */
    uint64_t stuck_ms; /* in all, until workers were ended: a minute in quarantine's sense is one of
                          serving */
    uint64_t watchdog_ms; /* of the service manager; 0: none */
    uint64_t notified_ms, tick_ms;
    uint64_t host_crashes[HOST_CRASHES];
};

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
    length = sj_log_format(line, sizeof line, sj_slot->terms.log_json,
                           (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, level, "supervisor",
                           "", text);
    (void)!write(STDERR_FILENO, line, length);
}

static void notify_status(const char *format, ...) SJ_PRINTF(1, 2);
static void notify_status(const char *format, ...) {
    char text[512] = "STATUS=";
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + strlen(text), sizeof text - strlen(text), format, arguments);
    va_end(arguments);
    sj_notify(text);
}

int sj_supervise_share(sj_error *error) {
    const void *area = mmap(&sj_supervise_area, sizeof sj_supervise_area, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (area == MAP_FAILED) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "cannot share memory with the worker: %s",
                            strerror(errno));
    }
    sj_slot->plugins_count = 1;
    (void)snprintf(sj_slot->plugins[0].name, sizeof sj_slot->plugins[0].name, "host");
    return SJ_OK;
}

/* ---- deaths ---- */

/* "crashes, callback timer", "the host". */
static const char *place_of(const struct supervise_slot *slot, uint32_t index, char *text,
                            size_t room) {
    const struct ending *ending = &slot->ending;
    const char *kind = ending->kind, *detail = ending->detail;
    (void)snprintf(text, room, "%s%s%s%s%s", index == 0 ? "the host" : slot->plugins[index].name,
                   kind[0] == '\0' ? "" : ", callback ", kind, detail[0] == '\0' ? "" : " ",
                   detail);
    return text;
}

uint32_t sj_supervise_count_crash(struct supervise_slot *slot, uint64_t now) {
    const struct ending *ending = &slot->ending;
    uint32_t index = ending->plugin < slot->plugins_count && ending->plugin < SJ_SLOT_PLUGINS
                         ? ending->plugin
                         : 0;
    struct supervised_plugin *plugin = &slot->plugins[index];
    memmove(&plugin->crashes[1], &plugin->crashes[0],
            sizeof plugin->crashes - sizeof plugin->crashes[0]);
    plugin->crashes[0] = now;
    if (index != 0 && plugin->crashes[SJ_CRASHES_TO_QUARANTINE - 1] != 0 &&
        now - plugin->crashes[SJ_CRASHES_TO_QUARANTINE - 1] < SJ_CRASH_WINDOW_MS) {
        plugin->quarantined = true;
        (void)snprintf(plugin->reason, sizeof plugin->reason,
                       "it brought the node down %d times within a minute, the last time by %s in "
                       "a callback (%s%s%s)",
                       SJ_CRASHES_TO_QUARANTINE, ending->cause, ending->kind,
                       ending->detail[0] == '\0' ? "" : " ", ending->detail);
    }
    return index;
}

/* Says what died and why, and counts it. A plain kill is nobody's fault; a crash is of whoever's
 * callback ran. Returns whether the host crashed. */
static bool note_death(struct supervisor *self, const struct child *child, int status) {
    struct supervise_slot *slot = sj_slot;
    struct ending *ending = &slot->ending;
    const struct supervised_plugin *plugin;
    char place[192];
    uint32_t index;
    if (!child->ended && WIFSIGNALED(status) &&
        (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM)) {
        say(SJ_LOG_ERROR, "the node was killed by signal %d; it is started again",
            WTERMSIG(status));
        return false;
    }
    if (!child->ended && !ending->noted) { /* _exit: all that is left is the record itself */
        sj_watched_record(0, slot, ending);
    }
    if (child->ended) {
        (void)snprintf(ending->cause, sizeof ending->cause, "holding the loop for %d s",
                       slot->terms.callback_limit_s);
    } else if (WIFEXITED(status)) {
        (void)snprintf(ending->cause, sizeof ending->cause, "exit(%d)", WEXITSTATUS(status));
    } else {
        (void)snprintf(ending->cause, sizeof ending->cause, "signal %d (%s)", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    }
    index = sj_supervise_count_crash(slot, now_ms() - self->stuck_ms);
    plugin = &slot->plugins[index];
    say(SJ_LOG_ERROR, "the node died by %s in %s; it is started again", ending->cause,
        place_of(slot, index, place, sizeof place));
    notify_status("started again: it died by %s in %s", ending->cause, place);
    if (plugin->quarantined) {
        say(SJ_LOG_ERROR, "%s is quarantined: %s", plugin->name, plugin->reason);
    }
    return index == 0;
}

/* True when the host itself has crashed so often that another start is no use. */
static bool give_up(uint64_t crashes[HOST_CRASHES], uint64_t now) {
    memmove(&crashes[1], &crashes[0], (HOST_CRASHES - 1) * sizeof crashes[0]);
    crashes[0] = now;
    return crashes[HOST_CRASHES - 1] != 0 && now - crashes[HOST_CRASHES - 1] < SJ_CRASH_WINDOW_MS;
}

/* ---- the worker ---- */

static void block(sigset_t *set) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    (void)sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)sigaddset(set, numbers[i]);
    }
    (void)sigprocmask(SIG_BLOCK, set, NULL);
}

/* Forks a worker; in the worker this does not return. Its signals stay blocked until it can handle
 * them. */
static bool start_worker(struct child *child, int (*worker)(void *user), void *user) {
    int ends[2];
    pid_t parent = getpid();
    memset(child, 0, sizeof *child);
    memset(&sj_slot->running, 0, sizeof sj_slot->running);
    memset(&sj_slot->ending, 0, sizeof sj_slot->ending);
    sj_slot->untried = false;
    for (size_t i = 0; i < SJ_SLOT_PLUGINS; i++) {
        sj_slot->plugins[i].owner = NULL;
    }
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return false;
    }
    child->process = fork();
    if (child->process == 0) {
        (void)close(ends[0]);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a node whose supervisor is gone is gone */
        if (getppid() != parent) {
            _exit(EXIT_GIVEN_UP);
        }
        sj_worker_begin(ends[1]);
        int code = worker(user);
        sj_worker_ends();
        exit(code);
    }
    (void)close(ends[1]);
    child->pipe = ends[0];
    if (child->process < 0) {
        (void)close(ends[0]);
        return false;
    }
    return true;
}

/* What the worker has said since. */
static void listen_to(struct child *child) {
    char letter;
    while (read(child->pipe, &letter, 1) == 1) {
        char text[256];
        child->serves = child->serves || letter == SJ_WORKER_READY;
        (void)snprintf(text, sizeof text, "READY=1\nSTATUS=%.*s", (int)sizeof sj_slot->status - 1,
                       sj_slot->status);
        sj_notify(text);
    }
}

static void end_worker(struct child *child, const char *what, int after_s) {
    char place[192];
    sj_watched_record(child->process, sj_slot, &sj_slot->ending);
    say(SJ_LOG_ERROR, "%s for %d s, in %s; the process is ended", what, after_s,
        place_of(sj_slot, sj_slot->ending.plugin, place, sizeof place));
    child->ended = true;
    (void)kill(child->process, SIGKILL);
}

/* A quarter of a second has passed: does the loop move, does the stop end? */
static void tick(struct supervisor *self, struct child *child) {
    struct supervise_slot *slot = sj_slot;
    const bool frozen = sj_watched_frozen(child->process);
    struct ending now;
    char place[192];
    enum watchdog_verdict verdict = sj_watchdog_tick(&child->watchdog, atomic_load(&slot->beat),
                                                     frozen, slot->terms.callback_limit_s);
    if (child->ended) {
        return;
    }
    if (self->stopping) {
        self->stop_ticks += !frozen;
        if (self->stop_ticks >= slot->terms.stop_limit_s * (1000 / SJ_WATCHDOG_TICK_MS)) {
            end_worker(child, "the node has not stopped", slot->terms.stop_limit_s);
        }
        return;
    }
    memset(&now, 0, sizeof now);
    sj_watched_record(child->process, slot, &now);
    if (!child->serves && now.plugin == 0) {
        child->watchdog.silent = 0; /* before the loop runs the host takes the time that it needs */
        verdict = SJ_WATCHDOG_WELL;
    }
    if (verdict == SJ_WATCHDOG_SAY) {
        slot->ending.plugin = now.plugin;
        memcpy(slot->ending.kind, now.kind, sizeof now.kind);
        memcpy(slot->ending.detail, now.detail, sizeof now.detail);
        say(SJ_LOG_WARNING,
            "the loop has not moved for 1 s, in %s; after %d s the process is ended and started "
            "again",
            place_of(slot, now.plugin, place, sizeof place), slot->terms.callback_limit_s);
        notify_status("the loop does not move: %s", place);
    } else if (verdict == SJ_WATCHDOG_END) {
        self->stuck_ms += (uint64_t)child->watchdog.silent * SJ_WATCHDOG_TICK_MS;
        end_worker(child, "the loop has not moved", slot->terms.callback_limit_s);
    } else if (verdict == SJ_WATCHDOG_WELL && self->watchdog_ms > 0 &&
               now_ms() - self->notified_ms >= self->watchdog_ms) {
        self->notified_ms = now_ms();
        sj_notify("WATCHDOG=1");
    }
}

/* Waits for the worker's end, passing signals on. Returns its wait status. */
static int watch(struct supervisor *self, struct child *child, const sigset_t *set) {
    int status = 0;
    self->tick_ms = now_ms();
    for (;;) {
        const struct timespec wait = {
            .tv_nsec = (child->serves ? SJ_WATCHDOG_TICK_MS : STARTING_TICK_MS) * 1000000L};
        int number = sigtimedwait(set, NULL, &wait);
        listen_to(child);
        if (number == SIGTERM || number == SIGINT) {
            self->stopping = true;
            sj_notify("STOPPING=1\nSTATUS=stops");
            (void)kill(child->process, SIGTERM);
        } else if (number == SIGHUP) {
            sj_notify_reloading();
            (void)kill(child->process, SIGHUP);
        }
        if (waitpid(child->process, &status, WNOHANG) == child->process) {
            return status;
        }
        if (now_ms() - self->tick_ms >= SJ_WATCHDOG_TICK_MS) {
            self->tick_ms = now_ms();
            tick(self, child);
        }
    }
}

/* The worker could not start with the node file as it stands now, but there is one with which it
 * did. */
static bool goes_back(const struct child *child) {
    struct supervise_slot *slot = sj_slot;
    if (child->serves || !slot->untried || slot->served_length == 0) {
        return false;
    }
    say(SJ_LOG_ERROR, "the node does not start with the node file as it is now: starting it with "
                      "the settings it served with before");
    slot->use_served = true;
    return true;
}

int sj_supervise(int (*worker)(void *user), void *user) {
    struct supervisor self = {.watchdog_ms = sj_notify_watchdog_ms()};
    sigset_t set;
    block(&set);
    for (;;) {
        struct child child;
        int status;
        if (!start_worker(&child, worker, user)) {
            say(SJ_LOG_ERROR, "no worker can be started: %s", strerror(errno));
            return EXIT_GIVEN_UP;
        }
        status = watch(&self, &child, &set);
        listen_to(&child);
        (void)close(child.pipe);
        if (WIFEXITED(status) && sj_slot->ending.asked) {
            if (WEXITSTATUS(status) != 0 && !self.stopping && goes_back(&child)) {
                continue;
            }
            return WEXITSTATUS(status);
        }
        if (self.stopping) {
            if (!child.ended) {
                say(SJ_LOG_ERROR, "the node died by %s %d while it stopped",
                    WIFEXITED(status) ? "an exit with" : "signal",
                    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
            }
            return EXIT_UNWELL;
        }
        if (note_death(&self, &child, status) &&
            give_up(self.host_crashes, now_ms() - self.stuck_ms)) {
            say(SJ_LOG_ERROR,
                "the host itself died %d times within a minute; it is not started again",
                HOST_CRASHES);
            return EXIT_GIVEN_UP;
        }
    }
}
