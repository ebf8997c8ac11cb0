/* The typed bus: events, requests, and the registry of what is declared. The rules are in
 * sojourn/bus.h.
 *
 * bus.c            channels, subscriptions, publishing
 * requests.c       asking, answering, deadlines
 * shape.c          whether two parties' declarations agree
 * taps.c           taps, and requests asked in JSON (REST, shell)
 * declarations.c   which events and requests are declared, built in and by plugins */
#ifndef SJ_HOST_BUS_BUS_H
#define SJ_HOST_BUS_BUS_H

#include <sojourn/types.h>

struct node;

enum { SJ_BUS_DEPTH = 16 };

int sj_bus_open(struct node *node, sj_error *error);
void sj_bus_close(struct node *node);

/* Declarations. A schema stays until it is removed (before its plugin is unmapped). SJ_E_CONFLICT
 * when it declares an event or a request of a name that exists already with another fingerprint. */
int sj_bus_add_schema(struct node *node, const sj_schema *schema, sj_error *error);
void sj_bus_remove_schema(struct node *node, const sj_schema *schema);
const sj_record_meta *sj_bus_find_event(struct node *node, const char *name);
const sj_request_meta *sj_bus_find_request(struct node *node, const char *name);
void sj_bus_each_event(struct node *node, void (*visit)(void *user, const sj_record_meta *event),
                       void *user);
void sj_bus_each_request(struct node *node,
                         void (*visit)(void *user, const sj_request_meta *request), void *user);

/* The owner's name that answers a request now, or NULL. */
const char *sj_bus_answerer(struct node *node, const char *name);

/* A tap gets each event of `type` (NULL: of all types) as JSON, SJ_FIELD_SENSITIVE members left
 * out. Owned by the node; end it with sj_host_handle_close. */
typedef void (*sj_bus_tap_fn)(void *user, const char *type, const char *json);
sj_handle *sj_bus_tap(struct node *node, const char *type, sj_bus_tap_fn callback, void *user);

/* Asks a declared request with its fields as JSON ("" or NULL: none). The callback runs exactly
 * once, later; `json` is the reply when status is SJ_OK. Returns an error (and makes no callback)
 * for an unknown name or a bad body. */
typedef void (*sj_bus_json_fn)(void *user, int status, const sj_error *error, const char *json);
int sj_bus_ask_json(struct node *node, const char *name, const char *json, sj_bus_json_fn callback,
                    void *user, sj_error *error);

/* The functions of the host table. */
sj_topic *sj_host_event_topic(sj_scope *scope, const sj_record_meta *event, sj_error *error);
void sj_host_event_publish(sj_topic *topic, const void *event);
sj_handle *sj_host_event_subscribe(sj_scope *scope, const char *here, const sj_record_meta *event,
                                   sj_event_fn handler, void *user, sj_error *error);
int sj_host_request_ask(sj_scope *scope, const char *here, const sj_request_meta *meta,
                        const void *request, int64_t deadline_ms, sj_reply_fn reply, void *user,
                        sj_error *error);
sj_handle *sj_host_request_answer(sj_scope *scope, const char *here, const sj_request_meta *meta,
                                  sj_question_fn handler, void *user, sj_error *error);
void sj_host_question_reply(sj_question *question, const void *reply);
void sj_host_question_fail(sj_question *question, int code, const char *field, const char *text);

#endif
