/* The `sojourn` command: a client of a node's REST interface, with no logic of its own. What it
 * offers, it learns from the node. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <curl/curl.h>

#include <sojourn/standard_files.h>

#include "host/cli/apply_command.h"
#include "host/cli/call_commands.h"
#include "host/cli/capture_command.h"
#include "host/cli/catalog_commands.h"
#include "host/cli/catalogue.h"
#include "host/cli/dna_commands.h"
#include "host/cli/help.h"
#include "host/cli/other_commands.h"
#include "host/cli/password.h"
#include "host/cli/plugin_commands.h"
#include "host/cli/policy_commands.h"
#include "host/cli/resource_commands.h"

static const char usage_text[] =
    "usage: sojourn [--node DIRECTORY|SOCKET | --url https://HOST:PORT --user NAME[:PASSWORD] "
    "[--cacert FILE | --insecure]]\n"
    "               [--json] COMMAND\n"
    "  OBJECT list|get|add|set|remove     configured and running objects: sojourn phone list\n"
    "                                     FIELD=null gives the default back, --FIELD is "
    "FIELD=true;\n"
    "                                     behind -- stand no options: sojourn phone remove -- --x\n"
    "  apply FILE.lua [--dry-run]         apply what a file declares, show the difference\n"
    "  apply --outcome JOB                how an apply ended whose answer was lost\n"
    "  param list|get|set                 service, enterprise and feature parameters\n"
    "  service list|status|activate|...   services of the node\n"
    "  events tail [--type TYPE]          live events        trace ID   the steps of a login or "
    "call\n"
    "  policy check|test|activate|shadow|replay FILE, policy list|versions|explain|rollback\n"
    "  call trace ID [--ascii]            a call as a ladder: its messages, and what the node "
    "decided\n"
    "  phone capture NAME FILE [seconds=N]   a phone's SIP and files for Wireshark (pcapng); N: "
    "follow so long\n"
    "  dna test FILE.lua [--with CHANGES.lua]   whether calls go where they must\n"
    "  imported-catalog import CATALOG FILE.csv   what a hub advertises for others\n"
    "  plugin new|inspect|check ...   lab run FILE.lua...\n"
    "  help [NOUN]                        everything the node offers\n"
    "Ends with 0: done; 1: refused, nothing was changed, or a job that did not complete, or "
    "something is not well; 2: wrong\n"
    "words; 3: the node was not reached; 4: the outcome is not known.\n"
    "The node's socket is taken from --node, the environment's SOJOURN_SOCKET, or "
    "/var/lib/sojourn/sojourn.sock;\n"
    "a password that --user does not have from SOJOURN_PASSWORD, or it is asked for; what else is "
    "secret and is not\n"
    "given from SOJOURN_SECRET, or it is asked for.\n";

static void set_socket(struct cli_client *client, const char *place) {
    struct stat facts;
    if (stat(place, &facts) == 0 && S_ISDIR(facts.st_mode)) {
        (void)snprintf(client->socket, sizeof client->socket, "%s/sojourn.sock", place);
    } else {
        (void)snprintf(client->socket, sizeof client->socket, "%s", place);
    }
}

static bool asks_for_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* Nouns whose commands read their words, and ask for help, themselves. */
static bool has_words_of_its_own(const char *noun) {
    return strcmp(noun, "lab") == 0;
}

/* Options before the command, and --json anywhere before "--", behind which stand no options;
 * returns the number of words left in argv[0..], or -1. */
static int read_options(struct cli_client *client, int argc, char **argv) {
    int kept = 0;
    const char *from_environment = getenv("SOJOURN_SOCKET");
    set_socket(client,
               from_environment != NULL ? from_environment : "/var/lib/sojourn/sojourn.sock");
    for (int i = 1; i < argc; i++) {
        if (client->plain != NULL) {
            argv[kept++] = argv[i];
            continue;
        }
        bool takes_value =
            kept == 0 && (strcmp(argv[i], "--node") == 0 || strcmp(argv[i], "--url") == 0 ||
                          strcmp(argv[i], "--user") == 0 || strcmp(argv[i], "--cacert") == 0);
        if (takes_value && i + 1 == argc) {
            fprintf(stderr, "sojourn: %s needs a value\n", argv[i]);
            return -1;
        }
        if (strcmp(argv[i], "--") == 0 && !(kept > 0 && has_words_of_its_own(argv[0]))) {
            client->plain = argv + kept;
        } else if (strcmp(argv[i], "--json") == 0) {
            client->json = true;
        } else if (kept == 0 && strcmp(argv[i], "--insecure") == 0) {
            client->insecure = true;
        } else if (takes_value && strcmp(argv[i], "--node") == 0) {
            set_socket(client, argv[++i]);
        } else if (takes_value && strcmp(argv[i], "--url") == 0) {
            (void)snprintf(client->url, sizeof client->url, "%s", argv[++i]);
            if (strncmp(client->url, "https://", 8) != 0) {
                fprintf(stderr,
                        "sojourn: --url: expected https://HOST:PORT, got \"%s\", which would send "
                        "the password unencrypted\n",
                        client->url);
                return -1;
            }
            for (size_t end = strlen(client->url); client->url[end - 1] == '/'; end--) {
                client->url[end - 1] = '\0';
            }
        } else if (takes_value && strcmp(argv[i], "--cacert") == 0) {
            (void)snprintf(client->cacert, sizeof client->cacert, "%s", argv[++i]);
        } else if (takes_value) {
            if (!cli_read_user(argv[++i], client->user, sizeof client->user)) {
                return -1;
            }
        } else if (kept == 0 && argv[i][0] == '-' && !asks_for_help(argv[i]) &&
                   strcmp(argv[i], "--version") != 0) {
            fprintf(stderr, "sojourn: unknown option %s\n%s", argv[i], usage_text);
            return -1;
        } else {
            argv[kept++] = argv[i];
        }
    }
    return kept;
}

