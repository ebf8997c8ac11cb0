/* Waiting for what goes on in the node: how far it is, on a terminal, and how a job ended. */
#ifndef HOST_CLI_FOLLOW_H
#define HOST_CLI_FOLLOW_H

#include "host/cli/client.h"

/* How far it is, on one line of a terminal; of a job's record or of an apply. */
void cli_print_progress(const cJSON *job);
void cli_end_progress(void);

/* Waits a while, each time a little longer; `pause` begins with 0. */
void cli_pause(long *pause);

/* Waits until a job has ended; one on hold, or with its time still to come, is not waited for. *job
 * gets its record as it was seen last, to be freed with cJSON_Delete. CLI_OK: completed, or not
 * due; CLI_REFUSED: it ended otherwise; CLI_UNKNOWN after a sentence: it goes on, or the node does
 * not tell. */
int cli_follow_job(const struct cli_client *client, const char *job_id, cJSON **job);

#endif
