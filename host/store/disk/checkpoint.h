/* Checkpoints: the log is moved into the database file on a thread of its own, over connections of
 * its own, so that no flush waits for it. Why that is safe stands in flush.h. */
#ifndef HOST_STORE_DISK_CHECKPOINT_H
#define HOST_STORE_DISK_CHECKPOINT_H

#include <stdbool.h>
#include <time.h>

#include <uv.h>

struct store_flush;
struct sqlite3;

enum { STORE_PAGE = 4096 };

/* What came of a checkpoint. */
struct store_checkpoint_answer {
    bool ready;              /* the loop has not seen it yet */
    int asked_frames;        /* of the log when it was asked */
    int in_log, in_database; /* frames after it; -1 when it failed */
    char trouble[160];       /* why it failed */
};

/* What the thread of the flushes asks of that of the checkpoints; under the flush's mutex. */
struct store_mover {
    uv_thread_t thread;
    uv_cond_t wake, rested;
    bool asked, running, stop;
    int frames;              /* of the log when it was asked */
    struct timespec written; /* the database, by the last checkpoint; zero: by none */
    struct store_checkpoint_answer answer;
    /* Of the checkpoints' thread, and of who has waited for its rest. */
    struct sqlite3 *connection, *reader;
};

/* On the loop: false when there is no thread. */
bool store_mover_start(struct store_flush *flush);
/* Waits for its end. */
void store_mover_end(struct store_flush *flush);
/* The loop takes note of what a checkpoint has done. */
void store_checkpoint_seen(struct store_flush *flush, const struct store_checkpoint_answer *answer);
void store_checkpoint_close(struct store_flush *flush);

/* On the thread of the flushes. One checkpoint that runs already is enough. */
void store_mover_ask(struct store_flush *flush, int frames);
/* The thread of the checkpoints does nothing, and nobody else asks it. */
void store_mover_await(struct store_flush *flush);

/* That, now; and when the last checkpoint wrote to the database, if one did. */
bool store_mover_rests(struct store_flush *flush, struct timespec *written);

/* Moves what can be moved; by one thread at a time. */
void store_checkpoint(struct store_flush *flush, struct store_checkpoint_answer *answer);

#endif
