/* Observes whether the servers of this and other clusters answer. */
#include "checks/observe.h"

#include "checks/default_file.h"
#include "checks/findings.h"
#include "checks/port_trial.h"
#include "clusters/activations.h"
#include "events/sip_trunk.h"
#include "parameters/emcc.h"
#include "reporting/error_codes.h"
#include "resources/node.h"
#include "resources/remote_cluster.h"

enum { FETCH_MS = 3000, TRUNKS_MS = 8000, FILE_MAX = 65536, TFTP_HTTP_PORT = 6970 };

/* One server that is tried. */
struct trial {
    struct trial *next;
    struct observing *all;
    const char *title, *cluster_id, *consequence; /* of the scope */
    char address[256];
    int64_t port;
};

struct observing {
    struct em *em;
    sj_scope *scope;
    struct em_observations observations;
    observed_fn done;
    void *user;
    size_t open; /* answers that are still to come */
    struct trial *trials;
    struct own_port *ports;
};

/* A port that this node promises. */
struct own_port {
    struct observing *all;
    const char *title, *consequence;
    int number;
};

static void report(struct observing *all, const char *cluster_id, bool problem, const char *format,
                   ...) SJ_PRINTF(4, 5);
static void report(struct observing *all, const char *cluster_id, bool problem, const char *format,
                   ...) {
    struct em_observations *observations = &all->observations;
    char text[2 * EM_CAUSE_ROOM];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct em_observation *found = sj_scope_alloc(all->scope, sizeof *found);
    const char *sentence = sj_scope_strdup(all->scope, text);
    if (found == NULL || sentence == NULL) {
        observations->incomplete = true;
        return;
    }
    *found =
        (struct em_observation){.cluster_id = cluster_id, .problem = problem, .sentence = sentence};
    *observations->last = found;
    observations->last = &found->next;
}

static void complete_one(struct observing *all) {
    if (--all->open == 0) {
        all->observations.at = sj_wall_ms(all->scope);
        all->done(all->user, &all->observations);
    }
}

/* ---- TFTP servers ---- */

static void fetched(void *user, const sj_http_result *result) {
    struct trial *trial = user;
    struct observing *all = trial->all;
    if (result->status != SJ_OK) {
        report(all, trial->cluster_id, true,
               "%s is %s, which does not answer on port %lld: %s (%.200s).", trial->title,
               trial->address, (long long)trial->port, trial->consequence,
               result->error != NULL ? result->error->text : "");
    } else if (result->http_status != 200 || !em_default_file_is(result->body)) {
        report(all, trial->cluster_id, true,
               "%s is %s, which answers on port %lld and serves no %s: another server answers "
               "there (HTTP status %d), %s.",
               trial->title, trial->address, (long long)trial->port, default_file_name,
               result->http_status, trial->consequence);
    } else if (!sj_given(trial->cluster_id) && !em_default_file_is_own(all->scope, result->body)) {
        report(all, "", true,
               "%s is %s, which answers on port %lld and serves the files of another cluster: its "
               "%s names no node of this one, "
               "%s.",
               trial->title, trial->address, (long long)trial->port, default_file_name,
               trial->consequence);
    }
    complete_one(all);
}

/* A server is tried once, for whatever is said of it first. */
static bool is_tried(const struct observing *all, const char *address, int64_t port) {
    for (const struct trial *trial = all->trials; trial != NULL; trial = trial->next) {
        if (strcmp(trial->address, address) == 0 && trial->port == port) {
            return true;
        }
    }
    return false;
}

static void try_tftp(struct observing *all, const char *cluster_id, const char *title,
                     const char *address, int64_t port, const char *consequence) {
    char url[384];
    sj_error error = {0};
    if (is_tried(all, address, port)) {
        return;
    }
    struct trial *trial = sj_scope_alloc(all->scope, sizeof *trial);
    if (trial == NULL) {
        all->observations.incomplete = true;
        return;
    }
    *trial = (struct trial){.next = all->trials,
                            .all = all,
                            .title = title,
                            .cluster_id = cluster_id,
                            .consequence = consequence,
                            .port = port};
    all->trials = trial;
    em_copy(trial->address, address);
    sj_http_url(url, sizeof url, "http", address, port, default_file_name);
    const sj_http_call call = {.size = sizeof call,
                               .method = "GET",
                               .url = url,
                               .timeout_ms = FETCH_MS,
                               .answer_max = FILE_MAX};
    all->open++;
    if (sj_http_fetch(all->scope, &call, fetched, trial, &error) == NULL) {
        report(all, cluster_id, true, "%s is %s, which could not be asked: %s", title, address,
               error.text);
        all->open--;
    }
}

