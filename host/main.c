/* sojournd: one node. Reads the node file, supervises a worker, and in the worker opens the parts,
 * serves, stops.
 *
 * Exit codes: 0 stopped as asked · 1 could not start or stop well · 2 wrong arguments or node file
 * · 70 died too often. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sojourn/standard_files.h>

#include "host/node/daemon.h"
#include "host/node/node_file_choice.h"
#include "host/supervisor/supervisor.h"
#include "host/supervisor/worker.h"

enum { EXIT_STOPPED = 0, EXIT_FAILED = 1, EXIT_WRONG = 2 };

static const char usage[] = "usage: sojournd -c FILE [--check] [--single]\n"
                            "  -c FILE    the node file\n"
                            "  --check    say what is wrong with it, and exit\n"
                            "  --single   without supervisor: one process, for debuggers\n"
                            "  --version\n";

struct arguments {
    const char *file;
    bool check, single;
};

/* Returns false, having said why, when the program is to end with *code. */
static bool parse(int count, char **words, struct arguments *arguments, int *code) {
    *code = EXIT_WRONG;
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "-c") == 0 && i + 1 < count) {
            arguments->file = words[++i];
        } else if (strcmp(words[i], "--check") == 0) {
            arguments->check = true;
        } else if (strcmp(words[i], "--single") == 0) {
            arguments->single = true;
        } else if (strcmp(words[i], "--version") == 0) {
            (void)printf("sojournd %s\n", SOJOURN_VERSION);
            *code = EXIT_STOPPED;
            return false;
        } else if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) {
            (void)fputs(usage, stdout);
            *code = EXIT_STOPPED;
            return false;
        } else {
            (void)fprintf(stderr, "sojournd: unexpected argument \"%s\"\n%s", words[i], usage);
            return false;
        }
    }
    if (arguments->file == NULL) {
        (void)fprintf(stderr, "sojournd: expected -c FILE, got no node file\n%s", usage);
        return false;
    }
    return true;
}

static void print_problem(void *user, const char *sentence) {
    (void)user;
    (void)fprintf(stderr, "%s\n", sentence);
}

static int worker(void *user) {
    const struct arguments *arguments = user;
    return sj_daemon_run(arguments->file);
}

/* Reads the node file once before anything runs, so that the first mistake is told at once; and the
 * supervisor's terms. */
static int prepare(const struct arguments *arguments) {
    struct config config = {.file = NULL};
    sj_text text = {0};
    size_t problems = 1;
    if (sj_node_file_text(arguments->file, &text, print_problem, NULL)) {
        problems = sj_config_read(&config, arguments->file, sj_or_empty(text.data), text.length,
                                  print_problem, NULL);
    }
    if (problems == 0 && arguments->check) {
        problems = sj_node_file_check_places(&config, print_problem, NULL);
    } else if (problems == 0) {
        sj_daemon_terms(&config);
    }
    sj_text_clear(&text);
    sj_config_free(&config);
    return problems > 0 ? EXIT_WRONG : EXIT_STOPPED;
}

int main(int count, char **words) {
    struct arguments arguments = {NULL, false, false};
    sj_error error;
    int code;
    sj_open_standard_files();
    if (!parse(count, words, &arguments, &code)) {
        return code;
    }
    if (!arguments.check && !arguments.single && sj_supervise_share(&error) != SJ_OK) {
        (void)fprintf(stderr, "sojournd: %s\n", error.text);
        return EXIT_FAILED;
    }
    code = prepare(&arguments);
    if (code != EXIT_STOPPED) {
        return code;
    }
    if (arguments.check) {
        (void)printf("%s: complete and valid\n", arguments.file);
        return EXIT_STOPPED;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the write */
    if (arguments.single) {
        sj_worker_begin_single();
        return worker(&arguments);
    }
    return sj_supervise(worker, &arguments);
}
