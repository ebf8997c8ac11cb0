/* How answers look in the shell: a record as lines, a list as a table. Prints to stdout, nothing
 * else. */
#ifndef HOST_CLI_PRINT_H
#define HOST_CLI_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

/* Any JSON: objects as "name: value" lines with lists of objects as tables behind them; arrays of
 * objects as a table. */
void cli_print(const cJSON *value);

/* A table of an array's objects: the named columns (NULL-terminated), or those that fit when NULL.
 */
void cli_print_table(const cJSON *array, const char *const *columns);

/* A test case as TAP has it: a line, in which # and \ of the name are escaped; `text` says what is
 * wrong with one that has not passed. */
void cli_print_case(size_t number, const char *name, bool passed, const char *text);

/* Indented JSON. */
void cli_print_json(const cJSON *value);

#endif
