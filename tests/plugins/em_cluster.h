/* One cluster on the testkit with Extension Mobility: alice and bob, a profile each, and two
 * phones, SEP1 and SEP2. A call manager that resets and knows one registered address is played by
 * the test. */
#ifndef EM_CLUSTER_H
#define EM_CLUSTER_H

#include <sojourn/testkit.h>

#include "events/device.h"

extern const sj_plugin sj_plugin_descriptor;

#define MINUTE INT64_C(60000) /* in ms */
#define PAGE "/emapp/EMAppServlet?device="

struct cluster {
    sj_testkit *kit;
    size_t resets;
    sj_device_reset_mode last_mode;
    const char *registered_address; /* what registration.lookup knows, NULL: nothing */
    sj_handle *lookup;
};

/* Around each test; *state is the struct cluster. Teardown fails the test when anything is left. */
int setup(void **state);
int teardown(void **state);

/* JSON into a resource, a parameter's value; must succeed. */
void put(struct cluster *cluster, const sj_resource_meta *resource, const char *json);
void set(struct cluster *cluster, const sj_param_meta *param, const char *value);
/* A user with the PIN 12345; `profiles` and `more` are JSON, more with a comma in front. */
void put_user(struct cluster *cluster, const char *id, const char *profiles, const char *more);

/* What the phone shows at that path, once it is answered. */
const char *page(struct cluster *cluster, const char *path);
/* It shows that text. */
void expect(struct cluster *cluster, const char *path, const char *text);
/* How many sessions there are. */
size_t sessions(struct cluster *cluster);

#endif
