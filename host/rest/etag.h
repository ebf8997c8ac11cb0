/* The ETag of a record, and the If-Match of a request (RFC 9110, 8.8.3 and 13.1.1). */
#ifndef HOST_REST_ETAG_H
#define HOST_REST_ETAG_H

#include <sojourn/base/text.h>
#include <sojourn/http.h>

enum { REST_ETAG = 24 };

void rest_etag(const sj_text *json, char out[REST_ETAG]);
/* Whether what is stored, as JSON (NULL: nothing), is what the request's If-Match says, when it
 * says anything. False after the reply 412. */
bool rest_if_match(sj_http_request *request, const sj_text *json);

#endif
