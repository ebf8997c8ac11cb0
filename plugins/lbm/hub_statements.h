/* What hubs say to each other, between hub_network.c and hub_statements.c: what this cluster
 * states, as far as the other does not have it; and what another states, newer than what is known.
 * Pure. */
#ifndef LBM_HUB_STATEMENTS_H
#define LBM_HUB_STATEMENTS_H

#include "hub_network.h"

enum { LBM_CHANCE_BITS = 16 }; /* the lowest of an incarnation; above them stands the time */

extern const struct lbm_statement lbm_nothing_stated;

/* Whether somebody who has that has the locations and links of this cluster. */
bool lbm_hub_has_topology(const struct lbm_hubs *hubs, const struct lbm_versions *there);
/* A message to that hub, which has what `there` says of this cluster. */
void lbm_hub_say(struct lbm_hubs *hubs, struct lbm_hub *hub, enum lbm_message_type type,
                 const struct lbm_versions *there, sj_text *out);
/* What a message of that hub brings that is newer; from which address it came, "" when it is an
 * answer. NULL, or why nothing of it can be used. */
const char *lbm_hub_hear(struct lbm_hubs *hubs, struct lbm_hub *hub, struct lbm_message *message,
                         const char *address, int64_t now);

/* What its calls take counts no longer; nor what it has stated of locations and links. */
void lbm_hub_give_back(struct lbm_hubs *hubs, struct lbm_hub *hub);
void lbm_hub_forget_topology(struct lbm_hubs *hubs, struct lbm_hub *hub);

/* hub_network.c: the hub of that cluster, made when it is not known. NULL: there are too many, or
 * no memory. */
struct lbm_hub *lbm_hubs_named(struct lbm_hubs *hubs, const char *cluster_id, int64_t now);

#endif
