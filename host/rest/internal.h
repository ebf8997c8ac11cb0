/* What the files of the REST interface share. */
#ifndef HOST_REST_INTERNAL_H
#define HOST_REST_INTERNAL_H

#include <cjson/cJSON.h>

#include <sojourn/base/text.h>
#include <sojourn/http.h>

#include "host/core/node.h"
#include "host/http/server.h"
#include "host/record/catalog.h"
#include "host/record/json.h"
#include "host/record/problems.h"
#include "host/rest/rest.h"

#define REST_PREFIX "/api/v1/"

/* How records that people give are read: a PUT, an apply. */
enum { REST_READS_GIVEN = SJ_JSON_SKIP_READ_ONLY | SJ_JSON_ONE_LINE | SJ_JSON_SECRET_OR_NULL };

struct rest {
    struct node *node;
    const struct sj_catalog *catalog;
    struct rest_logins *logins;
    struct rest_applies *applies;
    struct rest_stream *streams; /* of live events */
    sj_metric *kept_bytes;       /* of those events */
};

/* reply.c. All settle the request. */
void rest_reply_json(sj_http_request *request, int status, sj_text *json); /* takes the text */
/* The same, with an ETag; `location` and `note` (a sentence on what was ignored, sent as the header
 * Sojourn-Note) may be NULL.
 */
void rest_reply_record(sj_http_request *request, int status, sj_text *json, const char *location,
                       const char *note);
void rest_reply_empty(sj_http_request *request);
void rest_reply_error(sj_http_request *request, const sj_error *error);
void rest_reply_status(sj_http_request *request, int status, const char *detail);
void rest_reply_problems(sj_http_request *request, const struct sj_problems *problems);
/* 202 for what goes on; `location` says where to look. */
void rest_reply_accepted(sj_http_request *request, sj_text *json, const char *location);
void rest_reply_text(sj_http_request *request, int status, const char *json);
/* The texts of the two above, and their status. */
int rest_error_text(const sj_error *error, sj_text *json);
int rest_problems_text(const struct sj_problems *problems, sj_text *json);
int rest_status_of(int code);
void rest_etag(const sj_text *json, char out[24]);
/* Whether what is stored, as JSON (NULL: nothing), is what the request's If-Match says, when it
 * says anything. False after the reply 412. */
bool rest_if_match(sj_http_request *request, const sj_text *json);

/* query.c: does each parameter of the query have one of the names? False after a reply. `also`
 * NULL-terminated. */
bool rest_query_known(sj_http_request *request, const sj_record_meta *meta,
                      const char *const *also);

/* The handlers of the paths below /api/v1/; `rest` is what follows the first word, without its
 * slash, or "". */
void rest_resource(struct rest *rest, sj_http_request *request, const sj_resource_meta *meta,
                   const char *key);
void rest_parameters(struct rest *rest, sj_http_request *request, const char *path);
void rest_do(struct rest *rest, sj_http_request *request, const char *path);
void rest_apply(struct rest *rest, sj_http_request *request, const char *job_id);
void rest_schema(struct rest *rest, sj_http_request *request);
void rest_openapi(struct rest *rest, sj_http_request *request);
void rest_events(struct rest *rest, sj_http_request *request);
void rest_events_close(struct rest *rest);
void rest_trace(struct rest *rest, sj_http_request *request, const char *id);

/* helpers.c */
void rest_escape(sj_text *out, const char *segment); /* percent-encodes */
/* Who makes the request: the user who has authenticated, or whose process is at the other end of
 * the unix socket. */
enum { REST_ASKER = 129 };
const char *rest_asker(sj_http_request *request, char name[REST_ASKER]);
/* A line in the log: what was changed, by whom, from where. */
void rest_note_change(const struct rest *rest, sj_http_request *request, const char *what);
/* One field, or those that only services write, take over what `stored` (in the second case: or
 * NULL) has. */
void rest_keep_field(const sj_field *field, void *record, const void *stored);
void rest_keep_read_only(const sj_record_meta *meta, void *record, const void *stored);

/* apply_job.c: applies that are jobs. */
int rest_applies_open(struct rest *rest, sj_error *error);
void rest_applies_close(struct rest *rest);

/* login.c: Basic authentication of administrators, and of those who may only read. */
int rest_logins_open(struct rest *rest, sj_error *error);
void rest_logins_close(struct rest *rest);
/* The same for anybody who has a password, administrator or not. */
void rest_login_anybody(struct rest *rest, const sj_address *peer, const char *authorization,
                        sj_authenticated_fn done, void *user);
/* Whether who makes the request may do everything here, not only read: as it is now. */
bool rest_may_do_everything(struct rest *rest, sj_http_request *request);
/* Whether the user's password is good for nothing but its change; then a sentence is in `why`. */
bool rest_login_outdated(struct rest *rest, const char *name, char why[240]);
/* known_hosts.c: requests that name another host are answered 421. */
void rest_known_hosts_open(struct rest *rest);
/* own_password.c: PUT /api/v1/own_password */
void rest_own_password(void *user, sj_http_request *request);

#endif
