/* One call of an application, shared by the files of the Extension Mobility API: em_api.c reads and authenticates it,
 * em_api_actions.c carries out logins and logouts, em_api_queries.c answers queries. */
#ifndef EM_EM_API_H
#define EM_EM_API_H

#include "applications/em_api_document.h"
#include "em.h"

struct api_call {
    struct em *em;
    sj_scope *scope;
    sj_http_request *request;
    struct api_request wanted;
    bool may_act_for_others; /* the caller has the proxy right */
    bool documented;         /* wants answers in the published document type's form, where real systems have another */
    char remote_address[SJ_ADDRESS_TEXT], peer_address[SJ_ADDRESS_TEXT], trace_id[EM_TRACE_ROOM];
    /* logoutAll: the last device treated, and what is still to be durable. */
    char after[EM_DEVICE_ROOM];
    size_t logouts_open, logouts_failed;
    bool all_seen;
};

/* Each ends the call. */
void api_answer(struct api_call *call, sj_xml_text *document);
void api_succeed(struct api_call *call);
void api_fail(struct api_call *call, int code, const char *cause);
/* A refusal that has been announced already. */
void api_refuse(struct api_call *call, int code);

/* Whether the caller may act for this user of this cluster: an application with the proxy right for anybody, an end user for
 * nobody else. */
bool api_may_act_for(const struct api_call *call, const char *user_id);
/* The caller's name when it acts as an application: it has the proxy right. Else "". */
const char *api_application(const struct api_call *call);

void api_log_in(struct api_call *call);
void api_log_out(struct api_call *call);
void api_log_all_out(struct api_call *call);
void api_query(struct api_call *call);

#endif
