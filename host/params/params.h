/* Service, enterprise and feature parameters: typed values in memory, kept in the store's table
 * param. Loop thread only. */
#ifndef HOST_PARAMS_PARAMS_H
#define HOST_PARAMS_PARAMS_H

#include <cjson/cJSON.h>

#include <sojourn/base/text.h>
#include <sojourn/host.h>

#include "host/record/problems.h"

struct node;

/* The store must be open. The parameter Cluster ID takes its first value from the node's facts, and
 * they follow it from then on. */
int sj_params_open(struct node *node, sj_error *error);
void sj_params_close(struct node *node);
/* Addresses of metadata that are going away with a plugin's code are forgotten, and the values of
 * parameters that no declaration in the store's catalog knows any more. */
void sj_params_forget_addresses(struct node *node);

/* Checks a value and writes it (in the transaction that is open, if any); null goes back to the
 * default. *changed tells whether it was another one before. Problems are added under `path`. */
int sj_params_set(struct node *node, const sj_param_meta *meta, const cJSON *value,
                  const struct sj_path *path, struct sj_problems *problems, bool *changed);
/* {"service","symbol","name","title","value","default",...} */
void sj_params_write(struct node *node, const sj_param_meta *meta, sj_text *out);

/* The functions of the host table. */
int64_t sj_host_param_integer(sj_scope *scope, const sj_param_meta *meta);
const char *sj_host_param_text(sj_scope *scope, const sj_param_meta *meta);

#endif
