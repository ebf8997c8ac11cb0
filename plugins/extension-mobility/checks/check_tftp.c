/* Whether the TFTP servers that travellers' phones are sent to serve files: activated, and answering now. */
#include "checks/check_tftp.h"

#include "parameters/emcc.h"
#include "resources/node.h"

enum { TFTP_TIMEOUT_MS = 3000 };

struct tftp_server {
    struct check_tftp *all;
    const char *title;
    char address[256], problem[EM_CAUSE_ROOM];
    int64_t port;
};

struct check_tftp {
    struct em *em;
    check_tftp_fn done;
    void *user;
    size_t open;
    struct tftp_server servers[2];
};

/* The node behind a name or an address, or NULL. */
static sj_cluster_node *find_node(sj_scope *scope, const char *server) {
    const sj_query by_address = {.field = "address", .value = server, .limit = 1};
    sj_cluster_node *node = NULL;
    sj_list nodes = {0};
    if (sj_cluster_node_get(scope, server, &node, NULL) == SJ_OK) {
        return node;
    }
    if (sj_cluster_node_list(scope, &by_address, &nodes, NULL) == SJ_OK && nodes.count > 0) {
        (void)sj_cluster_node_get(scope, sj_cluster_node_at(&nodes, 0)->name, &node, NULL);
    }
    sj_list_free(scope, &nodes);
    return node;
}

static void finish(struct check_tftp *all) {
    const char *problems[2];
    size_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        if (all->servers[i].problem[0] != '\0') {
            problems[count++] = all->servers[i].problem;
        }
    }
    all->done(all->user, problems, count);
}

static void fetched(void *user, const sj_http_result *result) {
    struct tftp_server *server = user;
    if (result->status != SJ_OK) {
        em_print(server->problem, sizeof server->problem,
                 "%s is %s, which does not answer on port %lld: travellers' phones find no file (%.200s).", server->title,
                 server->address, (long long)server->port, result->error != NULL ? result->error->text : "");
    }
    if (--server->all->open == 0) {
        finish(server->all);
    }
}

/* True when its answer will come. */
static bool ask(struct check_tftp *all, sj_scope *scope, struct tftp_server *server, const char *name) {
    sj_scope *em_scope = all->em->scope;
    sj_cluster_node *node = em_given(name) ? find_node(em_scope, name) : NULL;
    sj_service_activation *activation = NULL;
    sj_address parsed;
    sj_error error = {0};
    char key[320], url[320];
    bool activated = true;
    server->all = all;
    em_copy(server->address, name);
    server->port = em_scope->host->node->tftp_http_port;
    if (node != NULL) {
        em_copy(server->address, node->address);
        server->port = node->tftp_http_port;
        em_print(key, sizeof key, "tftp@%s", node->name);
        activated = sj_service_activation_get(em_scope, key, &activation, NULL) == SJ_OK && activation->activated;
        sj_record_free(em_scope, activation);
    }
    sj_record_free(em_scope, node);
    if (!em_given(name) || sj_address_parse(server->address, 0, &parsed) != SJ_OK) {
        return false; /* Validate says so */
    }
    if (!activated) {
        em_print(server->problem, sizeof server->problem,
                 "%s is %s, where Cisco TFTP is not activated: travellers' phones find no file.", server->title,
                 server->address);
        return false;
    }
    const bool bare_ipv6 = strchr(server->address, ':') != NULL;
    em_print(url, sizeof url, "http://%s%s%s:%lld/", bare_ipv6 ? "[" : "", server->address, bare_ipv6 ? "]" : "",
             (long long)server->port);
    const sj_http_call call = {.size = sizeof call, .method = "GET", .url = url, .timeout_ms = TFTP_TIMEOUT_MS};
    return sj_http_fetch(scope, &call, fetched, server, &error) != NULL;
}

void check_tftp_servers(struct em *em, sj_scope *scope, check_tftp_fn done, void *user) {
    struct check_tftp *all = sj_scope_alloc(scope, sizeof *all);
    if (all == NULL) {
        done(user, NULL, 0);
        return;
    }
    all->em = em;
    all->done = done;
    all->user = user;
    all->servers[0].title = "Default TFTP Server for EMCC Login Device";
    all->servers[1].title = "Backup TFTP Server for EMCC Login Device";
    all->open = 1; /* until both are asked */
    all->open += ask(all, scope, &all->servers[0], sj_param_emcc_default_tftp_server(em->scope));
    all->open += ask(all, scope, &all->servers[1], sj_param_emcc_backup_tftp_server(em->scope));
    if (--all->open == 0) {
        finish(all);
    }
}
