/* The names that a Lua file gives to members of its tables, in the order of the file: its tables do
 * not tell what stood first, nor that a name was given twice. Pure: reads the text, runs nothing.
 */
#ifndef SJ_HOST_NODE_LUA_NAMES_H
#define SJ_HOST_NODE_LUA_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum { SJ_LUA_DEPTH = 64 };

struct lua_name {
    const char *text;
    size_t length;
    size_t line;  /* counted from 1 */
    int braces;   /* it is in so many */
    size_t table; /* the same number: members of the same table; 0: of none, or of one that is too
                     deep */
};

struct lua_names {
    const char *at;
    size_t line, tables;
    int braces;
    size_t open[SJ_LUA_DEPTH]; /* the number of the table in so many braces */
    bool functions; /* a function stands in the text: its assignments look like members */
};

void sj_lua_names_begin(struct lua_names *names, const char *text);
/* The next name that stands before a "=", as a word or as ["text"]. */
bool sj_lua_names_next(struct lua_names *names, struct lua_name *name);

/* The first name that one table has twice, and the line in which it stood before. Of such a pair
 * Lua keeps the last alone. */
bool sj_lua_name_twice(const char *text, struct lua_name *name, size_t *before);

/* The same of a file with that text, as a sentence: where, what was expected, what helps. */
bool sj_lua_file_twice(const char *file, const char *text, char *sentence, size_t room);

#endif
