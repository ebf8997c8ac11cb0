/* The query of a request. */
#ifndef HOST_REST_QUERY_H
#define HOST_REST_QUERY_H

#include <sojourn/http.h>
#include <sojourn/schema.h>

/* Whether each parameter of the query has one of the names. False after a reply. `also`
 * NULL-terminated. */
bool rest_query_known(sj_http_request *request, const sj_record_meta *meta,
                      const char *const *also);

#endif
