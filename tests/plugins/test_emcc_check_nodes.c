/* What `sojourn emcc check` says of TFTP servers, services and ports: of this node and of the other
 * cluster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_checked.h"
#include "parameters/emcc.h"
#include "resources/phone_service.h"

static void page_mistyped(struct world *world) {
    world_put(world, HQ, &sj_phone_service_meta,
              "{\"name\":\"EM2\",\"url\":\"http://127.0.0.1:8080/emapp/"
              "EMAppServlet?device=#DEVICENAM#&EMCC=#EMCC#\"}");
}
static void no_tftp_server(struct world *world) {
    world_param(world, HQ, &sj_param_emcc_default_tftp_server_meta, "");
}
static void strange_tftp_server(struct world *world) {
    world_param(world, HQ, &sj_param_emcc_backup_tftp_server_meta, "nobody");
}
static void inactive_tftp(struct world *world) {
    put_activation(world, HQ, "tftp", false);
}
static void silent_tftp(struct world *world) {
    world->tftp_down = "127.0.0.1";
}
static void own_tftp_silent(struct world *world) {
    world->tftp_down = "127.0.0.2";
}
static void own_tftp_inactive(struct world *world) {
    put_activation(world, BR, "tftp", false);
}
static void their_call_manager_inactive(struct world *world) {
    put_activation(world, BR, "callmanager", false);
}
static void web_server_for_tftp(struct world *world) {
    world->tftp_answer = "<html>It works!</html>";
}
static void tftp_of_another_cluster(struct world *world) {
    world_param(world, HQ, &sj_param_emcc_default_tftp_server_meta, "127.0.0.2");
}
static void files_of_another_cluster(struct world *world) {
    world->strange_files = "127.0.0.2";
}
#define PORT_OF_HQ(call, where, port)                                                              \
    static void call(struct world *world) {                                                        \
        world->where = port;                                                                       \
    }
PORT_OF_HQ(dead_sip_udp, dead_port, "udp 5060")
PORT_OF_HQ(dead_sip_tcp, dead_port, "tcp 5060")
PORT_OF_HQ(dead_sips, dead_port, "tcp 5061")
PORT_OF_HQ(dead_http, dead_port, "tcp 8080")
PORT_OF_HQ(dead_https, dead_port, "tcp 8443")
PORT_OF_HQ(dead_tftp, dead_port, "udp 69")
PORT_OF_HQ(strange_sip_udp, strange_port, "udp 5060")
PORT_OF_HQ(strange_sip_tcp, strange_port, "tcp 5060")
PORT_OF_HQ(strange_sips, strange_port, "tcp 5061")
PORT_OF_HQ(strange_http, strange_port, "tcp 8080")
PORT_OF_HQ(strange_https, strange_port, "tcp 8443")
PORT_OF_HQ(strange_tftp, strange_port, "udp 69")

static const struct check_case cases[] = {
    {"no TFTP server",
     no_tftp_server,
     HQ,
     false,
     {"Default TFTP Server for EMCC Login Device is not set: logins of this cluster's users "
      "elsewhere fail with 39."}},
    {"strange TFTP server",
     strange_tftp_server,
     HQ,
     false,
     {"Backup TFTP Server for EMCC Login Device is nobody; expected the name or address of a node "
      "of this cluster."}},
    {"TFTP not activated",
     inactive_tftp,
     HQ,
     false,
     {"Default TFTP Server for EMCC Login Device is 127.0.0.1, where Cisco TFTP is not activated: "
      "travellers' phones find no "
      "file.",
      "Cisco TFTP is not activated on any node of this cluster: phones on which visitors log in "
      "are not sent to their home "
      "cluster, logins of users of other clusters end here with 39."}},
    {"TFTP silent",
     silent_tftp,
     HQ,
     false,
     {"Default TFTP Server for EMCC Login Device is 127.0.0.1, which does not answer on port 6970: "
      "travellers' phones find no "
      "file (connection refused)."}},
    {"TFTP of the other cluster silent",
     own_tftp_silent,
     HQ,
     false,
     {"The TFTP server of cluster BR is 127.0.0.2, which does not answer on port 6970: its phones "
      "are not sent here when this "
      "cluster's users log in on them (connection refused)."}},
    {"TFTP of the other cluster not activated",
     own_tftp_inactive,
     HQ,
     false,
     {"Cisco TFTP is not activated on any node of cluster BR: its phones are not sent here when "
      "this cluster's users log in on "
      "them."}},
    {"page of a phone service mistyped",
     page_mistyped,
     HQ,
     false,
     {"Phone service EM2 opens no login page: its URL is not "
      ".../emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#."}},
    {"call manager of the other cluster not activated",
     their_call_manager_inactive,
     HQ,
     false,
     {"PSTN Access is not active at cluster BR, or no node of it takes calls: visitors' emergency "
      "calls cannot leave there.",
      "Cluster BR names no node on which Cisco CallManager is activated: logins of its users here "
      "fail with 39, and calls of "
      "this "
      "cluster's travellers there fail."}},
    {"a web server in the place of TFTP",
     web_server_for_tftp,
     HQ,
     false,
     {"Default TFTP Server for EMCC Login Device is 127.0.0.1, which answers on port 6970 and "
      "serves no XMLDefault.cnf.xml: "
      "another server answers there (HTTP status 200), travellers' phones find no file.",
      "The TFTP server of cluster BR is 127.0.0.2, which answers on port 6970 and serves no "
      "XMLDefault.cnf.xml: another server "
      "answers there (HTTP status 200), its phones are not sent here when this cluster's users log "
      "in on them."}},
    {"the other cluster's TFTP server for travellers' phones",
     tftp_of_another_cluster,
     HQ,
     false,
     {"Default TFTP Server for EMCC Login Device is 127.0.0.2, which answers on port 6970 and "
      "serves the files of another "
      "cluster: its XMLDefault.cnf.xml names no node of this one, travellers' phones find no "
      "file."}},
    {"another cluster's files on the TFTP port",
     files_of_another_cluster,
     HQ,
     false,
     {"Port 69 (TFTP) of this node, 127.0.0.1, does not answer as it should, phones that boot find "
      "no file: it serves the "
      "files of another cluster: its XMLDefault.cnf.xml names no node of this one."}},
    {"SIP over UDP dead",
     dead_sip_udp,
     HQ,
     false,
     {"Port 5060 (SIP over UDP) of this node, 127.0.0.1, does not answer as it should, phones and "
      "trunks that use UDP do not "
      "reach it: nothing answers within 3 s."}},
    {"SIP over TCP dead",
     dead_sip_tcp,
     HQ,
     false,
     {"Port 5060 (SIP over TCP) of this node, 127.0.0.1, does not answer as it should, phones and "
      "trunks that use TCP do not "
      "reach it: connection refused."}},
    {"SIP over TLS dead",
     dead_sips,
     HQ,
     false,
     {"Port 5061 (SIP over TLS) of this node, 127.0.0.1, does not answer as it should, secure "
      "phones and trunks do not reach "
      "it: connection refused."}},
    {"HTTP dead",
     dead_http,
     HQ,
     false,
     {"Port 8080 (HTTP) of this node, 127.0.0.1, does not answer as it should, phones open no "
      "login page: connection "
      "refused."}},
    {"HTTPS dead",
     dead_https,
     HQ,
     false,
     {"Port 8443 (HTTPS) of this node, 127.0.0.1, does not answer as it should, other clusters and "
      "secure phone services do "
      "not reach it: connection refused."}},
    {"TFTP dead",
     dead_tftp,
     HQ,
     false,
     {"Port 69 (TFTP) of this node, 127.0.0.1, does not answer as it should, phones that boot find "
      "no file: nothing answers "
      "within 3 s."}},
    {"no SIP on its UDP port",
     strange_sip_udp,
     HQ,
     false,
     {"Port 5060 (SIP over UDP) of this node, 127.0.0.1, does not answer as it should, phones and "
      "trunks that use UDP do not "
      "reach it: the server there is not a SIP server."}},
    {"no SIP on its TCP port",
     strange_sip_tcp,
     HQ,
     false,
     {"Port 5060 (SIP over TCP) of this node, 127.0.0.1, does not answer as it should, phones and "
      "trunks that use TCP do not "
      "reach it: the server there is not a SIP server."}},
    {"another certificate on the SIP port",
     strange_sips,
     HQ,
     false,
     {"Port 5061 (SIP over TLS) of this node, 127.0.0.1, does not answer as it should, secure "
      "phones and trunks do not reach "
      "it: its certificate is not trusted."}},
    {"another web server",
     strange_http,
     HQ,
     false,
     {"Port 8080 (HTTP) of this node, 127.0.0.1, does not answer as it should, phones open no "
      "login page: another server "
      "answers there (HTTP status 404)."}},
    {"another secure web server",
     strange_https,
     HQ,
     false,
     {"Port 8443 (HTTPS) of this node, 127.0.0.1, does not answer as it should, other clusters and "
      "secure phone services do "
      "not reach it: its certificate is not trusted."}},
    {"a TFTP server without files",
     strange_tftp,
     HQ,
     false,
     {"Port 69 (TFTP) of this node, 127.0.0.1, does not answer as it should, phones that boot find "
      "no file: it serves no "
      "XMLDefault.cnf.xml (TFTP error 1, File not found)."}},
};

static void each_thing_has_its_sentence(void **state) {
    (void)state;
    expect_each(cases, sizeof cases / sizeof cases[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_has_its_sentence),
    };
    return cmocka_run_group_tests_name("emcc check: nodes", tests, NULL, NULL);
}
