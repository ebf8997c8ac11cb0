/* ETags, and the conditions that requests make with them (RFC 9110, 8.8.3 and 13.1). */
#ifndef HOST_REST_ETAG_H
#define HOST_REST_ETAG_H

#include <sojourn/base/text.h>
#include <sojourn/http.h>

enum { REST_ETAG = 24 };

void rest_etag(const sj_text *json, char out[REST_ETAG]);
/* The same, weak: of what leaves with and without compression. */
void rest_weak_etag(const sj_text *json, char out[REST_ETAG]);
/* Whether what is stored, as JSON (NULL: nothing), lets the request's If-Match and If-None-Match
 * write, when there are such. False after the reply 412. */
bool rest_conditions_hold(sj_http_request *request, const sj_text *json);
/* Whether the client of a GET has what bears this ETag: its If-None-Match says so. */
bool rest_client_has(const sj_http_request *request, const char *etag);

#endif