/* A server that travellers' phones are sent to, by the name or address of a node of this cluster.
 */
static void try_configured(struct observing *all, const sj_list *nodes, const char *title,
                           const char *server) {
    static const char consequence[] = "travellers' phones find no file";
    sj_address parsed;
    for (size_t i = 0; i < nodes->count; i++) {
        const sj_cluster_node *node = sj_cluster_node_at(nodes, i);
        if (strcmp(node->name, server) != 0 && strcmp(node->address, server) != 0) {
            continue;
        }
        if (em_service_is_active_on(all->scope, "tftp", node->name)) {
            try_tftp(all, "", title, node->address, node->tftp_http_port, consequence);
        } else {
            report(all, "", true, "%s is %s, where Cisco TFTP is not activated: %s.", title,
                   node->address, consequence);
        }
        return;
    }
    if (sj_given(server) &&
        sj_address_parse(server, 0, &parsed) == SJ_OK) { /* else Validate says so */
        try_tftp(all, "", title, server, all->em->scope->host->node->tftp_http_port, consequence);
    }
}

/* The servers of this cluster: they send the phones on which visitors log in to their home
 * clusters. */
static void try_own_nodes(struct observing *all, const sj_list *nodes) {
    size_t active = 0;
    for (size_t i = 0; i < nodes->count; i++) {
        const sj_cluster_node *node = sj_cluster_node_at(nodes, i);
        if (em_service_is_active_on(all->scope, "tftp", node->name)) {
            active++;
            try_tftp(all, "", "The TFTP server of this cluster", node->address,
                     node->tftp_http_port,
                     "phones on which visitors log in are not sent to their home cluster");
        }
    }
    if (active == 0) {
        report(all, "", true,
               "Cisco TFTP is not activated on any node of this cluster: phones on which visitors "
               "log in are not sent to their "
               "home cluster, logins of users of other clusters end here with 39.");
    }
}

static void try_remote_cluster(struct observing *all, const char *cluster_id) {
    static const char consequence[] =
        "its phones are not sent here when this cluster's users log in on them";
    sj_remote_cluster_status *status = NULL;
    if (sj_remote_cluster_status_get(all->scope, cluster_id, &status, NULL) != SJ_OK ||
        status->last_succeeded == 0 || sj_given(status->reason)) {
        sj_record_free(all->scope, status);
        return; /* Validate says so */
    }
    const int64_t port = status->tftp_http_port > 0 ? status->tftp_http_port : TFTP_HTTP_PORT;
    for (size_t i = 0; i < status->services_count; i++) {
        const sj_remote_cluster_status_service *service = &status->services[i];
        if (service->service == SJ_INTERCLUSTER_SERVICE_PSTN_ACCESS &&
            service->addresses_count == 0 &&
            service->remote_activated !=
                SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_NOT_APPLICABLE) {
            report(all, cluster_id, true,
                   "Cluster %s names no node on which Cisco CallManager is activated: logins of "
                   "its users here fail with 39, and "
                   "calls "
                   "of this cluster's travellers there fail.",
                   cluster_id);
        }
        if (service->service != SJ_INTERCLUSTER_SERVICE_TFTP) {
            continue;
        }
        char title[EM_NAME_ROOM + 40];
        em_print(title, sizeof title, "The TFTP server of cluster %s", cluster_id);
        const char *kept = sj_scope_strdup(all->scope, title);
        if (service->addresses_count == 0 &&
            status->sees_us.told) { /* older releases do not report their TFTP service */
            report(all, cluster_id, true,
                   "Cisco TFTP is not activated on any node of cluster %s: %s.", cluster_id,
                   consequence);
        }
        all->observations.incomplete = all->observations.incomplete || kept == NULL;
        for (size_t k = 0; k < service->addresses_count && kept != NULL; k++) {
            try_tftp(all, cluster_id, kept, service->addresses[k], port, consequence);
        }
    }
    sj_record_free(all->scope, status);
}

