/* Two clusters on the testkit with Extension Mobility, HQ (home of alice) and BR (where the phone
 * stands), and a network between them that the test controls: it can lose, double or delay each
 * request and each answer, and kill a node. */
#ifndef EM_WORLD_H
#define EM_WORLD_H

#include <sojourn/base/list.h>
#include <sojourn/testkit.h>

#define MINUTE INT64_C(60000) /* in ms */
#define PHONE "SEP001122334455"
#define BR_PAGE "/emapp/EMAppServlet?device=" PHONE "&EMCC=true"

enum { HQ, BR, CLUSTERS };

/* What happens to one message, request or answer. */
enum fault {
    FAULT_NONE,
    FAULT_LOSE_REQUEST,
    FAULT_LOSE_ANSWER,
    FAULT_DOUBLE_REQUEST,
    FAULT_DELAY_REQUEST,
    FAULT_DELAY_ANSWER,
    FAULT_KILL_RECEIVER_BEFORE,
    FAULT_KILL_RECEIVER_AFTER,
    FAULT_KILL_SENDER,
    FAULTS
};

struct world {
    sj_testkit *kits[CLUSTERS];
    bool cut[CLUSTERS];       /* the cluster cannot be reached */
    bool untrusted[CLUSTERS]; /* it shows a certificate that the other has not imported */
    sj_list_head transfers;   /* em_network.c */
    size_t requests;          /* sent so far between the clusters */
    /* The fault plan: what happens to the request of that number, from 0; SIZE_MAX: none. */
    size_t fault_at;
    enum fault fault;
    int64_t delay_ms; /* of what comes late; 0: 4,000 */
    /* How long it takes to compare a PIN, and until what is written is on the disk. */
    int64_t hash_ms[CLUSTERS], disk_ms[CLUSTERS];
    /* What a partner of another make answers to messages of that name instead of the cluster
     * itself; path NULL: nothing. */
    struct {
        const char *path; /* "pin" */
        int to, status;
        const char *body;
        const char *(*answer)(struct world *world, const char *path,
                              const char *asked); /* when the body depends on it */
        const char *third; /* a cluster beyond the two, which answers so as well */
    } script;
    const char *dead;        /* nodes whose addresses begin so take a connection and never answer */
    const char *alive;       /* ... but for the one whose address and port begin so; or NULL */
    const char *tftp_down;   /* the TFTP server with this address does not answer over HTTP */
    const char *tftp_answer; /* what the others answer; NULL: a file for phones */
    /* Ports of the nodes, as em_ports.c serves them: where nobody answers, and where another server
     * does ("udp 5060"). */
    const char *dead_port, *strange_port;
    const char *strange_files; /* the address that the file on TFTP's port names; NULL: its own */
    size_t connections[CLUSTERS], datagrams[CLUSTERS]; /* to these ports, seen so far */
    char last_message[4096];                           /* the body of the request sent last */
    size_t resets[CLUSTERS];                           /* device.reset answered */
    size_t kills;
};

/* Both clusters configured as after the 19 steps, with `base_devices` at HQ. */
void world_open(struct world *world, size_t base_devices);
/* Fails the test when anything is left. */
void world_close(struct world *world);
/* Time passes on both sides, and messages travel. */
void world_advance(struct world *world, int64_t ms);
/* A GET of a phone page of a cluster; returns once it is answered (or after 30 s). */
const sj_testkit_reply *world_get(struct world *world, int cluster, const char *path);
/* Alice's login and logout at BR's phone; whether the page says so. */
bool world_login(struct world *world);
bool world_logout(struct world *world, int cluster);
/* JSON into a resource, a parameter's value; must succeed. */
void world_put(struct world *world, int cluster, const sj_resource_meta *resource,
               const char *json);
void world_param(struct world *world, int cluster, const sj_param_meta *param, const char *value);
/* Stops Extension Mobility at once and starts it again from the store. */
void world_kill(struct world *world, int cluster);

/* Around a test that wants two base devices; *state is the world. */
int setup(void **state);
int teardown(void **state);
/* The login of `id` with `pin` at BR's phone shows `text`. */
void expect(struct world *world, const char *id, const char *pin, const char *text);
/* Alice as she is, with more fields: JSON that begins with a comma. */
void put_user(struct world *world, const char *more);

/* What is in the stores: active sessions of a cluster; base devices taken; live devices. */
size_t world_sessions(struct world *world, int cluster);
size_t world_taken(struct world *world);
size_t world_live(struct world *world, int cluster);
/* A sentence when the clusters disagree or something is left behind; NULL when all is well. */
const char *world_disagreement(struct world *world);

#endif
