/* One port of this node is connected, as those who use it do, and who answers is looked at: SIP by
 * OPTIONS, TLS by a handshake in which this node's own certificate must be shown, HTTP and TFTP by
 * asking for what must be there. */
#ifndef EM_PORT_TRIAL_H
#define EM_PORT_TRIAL_H

#include <sojourn/sojourn.h>

enum port_kind { PORT_SIP_UDP, PORT_SIP_TCP, PORT_SIP_TLS, PORT_HTTP, PORT_HTTPS, PORT_TFTP };

/* `reason`: no server answers, or another one; NULL: the expected one does. */
typedef void (*port_tried_fn)(void *user, const char *reason);

/* `done` runs once, perhaps within the call, unless the scope closes before. */
void em_port_trial_start(sj_scope *scope, enum port_kind kind, const char *address, int port,
                         port_tried_fn done, void *user);

#endif
