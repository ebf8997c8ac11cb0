/* The parts of the host, in the order in which they are opened; closed in the reverse one. */
#ifndef SJ_HOST_NODE_PARTS_H
#define SJ_HOST_NODE_PARTS_H

#include <sojourn/error.h>

struct node;

/* Opens all, or none: on failure what was open has been closed again, and the sentence names the
 * part. */
int sj_parts_open(struct node *node, sj_error *error);
/* The plugins must have been stopped. */
void sj_parts_close(struct node *node);

/* What SIGHUP asks for: certificates and policies are read again. */
void sj_parts_reload(struct node *node);

#endif
