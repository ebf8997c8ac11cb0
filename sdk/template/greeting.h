/* Greetings as text. Pure: no host, no I/O. */
#ifndef GREETING_H
#define GREETING_H

#include <stdbool.h>
#include <stddef.h>

/* Writes "<salutation>, <name>!" to `out`; false when there is no name or no room. */
bool greeting_make(const char *salutation, const char *name, char *out, size_t room);

#endif
