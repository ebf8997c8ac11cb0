/* One call of an application, shared by the files of the Extension Mobility API: em_api.c reads and
 * authenticates it, em_api_actions.c carries out logins and logouts, em_api_queries.c answers
 * queries. */
#ifndef EM_EM_API_H
#define EM_EM_API_H

#include "applications/em_api_document.h"
#include "em.h"

int em_api_open(struct em *em, sj_error *error);

struct em_api_call {
    struct em *em;
    sj_scope *scope;
    sj_http_request *request;
    struct em_api_request wanted;
    bool may_act_for_others; /* the caller has the proxy right */
    bool documented; /* wants answers in the published document type's form, where real systems have
                        another */
    char remote_address[SJ_ADDRESS_TEXT], peer_address[SJ_ADDRESS_TEXT], trace_id[EM_TRACE_ROOM];
    /* logoutAll: the last device treated, and what is still to be durable. */
    char after[EM_DEVICE_ROOM];
    size_t logouts_open, logouts_failed;
    bool all_seen;
};

/* Each ends the call. */
void em_api_answer(struct em_api_call *call, sj_xml_text *document);
void em_api_succeed(struct em_api_call *call);
void em_api_fail(struct em_api_call *call, int code, const char *cause);
/* A refusal that has been announced already. */
void em_api_refuse(struct em_api_call *call, int code);

/* Whether the caller may act for this user of this cluster: an application with the proxy right for
 * every user, an end user only for this one. */
bool em_api_may_act_for(const struct em_api_call *call, const char *user_id);
/* The caller's name when it acts as an application: it has the proxy right. Else "". */
const char *em_api_application(const struct em_api_call *call);

void em_api_log_in(struct em_api_call *call);
void em_api_log_out(struct em_api_call *call);
void em_api_log_all_out(struct em_api_call *call);
void em_api_query(struct em_api_call *call);

#endif
