/* The host that a request names (header Host), and what it is compared with. Pure. */
#ifndef HOST_REST_HOST_NAME_H
#define HOST_REST_HOST_NAME_H

#include <stdbool.h>
#include <stddef.h>

enum { SJ_HOST_NAME_ROOM = 256 };

/* "Name.Example:8080" is "name.example", "[::1]:80" is "::1". False when it is neither a name nor
 * an address, with a port or without. */
bool sj_host_name_read(const char *header, char name[SJ_HOST_NAME_ROOM]);
/* Does a list of names and addresses, separated by semicolons or blanks, hold it? Addresses are
 * compared as such. */
bool sj_host_name_in(const char *name, const char *list);

#endif
