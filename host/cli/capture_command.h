/* `sojourn phone capture`: what a node keeps of a phone's messages, as a file for Wireshark. */
#ifndef HOST_CLI_CAPTURE_COMMAND_H
#define HOST_CLI_CAPTURE_COMMAND_H

#include "host/cli/client.h"

/* `command` is its declaration. Words: the phone, the file that is written, seconds=N to follow. */
int cli_phone_capture(const struct cli_client *client, const cJSON *command, int argc, char **argv);

#endif
