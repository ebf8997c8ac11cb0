/* Work that is slow or that waits, on threads of the host: secrets, imports and general jobs each
 * have threads of their own, so that none waits for another (lanes.h says what runs next). The
 * lanes are kept on the loop; a thread gets one piece at a time. Nothing here uses the pool of
 * libuv. */
#ifndef SJ_HOST_WORK_WORK_H
#define SJ_HOST_WORK_WORK_H

#include <sojourn/types.h>

#include "host/work/lanes.h"

struct node;

/* Part of whatever asks for work; zeroed before its first use. */
struct work {
    struct work_item item;          /* first */
    sj_list_link handed;            /* to a thread, or back from it */
    void (*run)(struct work *work); /* on a thread */
    void (*done)(struct work *work,
                 int status); /* on the loop: SJ_OK it has run, SJ_E_LIMIT it gave way to others */
};

int sj_work_open(struct node *node, sj_error *error);
/* Waits for what runs; nothing may be waiting any more. */
void sj_work_close(struct node *node);

/* `share` names whom it is done for. SJ_OK: `done` will be called once, later. SJ_E_LIMIT,
 * SJ_E_NO_MEMORY: it will not. */
int sj_work_submit(struct node *node, struct work *work, enum work_lane lane, const char *share,
                   void (*run)(struct work *work), void (*done)(struct work *work, int status));
/* True: it had not begun and is forgotten, `done` is not called. False: `done` comes when it has
 * run. */
bool sj_work_cancel(struct node *node, struct work *work);

/* What waits for that share in one lane waits in another from now on; what that one has no room for
 * is told SJ_E_LIMIT soon. */
void sj_work_move_share(struct node *node, enum work_lane from, enum work_lane to,
                        const char *share);

/* For metrics and tests. */
size_t sj_work_waiting(struct node *node, enum work_lane lane);

#endif
