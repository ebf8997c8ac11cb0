/* The one way onto the loop from another thread. */
#ifndef SJ_HOST_CORE_POST_H
#define SJ_HOST_CORE_POST_H

#include <sojourn/types.h>

struct node;

int sj_post_open(struct node *node, sj_error *error);
void sj_post_close(struct node *node); /* what is still queued is run first */

/* Runs run(data) on the loop, in the order posted. From any thread. SJ_E_NO_MEMORY, or SJ_E_LIMIT
 * when 65,536 wait. */
int sj_post(struct node *node, void (*run)(void *data), void *data);

#endif
