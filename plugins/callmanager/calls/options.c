/* OPTIONS that this node sends, through the transactions. */
#include "calls/options.h"

#include <stdio.h>

bool options_send(struct call_manager *manager, const char *uri, const struct sip_flow *flow,
                  struct sip_text headers, const struct sip_timers *timers,
                  const struct sip_transaction_events *events, void *user) {
    struct sip_writer writer = call_manager_writer(manager);
    char branch[32], token[SIP_TAG];
    call_manager_token(manager, token);
    (void)snprintf(branch, sizeof branch, "z9hG4bK%s", token);
    call_manager_token(manager, token);
    sip_put(&writer, "OPTIONS ");
    sip_put(&writer, uri);
    sip_put(&writer, " SIP/2.0\r\n");
    sip_put_own_via(manager, &writer, branch, flow);
    sip_put(&writer, "Max-Forwards: 70\r\nFrom: <sip:");
    sip_put_host(&writer, call_manager_address(manager, flow), 0);
    sip_put(&writer, ">;tag=");
    sip_put(&writer, token);
    sip_put(&writer, "\r\nTo: <");
    sip_put(&writer, uri);
    sip_put(&writer, ">\r\nCall-ID: ");
    sip_put(&writer, branch + 7);
    sip_put(&writer, "@");
    sip_put(&writer, call_manager_address(manager, flow));
    sip_put(&writer, "\r\nCSeq: 1 OPTIONS\r\nUser-Agent: Sojourn/" SOJOURN_VERSION "\r\n");
    sip_put_own_contact(manager, &writer, "", flow);
    sip_put(&writer, "Accept: application/sdp\r\n");
    sip_put_bytes(&writer, headers.at, headers.length);
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    return !writer.overflow &&
           sip_client_begin_timed(&manager->transactions, timers, SIP_OPTIONS, branch, flow,
                                  writer.data, writer.used, events, user) != NULL;
}
