/* The arguments of a job: a JSON object. Pure. */
#ifndef BULK_ARGUMENTS_H
#define BULK_ARGUMENTS_H

#include <stddef.h>
#include <stdint.h>

/* A number; true is 1; 0 when there is none of the name. */
int64_t argument_number(const char *arguments, const char *name);
/* A text, cut to the room; "" when there is none of the name. */
void argument_text(const char *arguments, const char *name, char *text, size_t room);

#endif