static void try_remote_clusters(struct observing *all, const char *cluster_id) {
    sj_list clusters = {0};
    if (sj_remote_cluster_list(all->scope, NULL, &clusters, NULL) != SJ_OK) {
        all->observations.incomplete = true;
        return;
    }
    for (size_t i = 0; i < clusters.count; i++) {
        const sj_remote_cluster *cluster = sj_remote_cluster_at(&clusters, i);
        if (cluster->emcc &&
            (!sj_given(cluster_id) || strcmp(cluster_id, cluster->cluster_id) == 0)) {
            const char *kept = sj_scope_strdup(all->scope, cluster->cluster_id);
            if (kept != NULL) {
                try_remote_cluster(all, kept);
            }
            all->observations.incomplete = all->observations.incomplete || kept == NULL;
        }
    }
    sj_list_free(all->scope, &clusters);
}

/* ---- the call manager ---- */

/* A service that is not activated promises no port; travellers need it all the same, on either
 * side. */
static void find_call_manager(struct observing *all) {
    if (em_service_is_active(all->scope, "callmanager")) {
        return;
    }
    report(all, "", true,
           "Cisco CallManager is not activated on any node of this cluster: its travellers' phones "
           "find no call manager to "
           "register with, "
           "and visitors' calls that come back from their home clusters fail.");
}

/* ---- SIP trunks ---- */

