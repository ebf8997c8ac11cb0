/* The Validate button of the Intercluster Service Profile: everything that EMCC needs and that is
 * missing, a sentence each. What can be tried is tried first (observe.c). */
#include "checks/validate.h"
#include "checks/check_partner.h"

#include "checks/check.h"
#include "checks/findings.h"
#include "checks/observe.h"
#include "events/emcc.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "resources/certificates.h"
#include "resources/device_pool.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_template.h"
#include "resources/end_user.h"
#include "resources/geolocation_filter.h"
#include "resources/intercluster_service_profile.h"
#include "resources/node.h"
#include "resources/phone_service.h"
#include "resources/remote_cluster.h"
#include "resources/sip_trunk.h"
#include "sessions/session_store.h"

static void check_trunk(struct em_findings *findings, const char *pane, const char *name) {
    sj_scope *scope = findings->em->scope;
    sj_sip_trunk *trunk = NULL;
    if (!sj_given(name)) {
        em_findings_add(findings,
                        "%s is active and has no SIP trunk; expected one of service type Extension "
                        "Mobility Cross Clusters.",
                        pane);
        return;
    }
    if (sj_sip_trunk_get(scope, name, &trunk, NULL) != SJ_OK) {
        em_findings_add(findings, "The SIP trunk %s of %s does not exist.", name, pane);
        return;
    }
    if (trunk->trunk_service_type != SJ_SIP_TRUNK_SERVICE_TYPE_EXTENSION_MOBILITY_CROSS_CLUSTERS) {
        em_findings_add(findings,
                        "The SIP trunk %s of %s has another service type than Extension Mobility "
                        "Cross Clusters.",
                        name, pane);
    }
    if (!trunk->send_geolocation) {
        em_findings_add(findings, "Send Geolocation Information is off on the SIP trunk %s of %s.",
                        name, pane);
    }
    sj_record_free(scope, trunk);
}

static void check_profile(struct em_findings *findings) {
    sj_scope *scope = findings->em->scope;
    sj_intercluster_service_profile *profile = NULL;
    if (sj_intercluster_service_profile_get(scope, "default", &profile, NULL) != SJ_OK) {
        em_findings_add(findings, "There is no Intercluster Service Profile.");
        return;
    }
    if (!profile->emcc_active) {
        em_findings_add(findings, "EMCC is not active: logins across clusters fail with 201 here, "
                                  "and with 38 for this cluster's users elsewhere.");
    }
    if (profile->pstn_access_active) {
        check_trunk(findings, "PSTN Access", profile->pstn_access_sip_trunk);
    } else {
        em_findings_add(findings,
                        "PSTN Access is not active: logins across clusters fail with 211.");
    }
    if (profile->rsvp_agent_active) {
        check_trunk(findings, "RSVP Agent", profile->rsvp_agent_sip_trunk);
    }
    sj_record_free(scope, profile);
}

/* One for calls to the PSTN, one for RSVP agents: nothing says which of more would take a cluster's
 * calls. */
static void check_trunks(struct em_findings *findings) {
    sj_scope *scope = findings->em->scope;
    sj_list trunks = {0};
    size_t of_emcc = 0;
    if (sj_sip_trunk_list(scope, NULL, &trunks, NULL) != SJ_OK) {
        em_findings_add(findings, "The SIP trunks could not be read.");
        return;
    }
    for (size_t i = 0; i < trunks.count; i++) {
        of_emcc += sj_sip_trunk_at(&trunks, i)->trunk_service_type ==
                   SJ_SIP_TRUNK_SERVICE_TYPE_EXTENSION_MOBILITY_CROSS_CLUSTERS;
    }
    if (of_emcc > 2) {
        em_findings_add(findings,
                        "There are %zu SIP trunks of service type Extension Mobility Cross "
                        "Clusters; expected at most two, one for "
                        "PSTN Access and one for the RSVP Agent.",
                        of_emcc);
    }
    sj_list_free(scope, &trunks);
}

static bool is_own_node(sj_scope *scope, const char *server) {
    const sj_query by_address = {.field = "address", .value = server, .limit = 1};
    sj_cluster_node *node = NULL;
    const bool by_name = sj_cluster_node_get(scope, server, &node, NULL) == SJ_OK;
    sj_record_free(scope, node);
    return by_name || sj_cluster_node_count(scope, &by_address, NULL) > 0;
}

static void check_server(struct em_findings *findings, const char *title, const char *server,
                         bool required, const char *otherwise) {
    sj_address parsed;
    if (!sj_given(server)) {
        if (required) {
            em_findings_add(findings, "%s is not set: %s.", title, otherwise);
        }
    } else if (!is_own_node(findings->em->scope, server) &&
               sj_address_parse(server, 0, &parsed) != SJ_OK) {
        em_findings_add(findings,
                        "%s is %s; expected the name or address of a node of this cluster.", title,
                        server);
    }
}

