/* Asks for what is kept, then for what follows, and writes the blocks behind each other. */
#include "host/cli/capture_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/cli/catalogue.h"

enum { MOST_SECONDS = 24 * 3600 };

struct capture {
    const struct cli_client *client;
    cJSON *body;
    const char *path;
    FILE *file;
    double packets;
    bool more;
};

/* The 6 bits of a base64 digit; -1. */
static int digit_of(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

static bool write_base64(FILE *file, const char *text) {
    unsigned bits = 0, count = 0;
    for (; *text != '\0' && *text != '='; text++) {
        const int digit = digit_of(*text);
        if (digit < 0) {
            return false;
        }
        bits = (bits << 6 | (unsigned)digit) & 0xffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            if (fputc((int)(bits >> count & 0xff), file) == EOF) {
                return false;
            }
        }
    }
    return true;
}

static int complain(const struct capture *capture) {
    fprintf(stderr, "sojourn: %s cannot be written\n", capture->path);
    return CLI_REFUSED;
}

/* Writes an answer; the first one begins the file. */
static int take(struct capture *capture, const cJSON *answer) {
    const cJSON *next = cJSON_GetObjectItemCaseSensitive(answer, "next"),
                *packets = cJSON_GetObjectItemCaseSensitive(answer, "packets");
    if (capture->file == NULL) {
        capture->file = fopen(capture->path, "wb");
        if (capture->file == NULL) {
            return complain(capture);
        }
        printf("calls since %s, registrations and files since %s\n",
               cli_text(answer, "calls_kept_since"), cli_text(answer, "kept_since"));
    }
    capture->packets += cJSON_IsNumber(packets) ? packets->valuedouble : 0;
    capture->more = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "more"));
    cJSON_DeleteItemFromObject(capture->body, "from");
    (void)cJSON_AddNumberToObject(capture->body, "from",
                                  cJSON_IsNumber(next) ? next->valuedouble : 0);
    return write_base64(capture->file, cli_text(answer, "data")) && fflush(capture->file) == 0
               ? CLI_OK
               : complain(capture);
}

static int fetch(struct capture *capture) {
    cJSON *answer = NULL;
    int result =
        cli_request(capture->client, "POST", "/api/v1/do/phone/capture", capture->body, &answer);
    if (result == CLI_OK) {
        result = take(capture, answer);
    }
    cJSON_Delete(answer);
    return result;
}

/* What there is, and what comes within so many seconds, or until Ctrl-C. */
static int follow(struct capture *capture, long seconds) {
    const time_t end = time(NULL) + seconds;
    int result = fetch(capture);
    if (seconds > 0) {
        cli_catch_interrupt();
    }
    while (result == CLI_OK && !cli_interrupted && (capture->more || time(NULL) < end)) {
        if (!capture->more) {
            (void)sleep(1);
        }
        result = cli_interrupted ? CLI_OK : fetch(capture);
    }
    if (capture->file != NULL && fclose(capture->file) != 0 && result == CLI_OK) {
        result = complain(capture);
    }
    if (result == CLI_OK) {
        printf("%.0f packets in %s\n", capture->packets, capture->path);
    }
    return result;
}

/* Takes the words that are the shell's own out; false when one is wrong. */
static bool take_words(struct capture *capture, int *argc, char **argv, long *seconds) {
    static const char option[] = "seconds=";
    bool phone = false, good = true;
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        char *end, *number = argv[i] + sizeof option - 1;
        const bool plain = strchr(argv[i], '=') == NULL;
        if (strncmp(argv[i], option, sizeof option - 1) == 0) {
            *seconds = strtol(number, &end, 10);
            good =
                good && end != number && *end == '\0' && *seconds >= 0 && *seconds <= MOST_SECONDS;
        } else if (plain && phone && capture->path == NULL) {
            capture->path = argv[i];
        } else {
            phone = phone || plain;
            argv[kept++] = argv[i];
        }
    }
    *argc = kept;
    return good && phone && capture->path != NULL;
}

int cli_phone_capture(const struct cli_client *client, const cJSON *command, int argc,
                      char **argv) {
    struct capture capture = {.client = client, .body = cJSON_CreateObject()};
    long seconds = 0;
    const bool complete = take_words(&capture, &argc, argv, &seconds);
    int result = cli_read_words(client, command, argc, argv, capture.body);
    if (result == CLI_OK && !complete) {
        fprintf(stderr, "usage: sojourn phone capture NAME FILE [seconds=N], N at most %d\n",
                MOST_SECONDS);
        result = CLI_USAGE;
    } else if (result == CLI_OK) {
        result = follow(&capture, seconds);
    }
    cJSON_Delete(capture.body);
    return result;
}
