/* The files of records on the disk: the one that is being written, the finished ones, the calls
 * that go on. These functions block: they run in jobs. */
#ifndef CDR_DISK_H
#define CDR_DISK_H

#include "row.h"

enum { DISK_PATH = 1200, DISK_NAME = 160, DISK_FILE_PATH = DISK_PATH + DISK_NAME + 16 };

/* What becomes of a finished file that is to be sent as well: it stands in `unsent` too until it
 * is.
 *
 *   <directory>/files/cdr_HQ_01_202611300312_7    finished
 *   <directory>/unsent/cdr_HQ_01_202611300312_7   the same file, to be sent
 *   <directory>/cdr.open                          being written
 *   <directory>/cmr.open                          the same, of call management records
 *   <directory>/calls                             those that go on */
struct disk {
    char directory[DISK_PATH];
};

/* Makes the directories. */
int disk_make(const struct disk *disk, sj_error *error);

/* Adds rows to the open file of this kind ("cdr"), which has `size` bytes so far; a new one begins
 * with the head. Advances `size`. On an error the file is as it was before. */
int disk_append(const struct disk *disk, const char *kind, const struct cdr_columns *columns,
                const sj_text *rows, int64_t *size, sj_error *error);

/* Finishes the open file under that name, on the disk for good, and the same to be sent where that
 * is wanted. SJ_E_EXISTS: there is a file of that name. */
int disk_finish(const struct disk *disk, const char *kind, const char *name, bool to_be_sent,
                sj_error *error);

/* The same of the calls that go on: adds, or writes anew. */
int disk_calls_add(const struct disk *disk, const sj_text *lines, int64_t *size, sj_error *error);
int disk_calls_replace(const struct disk *disk, const sj_text *lines, int64_t *size,
                       sj_error *error);
/* They go on at this moment. */
void disk_calls_touch(const struct disk *disk);

/* What a node left behind that was killed. */
struct disk_remains {
    sj_text rows;  /* of the open file of call detail records, whole lines without its head */
    sj_text calls; /* of the file of calls that go on, whole lines */
    int64_t size;  /* of cdr.open, cut to whole lines */
    int64_t statistics_size; /* of cmr.open, the same */
    int64_t last_s;          /* when it was last seen to live, since 1970 */
    int64_t last_sequence;   /* the highest number of the finished files that are there; 0: none */
};
int disk_read_remains(const struct disk *disk, struct disk_remains *remains, sj_error *error);
void disk_remains_clear(struct disk_remains *remains);

/* Removes finished files from before that moment (seconds since 1970), and the oldest beyond so
 * many bytes; `lost`: those among them that had not been sent. */
struct disk_tidied {
    size_t removed, lost, files, unsent;
    int64_t bytes; /* of what is kept */
};
int disk_tidy(const struct disk *disk, int64_t before_s, int64_t most_bytes,
              struct disk_tidied *tidied, sj_error *error);

/* Files that are to be sent, as they were listed last. Zeroed: none; release with
 * disk_unsent_clear. */
struct disk_unsent {
    char (*names)[DISK_NAME]; /* the oldest first */
    size_t count, next;
};
void disk_unsent_clear(struct disk_unsent *unsent);

/* The oldest file that is to be sent: its name and content; SJ_E_NOT_FOUND: none. They are listed
 * when the list is worked off; what cannot be sent stands in the next list again. */
int disk_next_unsent(const struct disk *disk, struct disk_unsent *unsent, char name[DISK_NAME],
                     sj_text *content, sj_error *error);
int disk_sent(const struct disk *disk, const char *name, sj_error *error);

#endif