static bool serves(const sj_remote_cluster_status *status, const char *address) {
    for (size_t i = 0; i < status->services_count; i++) {
        for (size_t k = 0; k < status->services[i].addresses_count; k++) {
            if (strcmp(status->services[i].addresses[k], address) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Whose node it is, for the EMCC trunks' destinations are nodes of remote clusters: it is said of
 * that cluster. */
static void report_node(struct observing *all, const sj_list *statuses, const char *trunk,
                        const sj_sip_trunk_status_reply_trunk_destination *destination) {
    for (size_t i = 0; i < statuses->count; i++) {
        const sj_remote_cluster_status *status = sj_remote_cluster_status_at(statuses, i);
        const char *kept = serves(status, destination->address)
                               ? sj_scope_strdup(all->scope, status->cluster_id)
                               : NULL;
        if (kept != NULL) {
            report(all, kept, true,
                   "Node %s of cluster %s does not take calls over the SIP trunk %s: %.200s",
                   destination->address, kept, trunk, destination->reason);
        }
    }
}

static void report_nodes(struct observing *all, const sj_sip_trunk_status_reply *reply) {
    sj_list statuses = {0};
    if (sj_remote_cluster_status_list(all->scope, NULL, &statuses, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < reply->trunks_count; i++) {
        for (size_t k = 0; k < reply->trunks[i].destinations_count; k++) {
            const sj_sip_trunk_status_reply_trunk_destination *destination =
                &reply->trunks[i].destinations[k];
            if (destination->state == SJ_TRUNK_REACH_UNREACHABLE) {
                report_node(all, &statuses, reply->trunks[i].name, destination);
            }
        }
    }
    sj_list_free(all->scope, &statuses);
}

static void trunks_known(void *user, int status, const sj_error *error,
                         const sj_sip_trunk_status_reply *reply) {
    struct observing *all = user;
    if (status != SJ_OK) {
        report(all, "", true, "Whether the SIP trunks reach their gateways is not known: %.300s",
               error->text);
    }
    for (size_t i = 0; status == SJ_OK && i < reply->trunks_count; i++) {
        const sj_sip_trunk_status_reply_trunk *trunk = &reply->trunks[i];
        if (trunk->state == SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_NO_SERVICE) {
            report(all, "", true,
                   "The SIP trunk %s reaches none of its destinations, calls over it fail: %.300s",
                   trunk->name, trunk->reason);
        } else if (trunk->state == SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_PARTIAL_SERVICE) {
            report(all, "", false, "The SIP trunk %s reaches only some of its destinations: %.300s",
                   trunk->name, trunk->reason);
        }
    }
    if (status == SJ_OK) {
        report_nodes(all, reply);
    }
    complete_one(all);
}

/* Where the call manager runs: it knows of its trunks. */
static void ask_trunks(struct observing *all) {
    const sj_sip_trunk_status request = {.name = "", .ask = true};
    sj_error error = {0};
    if (!em_service_is_active_on(all->scope, "callmanager", all->scope->host->node->name)) {
        return;
    }
    all->open++;
    if (sj_ask_sip_trunk_status(all->scope, &request, TRUNKS_MS, trunks_known, all, &error) !=
        SJ_OK) {
        report(all, "", true, "Whether the SIP trunks reach their gateways is not known: %.300s",
               error.text);
        all->open--;
    }
}

/* ---- ports of this node ---- */

static void port_tried(void *user, const char *reason) {
    const struct own_port *port = user;
    struct observing *all = port->all;
    if (reason != NULL) {
        report(all, "", true,
               "Port %d (%s) of this node, %s, does not answer as it should, %s: %.200s.",
               port->number, port->title, all->scope->host->node->address, port->consequence,
               reason);
    }
    complete_one(all);
}

/* Whoever uses them comes from outside; that a service is activated does not show that its ports
 * are served. */
static void try_own_ports(struct observing *all) {
    const sj_node *node = all->scope->host->node;
    const struct {
        enum port_kind kind;
        int number;
        const char *service; /* "": the node's own */
        const char *title, *consequence;
    } promised[] = {
        {PORT_SIP_UDP, node->sip_port, "callmanager", "SIP over UDP",
         "phones and trunks that use UDP do not reach it"},
        {PORT_SIP_TCP, node->sip_port, "callmanager", "SIP over TCP",
         "phones and trunks that use TCP do not reach it"},
        {PORT_SIP_TLS, node->sips_port, "callmanager", "SIP over TLS",
         "secure phones and trunks do not reach it"},
        {PORT_TFTP, node->tftp_port, "tftp", "TFTP", "phones that boot find no file"},
        {PORT_HTTP, node->http_port, "", "HTTP", "phones open no login page"},
        {PORT_HTTPS, node->https_port, "", "HTTPS",
         "other clusters and secure phone services do not reach it"},
    };
    enum { PORTS = sizeof promised / sizeof promised[0] };
    all->ports = sj_scope_alloc(all->scope, PORTS * sizeof *all->ports);
    all->observations.incomplete = all->observations.incomplete || all->ports == NULL;
    for (size_t i = 0; i < PORTS && all->ports != NULL; i++) {
        if (promised[i].number == 0 ||
            (sj_given(promised[i].service) &&
             !em_service_is_active_on(all->scope, promised[i].service, node->name))) {
            continue;
        }
        all->ports[i] =
            (struct own_port){all, promised[i].title, promised[i].consequence, promised[i].number};
        all->open++;
        em_port_trial_start(all->scope, promised[i].kind, node->address, promised[i].number,
                            port_tried, &all->ports[i]);
    }
}

void em_observe(struct em *em, sj_scope *scope, const char *cluster_id, bool home_side,
                observed_fn done, void *user) {
    struct observing *all = sj_scope_alloc(scope, sizeof *all);
    sj_list nodes = {0};
    if (all == NULL || sj_cluster_node_list(scope, NULL, &nodes, NULL) != SJ_OK) {
        done(user, NULL);
        return;
    }
    all->em = em;
    all->scope = scope;
    all->done = done;
    all->user = user;
    all->observations.last = &all->observations.first;
    all->open = 1; /* until all are asked */
    if (home_side) {
        try_configured(all, &nodes, "Default TFTP Server for EMCC Login Device",
                       sj_param_emcc_default_tftp_server(scope));
        try_configured(all, &nodes, "Backup TFTP Server for EMCC Login Device",
                       sj_param_emcc_backup_tftp_server(scope));
    }
    try_own_nodes(all, &nodes);
    try_remote_clusters(all, cluster_id);
    find_call_manager(all);
    ask_trunks(all);
    try_own_ports(all);
    sj_list_free(scope, &nodes);
    complete_one(all);
}

void em_observe_report(struct em_findings *findings, const struct em_observations *observations,
                       const char *cluster_id) {
    if (!sj_given(cluster_id) && (observations == NULL || observations->incomplete)) {
        em_findings_add(
            findings,
            "Out of memory: not all servers, ports and trunks could be tried. Try again.");
    }
    for (const struct em_observation *found = observations != NULL ? observations->first : NULL;
         found != NULL; found = found->next) {
        if (strcmp(found->cluster_id, cluster_id) == 0) {
            (found->problem ? em_findings_add : em_findings_note)(findings, "%s", found->sentence);
        }
    }
}
