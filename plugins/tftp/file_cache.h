/* Documents built for phones, kept in memory until something they were made from changes. Bounded:
 * each name has a few slots it may lie in, and a newcomer takes the one that was filled longest
 * ago. No I/O. */
#ifndef SJ_TFTP_FILE_CACHE_H
#define SJ_TFTP_FILE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An immutable file, shared by the cache and the transfers that send it. */
struct file {
    size_t references;
    size_t length;
    char *data;
    char trace_id[33];  /* of the login it belongs to, or "" */
    bool shares_lines;  /* it says so of a line: a change of any device may end that */
    size_t *counted_in; /* a sum of lengths to which it counts while it is in memory, or NULL */
};

/* Takes over `data` (malloc). NULL when out of memory: then `data` is freed. */
struct file *file_new(char *data, size_t length, const char *trace_id);
struct file *file_retain(struct file *shared);
void file_release(struct file *shared); /* NULL is allowed */

enum { FILE_CACHE_SLOTS = 4096, FILE_CACHE_WAYS = 4 };

struct file_cache {
    struct {
        char *name;
        struct file *shared;
        uint64_t generation, kept;
    } slots[FILE_CACHE_SLOTS];
    uint64_t generation; /* files of an earlier one are stale */
    uint64_t kept;       /* counts the files put in */
};

struct file *file_cache_find(struct file_cache *cache,
                             const char *name); /* retained for the caller, or NULL */
void file_cache_keep(struct file_cache *cache, const char *name, struct file *shared);
void file_cache_forget(struct file_cache *cache, const char *name);
/* All whose names begin so. */
void file_cache_forget_beginning(struct file_cache *cache, const char *beginning);
void file_cache_forget_shared_lines(struct file_cache *cache);
void file_cache_forget_all(struct file_cache *cache);
void file_cache_free(struct file_cache *cache);

#endif