/* What the node offers of a noun; the shell's own words stand in its usage. */
static int help(const cJSON *catalogue, const char *noun) {
    static const char *const own[] = {"apply",  "param",  "events", "trace",
                                      "policy", "plugin", "lab",    "help"};
    bool known = cli_print_help(catalogue, noun);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (noun != NULL && strcmp(noun, own[i]) == 0) {
            fputs(usage_text, stdout);
            return CLI_OK;
        }
    }
    return known ? CLI_OK : cli_unknown_command(catalogue, noun, NULL);
}

static int dispatch(const struct cli_client *client, int argc, char **argv) {
    const char *noun = argv[0], *verb = argc > 1 ? argv[1] : NULL;
    if (strcmp(noun, "lab") == 0) {
        return cli_exec_beside("sojourn-lab", argc - 1, argv + 1);
    }
    if (strcmp(noun, "apply") == 0) {
        return cli_apply(client, argc - 1, argv + 1);
    }
    if (strcmp(noun, "events") == 0) {
        return cli_events(client, argc - 1, argv + 1);
    }
    if (strcmp(noun, "trace") == 0) {
        return cli_trace(client, argc - 1, argv + 1);
    }
    if (strcmp(noun, "plugin") == 0 && cli_is_plugin_command(argc - 1, argv + 1)) {
        return cli_plugin(argc - 1, argv + 1, client->json);
    }
    if (strcmp(noun, "policy") == 0 && cli_is_policy_command(argc - 1, argv + 1)) {
        return cli_policy(client, argc - 1, argv + 1);
    }
    if (strcmp(noun, "dna") == 0 && verb != NULL && strcmp(verb, "test") == 0) {
        return cli_dna_test(client, argc - 2, argv + 2);
    }
    if (strcmp(noun, "imported-catalog") == 0 && verb != NULL && strcmp(verb, "import") == 0) {
        return cli_catalog_import(client, argc - 2, argv + 2);
    }
    int result;
    if (strcmp(noun, "help") == 0 && verb == NULL) {
        (void)puts(usage_text); /* the rest is known by the node, which may not be there */
    }
    cJSON *catalogue = cli_catalogue(client, &result);
    if (catalogue == NULL) {
        return result != CLI_OK ? result : CLI_REFUSED;
    }
    const cJSON *command = verb == NULL ? NULL : cli_find_command(catalogue, noun, verb);
    const cJSON *resource = cli_find_resource(catalogue, noun);
    if (strcmp(noun, "help") == 0) {
        result = help(catalogue, verb);
    } else if (command == NULL && verb != NULL && argc == 2 && strcmp(verb, "help") == 0) {
        result = help(catalogue, noun);
    } else if (command != NULL && strcmp(cli_text(command, "command"), "call trace") == 0) {
        result = cli_call_trace(client, command, argc - 2, argv + 2);
    } else if (command != NULL && !client->json &&
               strcmp(cli_text(command, "command"), "phone capture") == 0) {
        result = cli_phone_capture(client, command, argc - 2, argv + 2);
    } else if (command != NULL) {
        result = cli_command(client, command, argc - 2, argv + 2);
    } else if (strcmp(noun, "param") == 0) {
        result = cli_param(client, catalogue, argc - 1, argv + 1);
    } else if (resource != NULL) {
        result = cli_resource(client, catalogue, resource, argc - 1, argv + 1);
    } else {
        result = cli_unknown_command(catalogue, noun, verb);
    }
    cJSON_Delete(catalogue);
    return result;
}

int main(int argc, char **argv) {
    static char help_word[] = "help";
    struct cli_client client = {0};
    int words;
    sj_open_standard_files();
    (void)setvbuf(
        stdout, NULL, _IOLBF,
        BUFSIZ); /* what is said and what is complained about stay in order in a file, too */
    words = read_options(&client, argc, argv);
    if (words < 0) {
        return CLI_USAGE;
    }
    if (words == 0 || asks_for_help(argv[0])) {
        fputs(usage_text, words == 0 ? stderr : stdout);
        return words == 0 ? CLI_USAGE : CLI_OK;
    }
    if (strcmp(argv[0], "--version") == 0 || (words == 1 && strcmp(argv[0], "version") == 0)) {
        printf("sojourn %s\n", SOJOURN_VERSION);
        return CLI_OK;
    }
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    if (words > 1 && cli_is_option(&client, &argv[words - 1]) && asks_for_help(argv[words - 1]) &&
        !has_words_of_its_own(argv[0])) {
        argv[1] = argv[0]; /* "phone add --help" asks what "help phone" shows */
        argv[0] = help_word;
        words = 2;
    }
    int result = dispatch(&client, words, argv);
    curl_global_cleanup();
    return result;
}
