/* Counts visitors by the cluster they come from. Pure: no host, no I/O; the memory is the caller's.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TALLY_CLUSTERS = 64
}; /* more than an EMCC network has; further ones are counted together as "others" */

struct tally_cluster {
    char id[51];
    int64_t now, most, logins;
};

struct tally {
    struct tally_cluster clusters[TALLY_CLUSTERS];
    size_t count;
    int64_t now;
};

void tally_login(struct tally *tally, const char *cluster_id);
/* A logout of somebody who came before the tally began changes nothing. */
void tally_logout(struct tally *tally, const char *cluster_id);

#endif
