/* Fills the store with the small dial plan, and plays phones, gateway and remote cluster on fake
 * UDP sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/calling_search_space.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/intercluster_service_profile.h"
#include "resources/live_device.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/sip_trunk.h"
#include "resources/sip_trunk_security_profile.h"
#include "sip/digest.h"

void put(sj_testkit *kit, const sj_resource_meta *meta, const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(kit, meta, json, &error) != SJ_OK) {
        fail_msg("%s: %s %s", json, error.field, error.text);
    }
}

static void lay_down(sj_testkit *kit) {
    char ha1[2][DIGEST_HEX], user[300];
    const unsigned char secret[32] = {0};
    struct digest *with = digest_new(secret);
    digest_ha1(with, DIGEST_MD5, "carol", SJ_DIGEST_REALM, "secret", ha1[0]);
    digest_ha1(with, DIGEST_SHA256, "carol", SJ_DIGEST_REALM, "secret", ha1[1]);
    digest_free(with);
    put(kit, &sj_partition_meta, "{\"name\":\"Internal\"}");
    put(kit, &sj_partition_meta, "{\"name\":\"PSTN\"}");
    put(kit, &sj_partition_meta, "{\"name\":\"Emergency\"}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"Phones\",\"partitions\":[\"Internal\"]}");
    put(kit, &sj_calling_search_space_meta,
        "{\"name\":\"All\",\"partitions\":[\"Internal\",\"PSTN\"]}");
    put(kit, &sj_calling_search_space_meta,
        "{\"name\":\"Adjunct\",\"partitions\":[\"Emergency\"]}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1001\",\"partition\":\"Internal\",\"alerting_name\":\"Alice\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"alerting_name\":\"Bob\"}");
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1003\",\"partition\":\"Internal\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco "
        "7841\",\"calling_search_space\":\"All\",\"lines\":[{\"directory_number\":"
        "\"1001@Internal\",\"display\":\"Alice A\"}]}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334402\",\"model\":\"Cisco "
        "7841\",\"calling_search_space\":\"Phones\",\"lines\":[{\"directory_number\":"
        "\"1002@Internal\",\"display\":\"Bob B\"}]}");
    (void)snprintf(user, sizeof user,
                   "{\"user_id\":\"carol\",\"last_name\":\"C\",\"digest_credentials\":\"%s:%s\"}",
                   ha1[0], ha1[1]);
    put(kit, &sj_end_user_meta, user);
    put(kit, &sj_phone_meta,
        "{\"name\":\"carol-phone\",\"model\":\"Third-party SIP Device "
        "(Basic)\",\"phone_security_profile\":\"Standard SIP "
        "Digest "
        "Profile\",\"digest_user\":\"carol\",\"lines\":[{\"directory_number\":\"1003@Internal\"}]"
        "}");
    put(kit, &sj_sip_trunk_security_profile_meta,
        "{\"name\":\"UDP\",\"outgoing_transport\":\"udp\"}");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_trunk_security_profile\":"
        "\"UDP\",\"destinations\":[{"
        "\"address\":"
        "\"192.0.2.90\"},{\"address\":\"192.0.2.91\"}]}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.!\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\",\"discard_digits\":"
        "\"pre_dot\"}");
}

void emcc_world(sj_testkit *kit) {
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"EMCC\",\"trunk_service_type\":\"extension_mobility_cross_clusters\",\"calling_"
        "search_space\":\"All\"}");
    put(kit, &sj_intercluster_service_profile_meta,
        "{\"emcc_active\":true,\"pstn_access_active\":true,\"pstn_access_sip_trunk\":\"EMCC\"}");
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"br\",\"fully_qualified_name\":\"br.example\",\"emcc\":true,\"pstn_"
        "access\":true}");
    put(kit, &sj_remote_cluster_status_meta,
        "{\"cluster_id\":\"br\",\"sip_port\":5070,\"sip_transport\":\"udp\",\"services\":[{"
        "\"service\":\"pstn_access\","
        "\"remote_activated\":\"yes\",\"addresses\":[\"198.51.100.1\"]}]}");
    put(kit, &sj_route_list_meta,
        "{\"name\":\"By place\",\"members\":[{\"route_group\":\"Standard Local Route "
        "Group\",\"discard_digits\":\"pre_dot\"}]}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.999\",\"partition\":\"Emergency\",\"route_list\":\"By place\"}");
    put(kit, &sj_live_device_meta,
        "{\"name\":\"SEP00AABBCCDD01\",\"emcc\":true,\"visiting_cluster_id\":\"br\",\"user_id\":"
        "\"alice\",\"model\":\"Cisco "
        "7841\","
        "\"device_pool\":\"Default\",\"calling_search_spaces\":[\"Adjunct\",\"All\"],\"adjunct_"
        "calling_search_space\":"
        "\"Adjunct\","
        "\"lines\":[{\"directory_number\":\"1001@Internal\",\"display\":\"Alice "
        "A\"}],\"line_calling_search_spaces\":[\"\"]}");
}

int setup(void **state) {
    return setup_with(state, NULL);
}

int setup_both_families(void **state) {
    static const char *const further[] = {"2001:db8::1", "127.0.0.2"};
    const sj_testkit_options options = {.further_addresses = further, .further_addresses_count = 2};
    return setup_with(state, &options);
}

int setup_with(void **state, const sj_testkit_options *options) {
    sj_error error = {0};
    sj_testkit *kit = sj_testkit_open(options);
    *state = kit;
    lay_down(kit);
    if (sj_testkit_start(kit, &sj_plugin_descriptor, &error) != SJ_OK) {
        print_error("%s\n", error.text);
        return 1;
    }
    return 0;
}

int teardown(void **state) {
    sj_error error = {0};
    const int status = sj_testkit_end(*state, &error);
    if (status != SJ_OK) {
        print_error("%s\n", error.text);
    }
    return status;
}

void send_text(sj_testkit *kit, const char *from, int port, const char *text) {
    assert_int_equal(sj_testkit_datagram(kit, PORT, from, port, text, strlen(text)), SJ_OK);
    sj_testkit_run(kit);
}

const char *sent_to(sj_testkit *kit, const char *address, const char *head) {
    static char found[8192];
    bool any = false;
    sj_address to;
    const void *data;
    size_t length;
    for (size_t i = 0; sj_testkit_datagram_sent(kit, i, &to, &data, &length); i++) {
        char text[SJ_ADDRESS_TEXT];
        (void)sj_address_format(&to, text, sizeof text);
        if (strcmp(text, address) == 0 && length < sizeof found && length >= strlen(head) &&
            memcmp(data, head, strlen(head)) == 0) {
            memcpy(found, data, length);
            found[length] = '\0';
            any = true;
        }
    }
    return any ? found : NULL;
}

const char *expect(sj_testkit *kit, const char *address, const char *head) {
    const char *text = sent_to(kit, address, head);
    if (text == NULL) {
        sj_testkit_print(kit);
        fail_msg("nothing was sent to %s that begins with \"%s\"", address, head);
    }
    return text;
}

void gives_up(sj_testkit *kit, const char *from, const char *number) {
    gives_up_with(kit, from, number, "");
}

void gives_up_with(sj_testkit *kit, const char *from, const char *number, const char *more) {
    const char *trying = expect(kit, from, "SIP/2.0 100");
    char text[DIALOG];
    (void)snprintf(text, sizeof text,
                   "CANCEL sip:%s@127.0.0.1 SIP/2.0\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\n"
                   "Call-ID: %s\r\nCSeq: 1 CANCEL\r\n%sContent-Length: 0\r\n\r\n",
                   number, header(trying, "Via"), header(trying, "From"), header(trying, "To"),
                   header(trying, "Call-ID"), more);
    send_text(kit, from, 5060, text);
}

const char *header(const char *message, const char *name) {
    static char values[8][600];
    static unsigned turn;
    char key[64];
    const char *at, *end;
    char *value = values[turn++ % 8];
    (void)snprintf(key, sizeof key, "\r\n%s: ", name);
    at = strstr(message, key);
    value[0] = '\0';
    if (at != NULL) {
        at += strlen(key);
        end = strstr(at, "\r\n");
        (void)snprintf(value, 600, "%.*s", (int)(end - at), at);
    }
    return value;
}

static void send_register(sj_testkit *kit, const char *from, const char *device, const char *number,
                          const char *call_id, int cseq, int expires) {
    char text[1500];
    (void)snprintf(text, sizeof text,
                   "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKr%d\r\nMax-Forwards: 70\r\nFrom: "
                   "<sip:%s@x>;tag=1\r\n"
                   "To: <sip:%s@127.0.0.1>\r\nCall-ID: %s-%s\r\nCSeq: %d REGISTER\r\nUser-Agent: "
                   "Cisco-CP7841/12.1.1\r\nContact: "
                   "<sip:uuid-%s@%s:5060;"
                   "transport=udp>;+u.sip!devicename.ccm.cisco.com=\"%s\";+u.sip!model.ccm.cisco."
                   "com=\"622\"\r\nExpires: %d\r\n"
                   "Content-Length: 0\r\n\r\n",
                   from, cseq, number, number, call_id, device, cseq, number, from, device,
                   expires);
    send_text(kit, from, 5060, text);
}

void register_phone(sj_testkit *kit, const char *from, const char *device, const char *number,
                    int cseq, int expires) {
    send_register(kit, from, device, number, "reg", cseq, expires);
}

void register_again(sj_testkit *kit, const char *from, const char *device, const char *number) {
    send_register(kit, from, device, number, "anew", 100, 3600);
}

void answer_with(sj_testkit *kit, const char *from, const char *request, int status,
                 const char *more, const char *body) {
    char text[3000];
    const char *to = header(request, "To");
    const bool v6 = strchr(from, ':') != NULL;
    (void)snprintf(text, sizeof text,
                   "SIP/2.0 %d X\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s\r\nCall-ID: %s\r\nCSeq: "
                   "%s\r\nContact: <sip:peer@%s%s%s:5060>\r\n%s%s"
                   "Content-Length: %zu\r\n\r\n%s",
                   status, header(request, "Via"), header(request, "From"), to,
                   strstr(to, "tag=") == NULL ? ";tag=peer" : "", header(request, "Call-ID"),
                   header(request, "CSeq"), v6 ? "[" : "", from, v6 ? "]" : "", more,
                   body[0] != '\0' ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
    send_text(kit, from, 5060, text);
}

void answer(sj_testkit *kit, const char *from, const char *request, int status, const char *body) {
    answer_with(kit, from, request, status, "", body);
}

void invite_with(sj_testkit *kit, const char *from, const char *contact, const char *number,
                 const char *caller, const char *more, const char *type, const char *body) {
    char text[6000];
    (void)snprintf(text, sizeof text,
                   "INVITE sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKi%s\r\nMax-Forwards: 70\r\nFrom: \"Me\" "
                   "<sip:%s@x>;tag=mine\r\nTo: <sip:%s@x>\r\nCall-ID: call-%s-%s\r\nCSeq: 1 "
                   "INVITE\r\nContact: "
                   "<sip:%s>\r\n%s%s%s%sContent-Length: %zu\r\n\r\n%s",
                   number, from, number, caller, number, caller, number, contact, more,
                   body[0] != '\0' ? "Content-Type: " : "", body[0] != '\0' ? type : "",
                   body[0] != '\0' ? "\r\n" : "", strlen(body), body);
    send_text(kit, from, 5060, text);
}

void invite(sj_testkit *kit, const char *from, const char *contact, const char *number,
            const char *caller, const char *more) {
    invite_with(kit, from, contact, number, caller, more, "application/sdp", "offer-sdp");
}

void invite_from_cluster(sj_testkit *kit, const char *number, const char *device, const char *lease,
                         const char *more, const char *type, const char *body) {
    char marked[2000], nonce[80] = "", ha1[DIGEST_HEX], response[DIGEST_HEX], uri[100];
    const unsigned char secret[32] = {0};
    struct digest_credentials credentials;
    struct digest *with;
    (void)snprintf(marked, sizeof marked, "X-Sojourn-Emcc: device=%s;cluster=br\r\n%s", device,
                   more);
    sj_testkit_forget(kit);
    invite_with(kit, remote, "x@198.51.100.1", number, "44", marked, type, body);
    const char *challenge = expect(kit, remote, "SIP/2.0 401");
    assert_non_null(strstr(header(challenge, "WWW-Authenticate"), "realm=\"sojourn-emcc\""));
    assert_int_equal(sscanf(strstr(challenge, "nonce=\"") + 7, "%79[^\"]", nonce), 1);
    (void)snprintf(uri, sizeof uri, "sip:%s@127.0.0.1", number);
    memset(&credentials, 0, sizeof credentials);
    credentials.nonce = sip_text_of(nonce);
    credentials.uri = sip_text_of(uri);
    credentials.algorithm = sip_text_of("SHA-256");
    credentials.nc = sip_text_of("00000001");
    credentials.cnonce = sip_text_of("cn");
    credentials.qop = sip_text_of("auth");
    with = digest_new(secret);
    digest_ha1(with, DIGEST_SHA256, device, "sojourn-emcc", lease, ha1);
    digest_response(with, ha1, sip_text_of("INVITE"), &credentials, response);
    digest_free(with);
    (void)snprintf(
        marked, sizeof marked,
        "X-Sojourn-Emcc: device=%s;cluster=br\r\nAuthorization: Digest "
        "username=\"%s\",realm=\"sojourn-emcc\",uri=\"%s\","
        "nonce=\"%s\",response=\"%s\",algorithm=SHA-256,qop=auth,cnonce=\"cn\",nc=00000001\r\n%s",
        device, device, uri, nonce, response, more);
    sj_testkit_forget(kit);
    invite_with(kit, remote, "x@198.51.100.1", number, "44", marked, type, body);
}

void within_more(sj_testkit *kit, const char *from, const char *method, int cseq,
                 const char *dialog, const char *more, const char *sdp) {
    char text[4000];
    (void)snprintf(text, sizeof text,
                   "%s sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bK%s%d\r\nMax-Forwards: 70\r\nFrom: "
                   "%s\r\nTo: %s\r\n"
                   "Call-ID: %s\r\nCSeq: %d %s\r\n%s%sContent-Length: %zu\r\n\r\n%s",
                   method, from, method, cseq, header(dialog, "From"), header(dialog, "To"),
                   header(dialog, "Call-ID"), cseq, method, more,
                   sdp[0] != '\0' ? "Content-Type: application/sdp\r\n" : "", strlen(sdp), sdp);
    send_text(kit, from, 5060, text);
}

void within_with(sj_testkit *kit, const char *from, const char *method, int cseq,
                 const char *dialog, const char *sdp) {
    within_more(kit, from, method, cseq, dialog, "", sdp);
}

void within(sj_testkit *kit, const char *from, const char *method, int cseq, const char *dialog) {
    within_with(kit, from, method, cseq, dialog, "");
}

void both_register(sj_testkit *kit) {
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 3600);
    assert_non_null(expect(kit, bob, "SIP/2.0 200"));
    sj_testkit_forget(kit);
}

void dave_registers(sj_testkit *kit) {
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1004\",\"partition\":\"Internal\",\"alerting_name\":\"Dave\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334404\",\"model\":\"Cisco "
        "7841\",\"calling_search_space\":\"All\",\"lines\":[{\"directory_number\":"
        "\"1004@Internal\",\"display\":\"Dave D\"}]}");
    register_phone(kit, dave, "SEP001122334404", "1004", 1, 3600);
}

void turned_round(const char *message, char dialog[DIALOG]) {
    (void)snprintf(dialog, DIALOG, "X\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n\r\n",
                   header(message, "To"), header(message, "From"), header(message, "Call-ID"));
}

const char *tag_of(const char *value) {
    static char tags[4][80];
    static unsigned turn;
    char *tag = tags[turn++ % 4];
    assert_int_equal(sscanf(strstr(value, ";tag=") + 5, "%79[^;>]", tag), 1);
    return tag;
}

void refer_to(sj_testkit *kit, const char *from, int cseq, const char *dialog, const char *target,
              const char *more) {
    char text[4000];
    (void)snprintf(text, sizeof text,
                   "REFER sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKrefer%d%s\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\n"
                   "Call-ID: %s\r\nCSeq: %d REFER\r\nContact: <sip:peer@%s:5060>\r\nRefer-To: "
                   "%s\r\n%sContent-Length: 0\r\n\r\n",
                   from, cseq, from, header(dialog, "From"), header(dialog, "To"),
                   header(dialog, "Call-ID"), cseq, from, target, more);
    send_text(kit, from, 5060, text);
}

void refer_attended(sj_testkit *kit, const char *from, int cseq, const char *dialog,
                    const char *consultation) {
    char target[600];
    (void)snprintf(target, sizeof target,
                   "<sip:target@127.0.0.1?Replaces=%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s>",
                   header(consultation, "Call-ID"), tag_of(header(consultation, "To")),
                   tag_of(header(consultation, "From")));
    refer_to(kit, from, cseq, dialog, target, "");
}

void phone_dials(sj_testkit *kit, const char *from, const char *number, const char *to) {
    char contact[80];
    (void)snprintf(contact, sizeof contact, "uuid-%s@%s:5060", number, from);
    sj_testkit_forget(kit);
    invite(kit, from, contact, to, number, "");
}

void phones_talk(sj_testkit *kit, const char *from, const char *number, const char *to,
                 const char *called, char caller[DIALOG], char callee[DIALOG]) {
    phone_dials(kit, from, number, called);
    answer(kit, to, expect(kit, to, "INVITE"), 200, "first-answer");
    (void)snprintf(caller, DIALOG, "%s", expect(kit, from, "SIP/2.0 200"));
    within(kit, from, "ACK", 1, caller);
    turned_round(expect(kit, to, "ACK"), callee);
    sj_testkit_forget(kit);
}

void send_remote_control(sj_testkit *kit, const char *from, const char *number, const char *type,
                         const char *body) {
    static int serial;
    const int sent = ++serial;
    char text[3500];
    (void)snprintf(
        text, sizeof text,
        "REFER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKkey%d\r\n"
        "Max-Forwards: 70\r\nFrom: <sip:%s@x>;tag=k\r\nTo: <sip:127.0.0.1>\r\nCall-ID: key%d\r\n"
        "CSeq: 1 REFER\r\nContact: <sip:uuid-%s@%s:5060>\r\nRequire: norefersub\r\nRefer-To: "
        "<cid:1>\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
        from, sent, number, sent, number, from, type, strlen(body), body);
    send_text(kit, from, 5060, text);
}

void press_softkey(sj_testkit *kit, const char *from, const char *number, const char *key,
                   const char *dialog) {
    char body[1000];
    (void)snprintf(body, sizeof body,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-remotecc-request>\n"
                   "<softkeyeventmsg>\n<softkeyevent>%s</softkeyevent>\n<dialogid>\n<callid>%s"
                   "</callid>\n<localtag>%s</localtag>\n<remotetag>%s</remotetag>\n</dialogid>\n"
                   "<linenumber>1</linenumber>\n</softkeyeventmsg>\n</x-cisco-remotecc-request>",
                   key, header(dialog, "Call-ID"), tag_of(header(dialog, "From")),
                   tag_of(header(dialog, "To")));
    send_remote_control(kit, from, number, "application/x-cisco-remotecc-request+xml", body);
}
