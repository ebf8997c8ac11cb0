/* The node file on the disk, and which one a worker runs with. Touches the file, its directories
 * and the slot. */
#include "host/node/node_file_choice.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sojourn/base/file.h>
#include <sojourn/net.h>

#include "host/core/callback.h"
#include "host/core/file_guard.h"

enum { LARGEST_FILE = SJ_NODE_FILE_ROOM };

static size_t complain(const struct config *config, sj_config_problem problem, void *user,
                       const char *format, ...) SJ_PRINTF(4, 5);
static size_t complain(const struct config *config, sj_config_problem problem, void *user,
                       const char *format, ...) {
    char text[1024];
    int used = snprintf(text, sizeof text, "%s: ", config->file);
    va_list arguments;
    va_start(arguments, format);
    if (used > 0 && (size_t)used < sizeof text) {
        (void)vsnprintf(text + used, sizeof text - (size_t)used, format, arguments);
    }
    va_end(arguments);
    problem(user, text);
    return 1;
}

bool sj_node_file_text(const char *file, sj_text *text, sj_config_problem problem, void *user) {
    char sentence[1024] = "";
    sj_error error = {.text = ""};
    const int stream = open(file, O_RDONLY | O_CLOEXEC);
    if (stream < 0) {
        (void)snprintf(sentence, sizeof sentence,
                       "%s: expected a node file, it cannot be opened: %s", file, strerror(errno));
        problem(user, sentence);
        return false;
    }
    int status = sj_file_read_from(stream, file, LARGEST_FILE, text, &error);
    if (status != SJ_OK) {
        (void)snprintf(sentence, sizeof sentence, "%s: expected a node file of at most 1 MiB: %s",
                       file, error.text);
    } else if ((status = sj_guarded(stream, SJ_GUARD_TRUSTED, file, &error)) != SJ_OK) {
        (void)snprintf(sentence, sizeof sentence, "%s", error.text);
    }
    (void)close(stream);
    if (status != SJ_OK) {
        problem(user, sentence);
    }
    return status == SJ_OK;
}

/* The directory above a path. */
static void above(const char *path, char *text, size_t room) {
    const char *slash = strrchr(path, '/');
    (void)snprintf(text, room, "%.*s", slash == NULL || slash == path ? 1 : (int)(slash - path),
                   path);
}

static bool is_directory(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Whether the machine has the address: only then something can listen there. */
static bool is_of_this_machine(const char *text) {
    sj_address address;
    bool has;
    if (sj_address_parse(text, 0, &address) != SJ_OK) {
        return true; /* said already */
    }
    const int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const socklen_t length =
        address.any.sa_family == AF_INET6 ? sizeof address.v6 : sizeof address.v4;
    has = fd < 0 || bind(fd, &address.any, length) == 0 || errno != EADDRNOTAVAIL;
    if (fd >= 0) {
        (void)close(fd);
    }
    return has;
}

static size_t check_address(const struct config *config, const char *address,
                            sj_config_problem problem, void *user) {
    if (address == NULL || is_of_this_machine(address)) {
        return 0;
    }
    return complain(
        config, problem, user,
        "listen.address: expected an address of this machine, got %s, which it does not have",
        address);
}

size_t sj_node_file_check_places(const struct config *config, sj_config_problem problem,
                                 void *user) {
    size_t problems = 0;
    char parent[PATH_MAX];
    sj_error error;
    problems += check_address(config, config->address, problem, user);
    for (size_t i = 0; i < config->further_addresses_count; i++) {
        problems += check_address(config, config->further_addresses[i], problem, user);
    }
    above(config->state, parent, sizeof parent);
    if (access(config->state, F_OK) != 0 ? !is_directory(parent) : !is_directory(config->state)) {
        problems += complain(
            config, problem, user,
            "directories.state: expected a directory, or a path in one that exists, got %s",
            config->state);
    } else if (access(config->state, F_OK) == 0 &&
               sj_guarded_path(config->state, SJ_GUARD_TRUSTED, &error) != SJ_OK) {
        problems += complain(config, problem, user, "directories.state: %s", error.text);
    }
    if (!is_directory(config->plugins)) {
        problems += complain(
            config, problem, user,
            "directories.plugins: expected a directory with plugins, got %s, which %s",
            config->plugins, access(config->plugins, F_OK) != 0 ? "does not exist" : "is none");
    } else if (sj_guarded_path(config->plugins, SJ_GUARD_TRUSTED, &error) != SJ_OK) {
        problems += complain(config, problem, user, "directories.plugins: %s", error.text);
    }
    return problems;
}

static sj_text loaded; /* what the config was made of */

static size_t read_served(struct config *config, const char *file, sj_config_problem problem,
                          void *user) {
    char sentence[512];
    (void)snprintf(sentence, sizeof sentence,
                   "%s is not applied: the node keeps the settings it served with before", file);
    problem(user, sentence);
    sj_text_clear(&loaded);
    sj_slot->untried = false;
    return sj_config_read(config, file, sj_slot->served, sj_slot->served_length, problem, user);
}

size_t sj_node_file_load(struct config *config, const char *file, sj_config_problem problem,
                         void *user) {
    const struct supervise_slot *slot = sj_slot;
    size_t problems = 1;
    memset(config, 0, sizeof *config);
    if (slot->use_served) {
        return read_served(config, file, problem, user);
    }
    sj_text_clear(&loaded);
    if (sj_node_file_text(file, &loaded, problem, user)) {
        problems =
            sj_config_read(config, file, sj_or_empty(loaded.data), loaded.length, problem, user);
    }
    if (problems > 0 && slot->served_length > 0) {
        sj_config_free(config);
        return read_served(config, file, problem, user);
    }
    sj_slot->untried = slot->served_length != loaded.length ||
                       (loaded.length > 0 && memcmp(slot->served, loaded.data, loaded.length) != 0);
    return problems;
}

void sj_node_file_served(void) {
    sj_slot->untried = false;
    if (loaded.length > 0 && loaded.length <= sizeof sj_slot->served) {
        sj_slot->served_length = 0; /* a crash right here leaves none rather than half of one */
        memcpy(sj_slot->served, loaded.data, loaded.length);
        sj_slot->served_length = loaded.length;
    }
    sj_text_clear(&loaded);
}
