/* The name and password with which the shell signs in over HTTPS, and what else nobody is to read.
 */
#ifndef HOST_CLI_PASSWORD_H
#define HOST_CLI_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

/* `word` is NAME or NAME:PASSWORD as typed; a password in it is wiped, so that no list of processes
 * shows it for longer than it takes to start. `user` gets "name:password". False after a sentence.
 */
bool cli_read_user(char *word, char *user, size_t room);

/* A secret that a command needs: from the environment's SOJOURN_SECRET, or asked for with `prompt`
 * on the terminal. False after a sentence. */
bool cli_read_secret(const char *prompt, bool twice, char *secret, size_t room);

#endif
