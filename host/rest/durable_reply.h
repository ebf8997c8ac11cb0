/* An answer that leaves once all that was committed since the request came is on the disk: for what
 * is written by others than who answers, as a service that does a command. */
#ifndef HOST_REST_DURABLE_REPLY_H
#define HOST_REST_DURABLE_REPLY_H

#include <sojourn/base/text.h>
#include <sojourn/http.h>

struct rest;
struct rest_durable;
struct rest_once;

enum { REST_HELD_MOST = 1000, REST_HELD_BYTES = 16 << 20 }; /* answers that wait for the disk */

/* NULL after a reply: out of memory, too many answers wait already, or the node stops. Ends with
 * one of the others. */
struct rest_durable *rest_durable_begin(struct rest *rest, sj_http_request *request);
/* The same for an answer that rests on what an earlier request has committed: it leaves once all
 * that is committed by then is on the disk. */
struct rest_durable *rest_durable_begin_repeat(struct rest *rest, sj_http_request *request);
/* Takes the text. `location`: NULL, or the header's value. When the disk fails, that is the answer.
 */
void rest_durable_reply(struct rest_durable *durable, int status, sj_text *json,
                        const char *location);
/* The same for what was refused. */
void rest_durable_fail(struct rest_durable *durable, const sj_error *error);
/* What it is answered in the end is noted for the same request, if that comes (idempotency.h);
 * NULL: is not. */
void rest_durable_remember(struct rest_durable *durable, struct rest_once *once);
/* The request is answered otherwise. */
void rest_durable_drop(struct rest_durable *durable);

#endif
