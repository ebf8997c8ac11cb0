/* What plugins declare, made known to the parts of the host and taken back. The parts get copies
 * that are the host's and live as long as the loader, so that nothing of a plugin's memory is
 * looked at once its code is gone. */
#ifndef SJ_HOST_PLUGIN_DECLARED_H
#define SJ_HOST_PLUGIN_DECLARED_H

#include <sojourn/error.h>
#include <sojourn/schema.h>

struct node;
struct declared;

/* The copy of what the file with this digest declares: the one made before, or a new one. NULL when
 * memory is short. */
const sj_schema *sj_declared_copy(struct declared **all, const char *digest,
                                  const sj_schema *schema);
void sj_declared_free(struct declared **all);

/* Becomes known to the policy engine (for good), the bus and the store. After an error nothing is
 * known of it. */
int sj_declared_add(struct node *node, const sj_schema *copy, sj_error *error);
/* The code goes away: forgets what it declared (`copy` may be NULL), and the addresses of its
 * copies of the built-in metadata.
 */
void sj_declared_forget(struct node *node, const sj_schema *copy);

#endif
