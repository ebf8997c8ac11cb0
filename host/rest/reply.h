/* Answers: JSON, and problem details (RFC 9457) for what went wrong. */
#ifndef HOST_REST_REPLY_H
#define HOST_REST_REPLY_H

#include "host/record/problems.h"
#include <sojourn/base/text.h>
#include <sojourn/http.h>

/* All of these answer the request. What a GET asks for and has already (If-None-Match) is answered
 * with 304. */
/* Takes the text. That of a GET bears a weak ETag. */
void rest_reply_json(sj_http_request *request, int status, sj_text *json);
/* The same, with a strong ETag; `location` and `note` (a sentence on what was ignored, sent as the
 * header Sojourn-Note) may be NULL. */
void rest_reply_record(sj_http_request *request, int status, sj_text *json, const char *location,
                       const char *note);
void rest_reply_empty(sj_http_request *request);
void rest_reply_error(sj_http_request *request, const sj_error *error);
void rest_reply_status(sj_http_request *request, int status, const char *detail);
/* The same with a header that says what would have been right. */
void rest_reply_refusal(sj_http_request *request, int status, const char *detail, const char *name,
                        const char *value);
void rest_reply_problems(sj_http_request *request, const struct sj_problems *problems);
/* 202 for what goes on; `location` says where to look. */
void rest_reply_accepted(sj_http_request *request, sj_text *json, const char *location);
void rest_reply_text(sj_http_request *request, int status, const char *json);

/* The texts of an error and of problems, and their status. */
int rest_error_text(const sj_error *error, sj_text *json);
int rest_problems_text(const struct sj_problems *problems, sj_text *json);

#endif
