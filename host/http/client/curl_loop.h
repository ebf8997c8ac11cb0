/* libcurl on the loop. */
#ifndef SJ_HOST_HTTP_CLIENT_CURL_LOOP_H
#define SJ_HOST_HTTP_CLIENT_CURL_LOOP_H

#include "host/http/client/fetch.h"

int sj_curl_loop_open(struct http_client *client, sj_error *error);
void sj_curl_loop_close(struct http_client *client);

#endif
