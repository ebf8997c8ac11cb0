/* Progress on the terminal while a request runs; asks for a job's record until it has ended. */
#include "host/cli/follow.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/cli/catalogue.h"

enum { PATH = 160, FIRST_PAUSE_MS = 20, MOST_PAUSE_MS = 1000 };

void cli_print_progress(const cJSON *job) {
    const cJSON *done = cJSON_GetObjectItemCaseSensitive(job, "processed"),
                *total = cJSON_GetObjectItemCaseSensitive(job, "total");
    const char *phase = cli_text(job, "phase");
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K%s: %.0f of %.0f",
                phase[0] != '\0' ? phase : cli_text(job, "status"),
                done != NULL ? done->valuedouble : 0, total != NULL ? total->valuedouble : 0);
    }
}

void cli_end_progress(void) {
    if (isatty(STDERR_FILENO)) {
        fputs("\r\033[K", stderr);
    }
}

void cli_pause(long *pause) {
    *pause = *pause == 0                      ? FIRST_PAUSE_MS
             : *pause * 3 / 2 < MOST_PAUSE_MS ? *pause * 3 / 2
                                              : MOST_PAUSE_MS;
    const struct timespec time = {*pause / 1000, *pause % 1000 * 1000000L};
    (void)nanosleep(&time, NULL);
}

static bool has_status(const cJSON *job, const char *status) {
    return strcmp(cli_text(job, "status"), status) == 0;
}

/* On hold, or with a time of its own. */
static bool is_put_off(const cJSON *job) {
    return has_status(job, "hold") ||
           (has_status(job, "pending") && cli_text(job, "run_at")[0] != '\0');
}

static bool goes_on(const cJSON *job) {
    return (has_status(job, "processing") || has_status(job, "pending")) && !is_put_off(job);
}

static int interrupted(const char *job_id) {
    fprintf(stderr,
            "sojourn: job %s goes on: sojourn job get %s shows how far it is, sojourn job cancel "
            "%s ends it\n",
            job_id, job_id, job_id);
    return CLI_UNKNOWN;
}

int cli_follow_job(const struct cli_client *client, const char *job_id, cJSON **job) {
    char path[PATH], segment[PATH / 2];
    long pause = 0;
    *job = NULL;
    cli_catch_interrupt();
    cli_escape(job_id, segment, sizeof segment);
    (void)snprintf(path, sizeof path, "/api/v1/jobs/%s", segment);
    for (;;) {
        cJSON *seen = NULL;
        int result = cli_request(client, "GET", path, NULL, &seen);
        if (result == CLI_OK) {
            cJSON_Delete(*job);
            *job = seen;
        }
        if (result == CLI_OK && goes_on(*job)) {
            cli_print_progress(*job);
            cli_pause(&pause);
            if (!cli_interrupted) {
                continue;
            }
        }
        cli_end_progress();
        if (cli_interrupted && (result != CLI_OK || goes_on(*job))) {
            return interrupted(job_id);
        }
        if (result != CLI_OK) {
            fprintf(stderr, "sojourn: how job %s ended is not known; sojourn job get %s shows it\n",
                    job_id, job_id);
            return CLI_UNKNOWN;
        }
        return has_status(*job, "completed") || is_put_off(*job) ? CLI_OK : CLI_REFUSED;
    }
}
