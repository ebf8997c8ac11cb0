/* Which log has been moved into the database whole, kept in a file of its own: "<store>-moved".
 *
 * A log whose frames are all in the database is written over from its start. Until the new first
 * block is on the disk, a power failure may leave the old header and some old frames before new
 * ones: SQLite would take the old frames for the last commits and put old pages over newer ones.
 * SQLite waits for the disk once to exclude that. This store does not wait: before a log may be
 * written over, the flush's thread has said here, on the disk, how many of its frames are in the
 * database. A log that is found at the start with the same salts and fewer good frames than that is
 * one of which a part was written over: all that it held is in the database, and it is emptied.
 *
 * In the same file stands how far the log is on the disk, noted after each sync, not synced itself:
 * a node that was killed leaves it exact, a power failure may leave an earlier one. What was there
 * and is not, in the log or in the database, was lost while the node was down. */
#ifndef HOST_STORE_DISK_MOVED_LOG_H
#define HOST_STORE_DISK_MOVED_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sojourn/types.h>

/* What tells one log from the next in the same file. */
struct store_salts {
    uint32_t first, second;
};

struct store_moved {
    struct store_salts salts;
    uint32_t frames; /* of the log's start that are in the database; 0: nothing is known */
};

bool store_same_log(struct store_salts a, struct store_salts b);
/* From the first STORE_LOG_HEADER bytes of a log; false when they are no header of one. */
enum { STORE_LOG_HEADER = 32, STORE_FRAME_HEADER = 24 };
bool store_log_salts(const unsigned char header[STORE_LOG_HEADER], struct store_salts *salts);
/* The same from the file. */
bool store_log_file_salts(int file, struct store_salts *salts);

/* Makes the file of the store `path`, on the disk with its name, when there is none. */
int store_moved_make(const char *path, sj_error *error);
/* Nothing known when the file is not there or not whole. */
struct store_moved store_moved_read(const char *path);
/* On the disk when it returns 0; else an errno. */
int store_moved_write(const char *path, const struct store_moved *moved);

/* The file, for store_synced_note; -1: errno. */
int store_moved_open(const char *path);
/* So much of a log is on the disk. Errno; 0: noted, as far as the process is concerned. */
int store_synced_note(int file, const struct store_moved *synced);
/* Before a log is emptied by its owner: nothing of it is missed. On the disk when it returns. */
int store_synced_forget(const char *path, sj_error *error);

/* Before SQLite opens the store `path`: whether its log was lost while the node was down, or a part
 * of it, with the sentence. */
bool store_log_is_lost(const char *path, char *why, size_t room);
/* Before SQLite opens the store `path`: empties a log that was partly written over. */
int store_moved_recover(const char *path, sj_error *error);

#endif
