/* The password of --user: from the word itself, which is then wiped out of the command line, from
 * the environment, or asked for on the terminal. Touches both. Also what a command needs besides.
 */
#include "host/cli/password.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* ---- on the terminal ---- */

static const int ending_signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP};
enum { ENDING_SIGNALS = sizeof ending_signals / sizeof ending_signals[0] };

static volatile sig_atomic_t signal_seen;

static void on_signal(int number) {
    signal_seen = number;
}

/* A line without its end. 0: one was read; a signal's number: it came first; -1: there is none, or
 * it does not fit, which `too_long` says. `wait_mask`: the signals that are blocked meanwhile. */
static int read_line(int terminal, const sigset_t *wait_mask, char *line, size_t room,
                     bool *too_long) {
    size_t length = 0;
    for (;;) {
        struct pollfd polled = {terminal, POLLIN, 0};
        const int ready = ppoll(&polled, 1, NULL, wait_mask);
        if (ready < 0 && errno == EINTR && signal_seen != 0) {
            return signal_seen;
        }
        const ssize_t got = ready > 0 ? read(terminal, line + length, room - length) : -1;
        if (got <= 0) {
            return -1;
        }
        char *end = memchr(line + length, '\n', (size_t)got);
        length += (size_t)got;
        if (end != NULL) {
            *end = '\0';
            return 0;
        }
        if (length == room) {
            *too_long = true;
            (void)tcflush(terminal, TCIFLUSH);
            return -1;
        }
    }
}

static void put_text(int terminal, const char *text) {
    (void)!write(terminal, text, strlen(text));
}

/* Hidden before the prompt stands there, shown again whatever comes: a signal is let through when
 * that is done. */
static int ask_hidden(int terminal, const char *prompt, char *password, size_t room,
                      bool *too_long) {
    struct sigaction before[ENDING_SIGNALS], noting = {.sa_handler = on_signal};
    sigset_t ending, mask;
    struct termios shown, hidden;
    (void)sigemptyset(&ending);
    for (size_t i = 0; i < ENDING_SIGNALS; i++) {
        (void)sigaddset(&ending, ending_signals[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &ending, &mask);
    for (size_t i = 0; i < ENDING_SIGNALS; i++) {
        (void)sigaction(ending_signals[i], &noting, &before[i]);
    }
    signal_seen = 0;
    const bool quiet = tcgetattr(terminal, &shown) == 0;
    if (quiet) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(terminal, TCSADRAIN, &hidden);
    }
    put_text(terminal, prompt);
    const int result = read_line(terminal, &mask, password, room, too_long);
    if (quiet) {
        (void)tcsetattr(terminal, TCSADRAIN, &shown);
    }
    put_text(terminal, "\n");
    for (size_t i = 0; i < ENDING_SIGNALS; i++) {
        (void)sigaction(ending_signals[i], &before[i], NULL);
    }
    (void)sigprocmask(SIG_SETMASK, &mask, NULL);
    return result;
}

/* One line from the terminal, not shown; false when there is no terminal, nothing was typed, or too
 * much. */
static bool ask(const char *prompt, char *password, size_t room, bool *too_long) {
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    int result;
    if (terminal < 0) {
        return false;
    }
    while ((result = ask_hidden(terminal, prompt, password, room, too_long)) > 0) {
        (void)raise(result); /* what comes back from it, such as a stop, asks anew */
    }
    (void)close(terminal);
    return result == 0 && password[0] != '\0';
}

/* ---- from wherever it is ---- */

static bool refuse_length(const char *what, size_t room) {
    (void)fprintf(stderr,
                  "sojourn: --user: %s too long: expected at most %zu bytes of name and password\n",
                  what, room - 2); /* the colon, and the end */
    return false;
}

bool cli_read_user(char *word, char *user, size_t room) {
    const size_t name = strcspn(word, ":");
    const char *from_environment = getenv("SOJOURN_PASSWORD");
    bool too_long = false;
    char prompt[400];
    if (word[name] == ':') {
        const bool fits = strlen(word) < room;
        (void)snprintf(user, room, "%s", word);
        explicit_bzero(word + name, strlen(word + name));
        return fits || refuse_length("the name and password are", room);
    }
    if (name + 2 >= room) {
        return refuse_length("the name is", room);
    }
    (void)snprintf(user, room, "%s:", word);
    char *password = user + name + 1;
    const size_t password_room = room - name - 1;
    if (from_environment != NULL && from_environment[0] != '\0') {
        (void)snprintf(password, password_room, "%s", from_environment);
        return strlen(from_environment) < password_room ||
               refuse_length("SOJOURN_PASSWORD is", room);
    }
    (void)snprintf(prompt, sizeof prompt, "Password of %s: ", word);
    if (ask(prompt, password, password_room, &too_long)) {
        return true;
    }
    if (too_long) {
        return refuse_length("the password is", room);
    }
    (void)fprintf(
        stderr,
        "sojourn: --user %s: expected a password: from a terminal, from the environment's "
        "SOJOURN_PASSWORD, or --user %s:PASSWORD\n",
        word, word);
    return false;
}

/* What was typed blind and is to be kept is typed once more. */
static bool ask_again(const char *secret, size_t room) {
    char *again = calloc(1, room);
    bool too_long = false;
    const bool same =
        again != NULL && ask("Once more: ", again, room, &too_long) && strcmp(again, secret) == 0;
    if (again != NULL) {
        explicit_bzero(again, room);
    }
    free(again);
    if (!same) {
        (void)fprintf(stderr, "sojourn: it was typed in two ways: nothing has been done\n");
    }
    return same;
}

bool cli_read_secret(const char *prompt, bool twice, char *secret, size_t room) {
    const char *from_environment = getenv("SOJOURN_SECRET");
    const bool there = from_environment != NULL && from_environment[0] != '\0';
    bool too_long = there && strlen(from_environment) >= room;
    if (there && !too_long) {
        (void)snprintf(secret, room, "%s", from_environment);
        return true;
    }
    if (!there && ask(prompt, secret, room, &too_long)) {
        return !twice || ask_again(secret, room);
    }
    if (too_long) {
        (void)fprintf(stderr, "sojourn: expected at most %zu bytes\n", room - 1);
    } else {
        (void)fprintf(stderr, "sojourn: nobody can be asked for it: give it in the environment's "
                              "SOJOURN_SECRET, or call from a terminal\n");
    }
    return false;
}
