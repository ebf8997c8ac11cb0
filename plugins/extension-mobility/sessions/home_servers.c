/* What serves a traveller's phone in the home cluster: TFTP servers, which its login is answered
 * with, and a call manager. Without either it would be logged in and come back with nothing. */
#include "sessions/home_servers.h"

#include "clusters/activations.h"
#include "parameters/emcc.h"
#include "resources/node.h"

/* By name or address; NULL when it is none. Free with sj_record_free. */
static sj_cluster_node *find_node(sj_scope *scope, const char *server) {
    const sj_query by_address = {.field = "address", .value = server, .limit = 1};
    sj_list nodes = {0};
    sj_cluster_node *node = NULL;
    if (sj_cluster_node_get(scope, server, &node, NULL) != SJ_OK &&
        sj_cluster_node_list(scope, &by_address, &nodes, NULL) == SJ_OK && nodes.count > 0) {
        (void)sj_cluster_node_get(scope, sj_cluster_node_at(&nodes, 0)->name, &node, NULL);
    }
    sj_list_free(scope, &nodes);
    return node;
}

/* A node that serves no files now is left out. False when `server` is neither a node of this
 * cluster nor an address. */
static bool add_tftp_server(sj_scope *scope, const char *server, struct em_home_servers *servers) {
    sj_cluster_node *node = find_node(scope, server);
    sj_address parsed;
    const bool found =
        node != NULL ? node->address[0] != '\0' : sj_address_parse(server, 0, &parsed) == SJ_OK;
    if (found && (node == NULL || em_service_is_active_on(scope, "tftp", node->name))) {
        if (node != NULL && servers->tftp_count == 0) {
            servers->tftp_http_port = node->tftp_http_port;
        }
        em_copy(servers->tftp[servers->tftp_count], node != NULL ? node->address : server);
        servers->tftp_count++;
    }
    sj_record_free(scope, node);
    return found;
}

bool em_home_servers_find(struct em *em, const char *device_name, struct em_home_servers *servers,
                          char cause[EM_CAUSE_ROOM]) {
    sj_scope *scope = em->scope;
    const char *default_server = sj_param_emcc_default_tftp_server(scope);
    const char *backup_server = sj_param_emcc_backup_tftp_server(scope);
    servers->tftp_count = 0;
    servers->tftp_http_port = scope->host->node->tftp_http_port;
    if (!sj_given(default_server)) {
        em_print(cause, EM_CAUSE_ROOM, "Default TFTP Server for EMCC Login Device is not set");
        return false;
    }
    if (!add_tftp_server(scope, default_server, servers)) {
        em_print(cause, EM_CAUSE_ROOM,
                 "Default TFTP Server for EMCC Login Device is %.100s; expected a node of this "
                 "cluster or an "
                 "address",
                 default_server);
        return false;
    }
    if (sj_given(backup_server) && !add_tftp_server(scope, backup_server, servers)) {
        em_print(cause, EM_CAUSE_ROOM,
                 "Backup TFTP Server for EMCC Login Device is %.100s; expected a node of this "
                 "cluster or an "
                 "address",
                 backup_server);
        return false;
    }
    if (servers->tftp_count == 0) {
        em_print(cause, EM_CAUSE_ROOM,
                 "Cisco TFTP is not activated on %.100s%s%.100s of the home cluster, so that %s "
                 "would find no file: sojourn "
                 "service activate tftp",
                 default_server, sj_given(backup_server) ? " and " : "",
                 sj_given(backup_server) ? backup_server : "", device_name);
        return false;
    }
    if (!em_service_is_active(scope, "callmanager")) {
        em_print(cause, EM_CAUSE_ROOM,
                 "Cisco CallManager is not activated on any node of the home cluster, so that %s "
                 "would have nothing to "
                 "register with: sojourn service activate callmanager",
                 device_name);
        return false;
    }
    return true;
}
