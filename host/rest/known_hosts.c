/* Under which host names the node's web servers are reached: a request that names another one comes
 * from a page that made its own name lead here (DNS rebinding), or is for somebody else. */
#include "host/rest/known_hosts.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/x509v3.h>

#include <sojourn/net.h>
#include <sojourn/node_address.h>

#include "host/http/server.h"
#include "host/net/address.h"
#include "host/rest/host_name.h"
#include "host/rest/internal.h"
#include "host/tls/context.h"
#include "host/tls/identity.h"
#include "parameters/enterprise.h"

/* The name of the machine, with and without its domain. */
static bool is_of_machine(const char *name) {
    char machine[SJ_HOST_NAME_ROOM] = "";
    if (gethostname(machine, sizeof machine - 1) != 0) {
        return false;
    }
    if (sj_host_name_in(name, machine)) {
        return true;
    }
    machine[strcspn(machine, ".")] = '\0';
    return sj_host_name_in(name, machine);
}

static bool is_of_node(const sj_node *node, const char *name) {
    bool found = false;
    for (size_t i = 0; i < sj_node_address_count(node) && !found; i++) {
        found = sj_host_name_in(name, sj_node_address(node, i));
    }
    return found;
}

static bool is_in_certificate(struct node *node, const char *name) {
    const struct identity *identity =
        node->facts.https_port >= 0 ? sj_tls_identity(node, SJ_IDENTITY_TOMCAT, NULL) : NULL;
    return identity != NULL && (X509_check_host(identity->certificate, name, 0, 0, NULL) == 1 ||
                                X509_check_ip_asc(identity->certificate, name, 0) == 1);
}

static bool is_known(struct node *node, const char *host, const sj_address *local,
                     const sj_address *peer) {
    char name[SJ_HOST_NAME_ROOM], address[SJ_ADDRESS_TEXT];
    if (!sj_host_name_read(host, name)) {
        return false;
    }
    (void)sj_address_format(local, address, sizeof address);
    return sj_host_name_in(name, address) || is_of_node(&node->facts, name) ||
           sj_host_name_in(name, node->facts.name) ||
           (sj_address_is_loopback(peer) && strcmp(name, "localhost") == 0) ||
           is_of_machine(name) ||
           sj_host_name_in(name, sj_param_enterprise_web_host_names(node->scope)) ||
           is_in_certificate(node, name);
}

void rest_known_hosts_open(struct rest *rest) {
    sj_http_set_host_check(rest->node, is_known);
}
