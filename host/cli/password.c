/* The password of --user: from the word itself, which is then wiped out of the command line, from
 * the environment, or asked for on the terminal. Touches both. */
#include "host/cli/password.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* One line from the terminal, not shown; false when there is no terminal, or nothing was typed. */
static bool ask(const char *name, char *password, size_t room) {
    struct termios shown, hidden;
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    FILE *typed = terminal < 0 ? NULL : fdopen(terminal, "r+");
    bool read;
    if (typed == NULL) {
        if (terminal >= 0) {
            (void)close(terminal);
        }
        return false;
    }
    setbuf(typed, NULL);
    (void)fprintf(typed, "Password of %s: ", name);
    const bool quiet = tcgetattr(terminal, &shown) == 0;
    if (quiet) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(terminal, TCSADRAIN, &hidden);
    }
    read = fgets(password, (int)room, typed) != NULL;
    if (quiet) {
        (void)tcsetattr(terminal, TCSADRAIN, &shown);
    }
    (void)fputs("\n", typed);
    (void)fclose(typed);
    if (read) {
        password[strcspn(password, "\n")] = '\0';
    }
    return read && password[0] != '\0';
}

bool cli_read_user(char *word, char *user, size_t room) {
    const size_t name = strcspn(word, ":");
    const char *from_environment = getenv("SOJOURN_PASSWORD");
    if (strlen(word) >= room) {
        (void)fputs("sojourn: --user: the name and password are too long\n", stderr);
        return false;
    }
    (void)snprintf(user, room, "%s", word);
    if (word[name] == ':') {
        explicit_bzero(word + name, strlen(word + name));
        return true;
    }
    user[name] = ':';
    user[name + 1] = '\0';
    if (from_environment != NULL && from_environment[0] != '\0') {
        (void)snprintf(user + name + 1, room - name - 1, "%s", from_environment);
        return true;
    }
    if (name + 2 < room && ask(word, user + name + 1, room - name - 1)) {
        return true;
    }
    (void)fprintf(
        stderr,
        "sojourn: --user %s: expected a password: from a terminal, from the environment's "
        "SOJOURN_PASSWORD, or --user %s:PASSWORD\n",
        word, word);
    return false;
}
