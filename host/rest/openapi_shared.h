/* What the operations of the OpenAPI document share: its components but for the declared records.
 */
#ifndef HOST_REST_OPENAPI_SHARED_H
#define HOST_REST_OPENAPI_SHARED_H

#include <sojourn/base/text.h>

struct sj_catalog;

/* Each writes one member of `components`, with a comma before it. */
void openapi_shared_parameters(sj_text *out);
void openapi_shared_headers(sj_text *out);
void openapi_shared_responses(sj_text *out);
/* Members of `schemas`, without a comma before them. */
void openapi_shared_schemas(sj_text *out, const struct sj_catalog *catalog);

#endif