static void check_parameters(struct em_findings *findings) {
    sj_scope *scope = findings->em->scope;
    if (strcmp(scope->host->node->cluster_id, "StandAloneCluster") == 0) {
        em_findings_add(findings, "The enterprise parameter Cluster ID still has the factory value "
                                  "StandAloneCluster: logins fail with 44.");
    }
    check_server(findings, "Default Server For Remote Cluster Update",
                 sj_param_emcc_default_server_for_remote_cluster_update(scope), true,
                 "other clusters do not know which node to ask");
    check_server(findings, "Backup Server for Remote Cluster Update",
                 sj_param_emcc_backup_server_for_remote_cluster_update(scope), false, "");
}

/* What the phone puts for #DEVICENAME# and #EMCC# is what the page asks for; with another word
 * there it stays as it is. */
static bool page_is_mistyped(const char *url) {
    return strstr(url, "/emapp/EMAppServlet?") == NULL ||
           strstr(url, "device=#DEVICENAME#") == NULL ||
           (strstr(url, "EMCC=") != NULL && strstr(url, "EMCC=#EMCC#") == NULL);
}

static void check_phone_services(struct em_findings *findings) {
    sj_scope *scope = findings->em->scope;
    sj_list services = {0};
    size_t pages = 0;
    if (sj_phone_service_list(scope, NULL, &services, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < services.count; i++) {
        const sj_phone_service *service = sj_phone_service_at(&services, i);
        if (!service->enabled || strstr(service->url, "/emapp/EMAppServlet") == NULL) {
            continue;
        }
        if (page_is_mistyped(service->url)) {
            em_findings_add(findings,
                            "Phone service %s opens no login page: its URL is not "
                            ".../emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#.",
                            service->name);
        } else {
            pages += strstr(service->url, "EMCC=#EMCC#") != NULL;
        }
    }
    if (pages == 0) {
        em_findings_add(findings, "No enabled phone service has the URL of Extension Mobility with "
                                  "EMCC=#EMCC#: phones offer no login.");
    }
    sj_list_free(scope, &services);
}

static void check_roaming(struct em_findings *findings) {
    sj_scope *scope = findings->em->scope;
    const char *filter_name = sj_param_emcc_geolocation_filter(scope);
    sj_geolocation_filter *filter = NULL;
    sj_list pools = {0};
    size_t with_place = 0;
    if (!sj_given(filter_name)) {
        em_findings_add(findings, "EMCC Geolocation Filter is not set: every field of a place "
                                  "counts when the roaming device pool is chosen.");
    } else if (sj_geolocation_filter_get(scope, filter_name, &filter, NULL) != SJ_OK) {
        em_findings_add(findings, "EMCC Geolocation Filter is %s, which does not exist.",
                        filter_name);
    }
    sj_record_free(scope, filter);
    if (sj_device_pool_list(scope, NULL, &pools, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < pools.count; i++) {
        with_place += sj_given(sj_device_pool_at(&pools, i)->geolocation);
    }
    if (with_place == 0) {
        em_findings_add(findings,
                        "No device pool has a geolocation: no roaming device pool can be chosen.");
    }
    sj_list_free(scope, &pools);
}

static void check_base_devices(struct em_findings *findings) {
    sj_scope *scope = findings->em->scope;
    const int64_t total = sj_emcc_base_device_count(scope, NULL, NULL);
    if (total <= 0) {
        em_findings_add(findings, "There are no EMCC base devices: insert some under Bulk "
                                  "Administration > EMCC > Insert/Update EMCC "
                                  "(sojourn emcc insert N).");
        if (sj_emcc_template_count(scope, NULL, NULL) <= 0) {
            em_findings_add(findings, "There is no EMCC template.");
        }
        return;
    }
    sj_emcc_base_device *device = em_store_free_base_device(findings->em);
    if (device == NULL) {
        em_findings_add(findings,
                        "All %lld EMCC base devices are in use: the next login fails with 33.",
                        (long long)total);
    }
    sj_record_free(scope, device);
}

static void check_certificates(struct em_findings *findings, const char *cluster_id) {
    static const struct {
        sj_trusted_certificate_kind kind;
        const char *use;
    } needed[] = {
        {SJ_TRUSTED_CERTIFICATE_KIND_TOMCAT, "logins fail with 208"},
        {SJ_TRUSTED_CERTIFICATE_KIND_CALL_MANAGER,
         "phones do not trust its files, nor trunks its calls"},
        {SJ_TRUSTED_CERTIFICATE_KIND_CAPF, "phones with its certificates are not trusted"},
        {SJ_TRUSTED_CERTIFICATE_KIND_ITL_RECOVERY,
         "phones lose their trust when its certificates are renewed"}};
    sj_scope *scope = findings->em->scope;
    const sj_query query = {.field = "cluster_id", .value = cluster_id};
    const int64_t now = sj_wall_ms(scope);
    sj_list list = {0};
    if (sj_trusted_certificate_list(scope, &query, &list, NULL) != SJ_OK) {
        em_findings_add(findings, "The certificates of cluster %s could not be read.", cluster_id);
        return;
    }
    for (size_t k = 0; k < sizeof needed / sizeof needed[0]; k++) {
        const char *word = sj_trusted_certificate_kind_text(needed[k].kind);
        bool found = false, valid = false;
        for (size_t i = 0; i < list.count; i++) {
            const sj_trusted_certificate *certificate = sj_trusted_certificate_at(&list, i);
            if (certificate->kind == needed[k].kind) {
                found = true;
                valid = valid || (certificate->not_before <= now && now < certificate->not_after);
            }
        }
        if (!found) {
            em_findings_add(findings, "No %s certificate of cluster %s has been imported: %s.",
                            word, cluster_id, needed[k].use);
        } else if (!valid) {
            em_findings_add(findings,
                            "The %s certificate of cluster %s has expired or is not valid yet: %s.",
                            word, cluster_id, needed[k].use);
        }
    }
    sj_list_free(scope, &list);
}

static void check_status(struct em_findings *findings, const char *cluster_id) {
    sj_scope *scope = findings->em->scope;
    sj_remote_cluster_status *status = NULL;
    if (sj_remote_cluster_status_get(scope, cluster_id, &status, NULL) != SJ_OK ||
        status->last_tried == 0) {
        em_findings_add(findings, "Cluster %s has not been asked for its state yet.", cluster_id);
        sj_record_free(scope, status);
        return;
    }
    if (sj_given(status->reason)) {
        em_findings_add(findings, "The last update of cluster %s failed: %s", cluster_id,
                        status->reason);
    }
    if (sj_given(status->refusal) && !sj_given(status->reason)) {
        em_findings_add(findings, "%s", status->refusal);
    }
    for (size_t i = 0; i < status->services_count && !sj_given(status->reason); i++) {
        const sj_remote_cluster_status_service *service = &status->services[i];
        if (service->service == SJ_INTERCLUSTER_SERVICE_EMCC &&
            service->remote_activated != SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_YES) {
            em_findings_add(findings, "EMCC is not active at cluster %s.", cluster_id);
        }
        if (service->silent_since != 0) {
            em_findings_add(findings, "The RSVP agent of cluster %s is not used. %s.", cluster_id,
                            service->reason);
        }
    }
    if (status->last_succeeded > 0) {
        if (status->max_audio_bit_rate != sj_param_emcc_region_max_audio_bit_rate(scope)) {
            em_findings_add(findings,
                            "EMCC Region Max Audio Bit Rate is %lld kbps here and %lld kbps at "
                            "cluster %s; it must be equal.",
                            (long long)sj_param_emcc_region_max_audio_bit_rate(scope),
                            (long long)status->max_audio_bit_rate, cluster_id);
        }
        if (status->max_video_bit_rate != sj_param_emcc_region_max_video_call_bit_rate(scope)) {
            em_findings_add(findings,
                            "EMCC Region Max Video Call Bit Rate is %lld kbps here and %lld kbps "
                            "at cluster %s; it must be equal.",
                            (long long)sj_param_emcc_region_max_video_call_bit_rate(scope),
                            (long long)status->max_video_bit_rate, cluster_id);
        }
        if (strcmp(status->audio_codec_preference_list,
                   sj_param_emcc_region_audio_codec_preference_list(scope)) != 0) {
            em_findings_add(findings,
                            "EMCC Region Audio Codec Preference List is %s here and %s at cluster "
                            "%s; it must be equal, or audio may be "
                            "one-way.",
                            sj_param_emcc_region_audio_codec_preference_list(scope),
                            status->audio_codec_preference_list, cluster_id);
        }
    }
    sj_record_free(scope, status);
}

void em_findings_of_this_cluster(struct em_findings *findings) {
    check_profile(findings);
    check_trunks(findings);
    check_parameters(findings);
    check_phone_services(findings);
}

void em_findings_of_home_side(struct em_findings *findings) {
    sj_scope *scope = findings->em->scope;
    check_server(findings, "Default TFTP Server for EMCC Login Device",
                 sj_param_emcc_default_tftp_server(scope), true,
                 "logins of this cluster's users elsewhere fail with 39");
    check_server(findings, "Backup TFTP Server for EMCC Login Device",
                 sj_param_emcc_backup_tftp_server(scope), false, "");
    check_roaming(findings);
    check_base_devices(findings);
}

void em_findings_of_remote_cluster(struct em_findings *findings, const sj_remote_cluster *cluster) {
    if (strcmp(cluster->cluster_id, findings->em->scope->host->node->cluster_id) == 0) {
        em_findings_add(findings,
                        "The remote cluster %s has this cluster's own id; ids must differ.",
                        cluster->cluster_id);
    }
    if (cluster->tftp) {
        em_findings_add(findings,
                        "The service TFTP of remote cluster %s is on; it must stay off for EMCC.",
                        cluster->cluster_id);
    }
    check_certificates(findings, cluster->cluster_id);
    check_status(findings, cluster->cluster_id);
}

static void check_clusters(struct em_findings *findings,
                           const struct em_observations *observations) {
    sj_scope *scope = findings->em->scope;
    sj_list clusters = {0};
    size_t with_emcc = 0;
    if (sj_remote_cluster_list(scope, NULL, &clusters, NULL) != SJ_OK) {
        em_findings_add(findings, "The remote clusters could not be read.");
        return;
    }
    for (size_t i = 0; i < clusters.count; i++) {
        const sj_remote_cluster *cluster = sj_remote_cluster_at(&clusters, i);
        if (cluster->emcc) {
            with_emcc++;
            em_findings_of_remote_cluster(findings, cluster);
            em_observe_report(findings, observations, cluster->cluster_id);
        }
    }
    if (with_emcc == 0) {
        em_findings_add(
            findings, "There is no remote cluster with EMCC: logins of users of other clusters end "
                      "with 36.");
    }
    sj_list_free(scope, &clusters);
}

bool em_findings_are_of_home_side(struct em *em) {
    sj_scope *scope = em->scope;
    const sj_query travellers = {.field = "enable_emcc", .value = "true", .limit = 1};
    const sj_query one = {.limit = 1};
    return sj_end_user_count(scope, &travellers, NULL) > 0 ||
           sj_emcc_base_device_count(scope, &one, NULL) > 0;
}

enum {
    CERTIFICATES_MS = 1500
}; /* with the 8 s of what is observed less than the 10 s of emcc.validate */

/* One run of Validate. */
struct validation {
    struct em *em;
    sj_question *question;
    struct em_findings findings;
    const struct em_observations *observations;
};

static void conclude(struct validation *validation) {
    struct em_findings *findings = &validation->findings;
    const struct em_observations *observations = validation->observations;
    em_findings_of_this_cluster(findings);
    if (em_findings_are_of_home_side(validation->em)) {
        em_findings_of_home_side(findings);
    }
    em_observe_report(findings, observations, "");
    check_clusters(findings, observations);
    const sj_emcc_validate_reply reply = {.valid = findings->count == 0,
                                          .problems = findings->problems,
                                          .problems_count = findings->count,
                                          .observed_at =
                                              observations != NULL ? observations->at : 0};
    sj_reply_emcc_validate(validation->em->scope, validation->question, &reply);
    sj_scope_close(findings->scope);
}

/* Where certificates are not managed nothing is known of them. */
static void certificates_known(void *user, int status, const sj_error *error,
                               const sj_certificates_list_reply *reply) {
    struct validation *validation = user;
    (void)error;
    if (status == SJ_OK) {
        em_check_own_certificates(&validation->findings, reply);
    }
    conclude(validation);
}

static void observed(void *user, const struct em_observations *observations) {
    struct validation *validation = user;
    const sj_certificates_list request = {0};
    sj_error error = {0};
    validation->observations = observations;
    if (sj_ask_certificates_list(validation->findings.scope, &request, CERTIFICATES_MS,
                                 certificates_known, validation, &error) != SJ_OK) {
        conclude(validation);
    }
}

static void on_validate(void *user, sj_question *question, const sj_emcc_validate *request) {
    struct em *em = user;
    sj_scope *scope = sj_scope_open(em->scope, "validate", NULL, NULL);
    struct validation *validation =
        scope != NULL ? sj_scope_alloc(scope, sizeof *validation) : NULL;
    (void)request;
    if (validation == NULL) {
        sj_fail(em->scope, question, SJ_E_NO_MEMORY, "out of memory");
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return;
    }
    validation->em = em;
    validation->question = question;
    validation->findings.em = em;
    validation->findings.scope = scope;
    em_observe(em, scope, "", em_findings_are_of_home_side(em), observed, validation);
}

int em_validate_open(struct em *em, sj_error *error) {
    return sj_answer_emcc_validate(em->scope, on_validate, em, error) != NULL ? SJ_OK
           : error->code != SJ_OK                                             ? error->code
                                                                              : SJ_E_INTERNAL;
}
