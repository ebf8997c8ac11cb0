/* Calls to other servers: http, https and sftp through libcurl on the loop, file URLs on the pool.
 * What plugins see is explained in <sojourn/http.h>. */
#ifndef SJ_HOST_HTTP_CLIENT_H
#define SJ_HOST_HTTP_CLIENT_H

#include <sojourn/http.h>

struct node;

int sj_http_client_open(struct node *node, sj_error *error);
/* Calls still under way get no callback. Completes on the loop. */
void sj_http_client_close(struct node *node);

sj_handle *sj_host_http_fetch(sj_scope *scope, const char *here, const sj_http_call *call,
                              sj_http_result_fn done, void *user, sj_error *error);

#endif
