/* The application interface of Extension Mobility: what programs may do and ask, how they prove who
 * they are, and documents that mean harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_cluster.h"
#include "resources/application_user.h"
#include "resources/device_profile.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/session.h"

static const char *ask(struct cluster *cluster, const char *xml) {
    static const char hex[] = "0123456789ABCDEF";
    char *form = malloc(3 * strlen(xml) + 8);
    char *at = form + sprintf(form, "xml=");
    for (const char *from = xml; *from != '\0'; from++) {
        *at++ = '%';
        *at++ = hex[(unsigned char)*from >> 4];
        *at++ = hex[(unsigned char)*from & 15u];
    }
    *at = '\0';
    const sj_testkit_reply *reply =
        sj_testkit_post_form(cluster->kit, "/emservice/EMServiceServlet", form);
    for (int i = 0; i < 100 && reply->status == 0; i++) {
        sj_testkit_advance(cluster->kit, 100);
    }
    free(form);
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->content_type, "text/xml; charset=UTF-8");
    return reply->body;
}

#define APP "<appInfo><appID>crm</appID><appCertificate>secret99</appCertificate></appInfo>"
#define REQUEST(inner) "<request>" APP inner "</request>"
#define QUERY(inner) "<query>" APP inner "</query>"

static void expect_answer(struct cluster *cluster, const char *xml, const char *text) {
    const char *answer = ask(cluster, xml);
    if (strstr(answer, text) == NULL) {
        fail_msg("%s: expected %s, got %s", xml, text, answer);
    }
}

static void put_applications(struct cluster *cluster) {
    char json[512];
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"crm\",\"password\":\"%s\",\"roles\":[\"Standard EM "
                   "Authentication Proxy Rights\"]}",
                   sj_testkit_hash(cluster->kit, "secret99"));
    put(cluster, &sj_application_user_meta, json);
    (void)snprintf(json, sizeof json, "{\"user_id\":\"weak\",\"password\":\"%s\"}",
                   sj_testkit_hash(cluster->kit, "secret99"));
    put(cluster, &sj_application_user_meta, json);
    (void)snprintf(json, sizeof json, ",\"password\":\"%s\"",
                   sj_testkit_hash(cluster->kit, "mine1234"));
    put_user(cluster, "bob", "\"bob-8851\"", json);
}

/* What a phone asks before it shows a page that was pushed to it. */
static void pushes_are_authorized_for_who_controls_the_phone(void **state) {
    struct cluster *cluster = *state;
    static const struct {
        const char *query, *expected;
    } asks[] = {
        {"UserID=pusher&Password=secret99&devicename=SEP1", "AUTHORIZED"},
        {"UserID=pusher&Password=secret99&devicename=SEP2", "UN-AUTHORIZED"},
        {"UserID=pusher&Password=wrong999&devicename=SEP1", "UN-AUTHORIZED"},
        {"UserID=operator&Password=secret99&devicename=SEP2", "AUTHORIZED"},
        {"UserID=operator&Password=secret99", "UN-AUTHORIZED"},
        {"UserID=weak&Password=secret99&devicename=SEP1", "UN-AUTHORIZED"},
        {"UserID=nobody&Password=secret99&devicename=SEP1", "UN-AUTHORIZED"},
        {"UserID=pusher&devicename=SEP1", "UN-AUTHORIZED"},
        {"", "UN-AUTHORIZED"},
    };
    char json[512], path[256];
    put_applications(cluster);
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"pusher\",\"password\":\"%s\",\"controlled_devices\":[\"SEP1\"]}",
                   sj_testkit_hash(cluster->kit, "secret99"));
    put(cluster, &sj_application_user_meta, json);
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"operator\",\"password\":\"%s\",\"roles\":[\"Standard CTI Allow "
                   "Control of All Devices\"]}",
                   sj_testkit_hash(cluster->kit, "secret99"));
    put(cluster, &sj_application_user_meta, json);
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        (void)snprintf(path, sizeof path, "/ccmcip/authenticate.jsp?%s", asks[i].query);
        const sj_testkit_request request = {.path = path};
        const sj_testkit_reply *reply = sj_testkit_send(cluster->kit, &request);
        for (int k = 0; k < 100 && reply->status == 0; k++) {
            sj_testkit_advance(cluster->kit, 100);
        }
        assert_int_equal(reply->status, 200);
        assert_string_equal(reply->body, asks[i].expected);
        assert_int_equal(reply->body_length, strlen(asks[i].expected));
    }
}

static void applications_log_in_and_out(void **state) {
    struct cluster *cluster = *state;
    sj_session *session = NULL;
    put_applications(cluster);
    expect_answer(
        cluster,
        REQUEST("<login><deviceName>SEP1</deviceName><userID>alice</"
                "userID><deviceProfile>alice-8851</deviceProfile>"
                "<exclusiveDuration><time>60</time></exclusiveDuration><fancy>new</fancy></login>"),
        "<success/>");
    assert_int_equal(sj_session_get(sj_testkit_scope(cluster->kit), "SEP1", &session, NULL), SJ_OK);
    assert_true(session->expires_at == session->login_time + 60 * MINUTE);
    sj_record_free(sj_testkit_scope(cluster->kit), session);
    expect_answer(cluster,
                  REQUEST("<login><deviceName>SEP2</deviceName><userID>alice</userID></login>"),
                  "code=\"25\"");
    expect_answer(cluster,
                  REQUEST("<login><deviceName>SEP1</deviceName><userID>bob</userID></login>"),
                  "code=\"18\"");
    expect_answer(cluster, REQUEST("<login><deviceName></deviceName><userID>bob</userID></login>"),
                  "code=\"1\"");
    assert_non_null(sj_testkit_find(cluster->kit, "log", "the request names no device"));
    expect_answer(cluster, REQUEST("<logout><deviceName> </deviceName></logout>"), "code=\"1\"");
    expect_answer(cluster,
                  REQUEST("<login><deviceName>SEP2</deviceName><userID>zoe</userID></login>"),
                  "code=\"23\"");
    expect_answer(cluster,
                  REQUEST("<login><deviceName>SEP9</deviceName><userID>bob</userID></login>"),
                  "code=\"11\"");
    expect_answer(cluster,
                  REQUEST("<login><deviceName>SEP2</deviceName><userID>bob</"
                          "userID><deviceProfile>alice-8851</deviceProfile></login>"),
                  "code=\"12\"");
    expect_answer(cluster, REQUEST("<logout><deviceName>SEP1</deviceName></logout>"), "<success/>");
    expect_answer(cluster, REQUEST("<logout><deviceName>SEP1</deviceName></logout>"),
                  "code=\"19\"");
    expect_answer(cluster, REQUEST("<logout><deviceName>SEP9</deviceName></logout>"),
                  "code=\"11\"");
    put(cluster, &sj_phone_meta, "{\"name\":\"SEP3\",\"model\":\"Cisco 8851\"}");
    expect_answer(cluster,
                  REQUEST("<login><deviceName>SEP3</deviceName><userID>bob</userID></login>"),
                  "code=\"22\"");
    expect_answer(cluster, REQUEST("<logout><deviceName>SEP3</deviceName></logout>"), "code=\"5\"");
    expect_answer(cluster,
                  REQUEST("<login><deviceName>SEP1</deviceName><userID>alice</userID></login>"),
                  "<success/>");
    expect_answer(cluster,
                  REQUEST("<login><deviceName>SEP2</deviceName><userID>bob</userID></login>"),
                  "<success/>");
    expect_answer(cluster, REQUEST("<logoutAll/>"), "<success/>");
    assert_int_equal(sessions(cluster), 0);
}

/* A log-out profile's Login User Id is nobody who is logged in. */
static void a_log_out_profile_is_nobody(void **state) {
    struct cluster *cluster = *state;
    put_applications(cluster);
    put(cluster, &sj_device_profile_meta,
        "{\"name\":\"lobby\",\"model\":\"Cisco 8851\",\"login_user_id\":\"alice\"}");
    put(cluster, &sj_phone_meta,
        "{\"name\":\"SEP1\",\"model\":\"Cisco "
        "8851\",\"enable_extension_mobility\":true,\"logout_profile\":\"lobby\"}");
    sj_testkit_advance(cluster->kit, 1000);
    assert_int_equal(sj_live_device_count(sj_testkit_scope(cluster->kit), NULL, NULL), 1);
    expect_answer(cluster,
                  QUERY("<deviceUserQuery><deviceName>SEP1</deviceName></deviceUserQuery>"),
                  "<device name=\"SEP1\"><none/><none/>");
    expect_answer(cluster, QUERY("<userDevicesQuery><userID>alice</userID></userDevicesQuery>"),
                  "<user id=\"alice\"><none/></user>");
    expect_answer(cluster, REQUEST("<logout><deviceName>SEP1</deviceName></logout>"),
                  "code=\"19\"");
    expect_answer(cluster,
                  REQUEST("<login><deviceName>SEP1</deviceName><userID>bob</userID></login>"),
                  "<success/>");
    expect_answer(cluster, REQUEST("<logoutAll/>"), "<success/>");
    sj_testkit_advance(cluster->kit, 1000);
    sj_live_device *live = NULL;
    assert_int_equal(sj_live_device_get(sj_testkit_scope(cluster->kit), "SEP1", &live, NULL),
                     SJ_OK);
    assert_true(live->log_out_profile);
    sj_record_free(sj_testkit_scope(cluster->kit), live);
}

static void applications_ask(void **state) {
    struct cluster *cluster = *state;
    put_applications(cluster);
    put_user(cluster, "em@example.com", "\"bob-8851\",\"alice-8851\"",
             ",\"default_profile\":\"alice-8851\"");
    expect_answer(
        cluster,
        REQUEST("<login><deviceName>SEP1</deviceName><userID>em@example.com</userID></login>"),
        "<success/>");
    expect_answer(
        cluster,
        QUERY("<deviceUserQuery><deviceName>SEP1</deviceName><deviceName>SEP2</"
              "deviceName><deviceName>X</deviceName>"
              "</deviceUserQuery>"),
        "<deviceUserResults><device "
        "name=\"SEP1\"><userID>em%40example.com</userID><lastlogin>em%40example.com</lastlogin>"
        "<emccDevice>no</emccDevice></device><device "
        "name=\"SEP2\"><none/><none/><emccDevice>no</emccDevice></device>"
        "<device name=\"X\"><doesNotExist/></device></deviceUserResults>");
    expect_answer(cluster,
                  QUERY("<userDevicesQuery><userID>em@example.com</userID><userID>bob</"
                        "userID><userID>zoe</userID></userDevicesQuery>"),
                  "<user id=\"em%40example.com\"><deviceName>SEP1</deviceName></user><user "
                  "id=\"bob\"><none/></user>"
                  "<user id=\"zoe\"><doesNotExist/></user>");
    expect_answer(cluster,
                  QUERY("<checkUser><userID>alice</userID><userID>zoe</userID></checkUser>"),
                  "<checkUserResults><user id=\"alice\"><exists/></user><user "
                  "id=\"zoe\"><doesNotExist/></user></checkUserResults>");
    const char *profiles =
        "<deviceProfileName>bob-8851</deviceProfileName><isDefaultDeviceProfile>f</"
        "isDefaultDeviceProfile></deviceProfile>"
        "<deviceProfile><deviceProfileName>alice-8851</"
        "deviceProfileName><isDefaultDeviceProfile>t</isDefaultDeviceProfile>";
    expect_answer(cluster,
                  QUERY("<deviceProfileQuery><userID>em@example.com</userID></deviceProfileQuery>"),
                  profiles);
    expect_answer(
        cluster,
        QUERY("<userDeviceProfileQuery><userID>em@example.com</userID></userDeviceProfileQuery>"),
        profiles);
    expect_answer(cluster, QUERY("<nothingKnown/>"), "code=\"8\"");
    expect_answer(cluster,
                  "<?xml version=\"1.0\"?><!DOCTYPE query SYSTEM "
                  "\"http://127.0.0.1:8080/emservice/jsp/LoginQuery.dtd\">" QUERY(
                      "<checkUser><userID>alice</userID></checkUser>"),
                  "<exists/>");
}

static void applications_are_authenticated(void **state) {
    struct cluster *cluster = *state;
    const char *const login =
        "<login><deviceName>SEP1</deviceName><userID>alice</userID></login></request>";
    char xml[512];
    put_applications(cluster);
    (void)snprintf(
        xml, sizeof xml,
        "<request><appInfo><appID>crm</appID><appCertificate>wrong</appCertificate></appInfo>%s",
        login);
    expect_answer(cluster, xml, "code=\"3\"");
    (void)snprintf(
        xml, sizeof xml,
        "<request><appInfo><appID>zoe</appID><appCertificate>secret99</appCertificate></appInfo>%s",
        login);
    expect_answer(cluster, xml, "code=\"3\"");
    (void)snprintf(xml, sizeof xml, "<request>%s", login);
    expect_answer(cluster, xml, "code=\"3\"");
    (void)snprintf(xml, sizeof xml,
                   "<request><appInfo><appID>CCMSysUser</appID><appEncryptedCertificate>x</"
                   "appEncryptedCertificate></appInfo>%s",
                   login);
    expect_answer(cluster, xml, "code=\"3\"");
    (void)snprintf(xml, sizeof xml,
                   "<request><appInfo><appID>weak</appID><appCertificate>secret99</"
                   "appCertificate></appInfo>%s",
                   login);
    expect_answer(cluster, xml, "code=\"10\"");
    /* An end user for himself, and for nobody else. */
    (void)snprintf(
        xml, sizeof xml,
        "<request><appInfo><appID>bob</appID><appCertificate>mine1234</appCertificate></appInfo>%s",
        login);
    expect_answer(cluster, xml, "code=\"10\"");
    expect_answer(
        cluster,
        "<request><appInfo><appID>bob</appID><appCertificate>mine1234</appCertificate></appInfo>"
        "<login><deviceName>SEP1</deviceName><userID>bob</userID></login></request>",
        "<success/>");
    assert_int_equal(sessions(cluster), 1);
    for (int i = 0; i < 5; i++) {
        (void)snprintf(xml, sizeof xml,
                       "<request><appInfo><appID>crm</appID><appCertificate>wrong</"
                       "appCertificate></appInfo>%s",
                       login);
        expect_answer(cluster, xml, "code=\"3\"");
    }
    expect_answer(cluster, REQUEST("<logoutAll/>"), "code=\"3\""); /* locked */
    assert_null(sj_testkit_find(cluster->kit, "log", "secret99"));
}

static void hostile_documents_are_refused(void **state) {
    struct cluster *cluster = *state;
    static const char *const hostile[] = {
        "",
        "<",
        "<request>",
        "not xml",
        "<other/>",
        "<request/>",
        "\xff\xfe<request/>",
        "<!DOCTYPE request [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><request>" APP
        "<login><deviceName>&x;</deviceName>"
        "<userID>alice</userID></login></request>",
        "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c "
        "\"&b;&b;&b;&b;&b;&b;&b;&b;\">]>"
        "<request>" APP
        "<login><deviceName>&c;</deviceName><userID>alice</userID></login></request>",
        REQUEST("<login><userID>alice</userID></login>"),
        REQUEST("<login/><logout/>"),
        "<request>" APP APP "<logoutAll/></request>",
        REQUEST("<logoutAll/>") "<!-- --><request/>",
        REQUEST("<logout><deviceName><b>SEP1</b></deviceName></logout>"),
        REQUEST("<login><deviceName>SEP1</deviceName><userID>alice</userID><userID>bob</userID></"
                "login>"),
        REQUEST("<login><deviceName>SEP1</deviceName><userID>alice</userID><emcc>true</"
                "emcc><emcc>false</emcc></login>"),
        REQUEST("<login><deviceName>SEP1</deviceName><userID>alice</userID><emcc>perhaps</emcc></"
                "login>"),
        REQUEST("<login><deviceName>SEP1</deviceName><userID>alice</userID><exclusiveDuration/></"
                "login>"),
        QUERY("<deviceUserQuery><userID>alice</userID></deviceUserQuery>"),
        QUERY("<checkUser><deviceName>SEP1</deviceName></checkUser>")};
    static const char *const times[] = {
        "", "-1", "+5", "soon", "1e3", "0x10", "12 h", "100001", "99999999999999999999"};
    put_applications(cluster);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        expect_answer(cluster, hostile[i], "code=\"1\"");
    }
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char xml[512];
        (void)snprintf(xml, sizeof xml,
                       REQUEST("<login><deviceName>SEP1</deviceName><userID>alice</"
                               "userID><exclusiveDuration><time>%s</time>"
                               "</exclusiveDuration></login>"),
                       times[i]);
        expect_answer(cluster, xml, "code=\"7\"");
    }
    char *giant = malloc(400000);
    memset(giant, 'A', 400000);
    memcpy(giant, "<request><appInfo><appID>", 25);
    giant[399999] = '\0';
    expect_answer(cluster, giant, "code=\"1\"");
    free(giant);
    const sj_testkit_request plain = {.method = "POST",
                                      .path = "/emservice/EMServiceServlet",
                                      .content_type = "text/xml",
                                      .body = REQUEST("<logoutAll/>")};
    assert_non_null(strstr(sj_testkit_send(cluster->kit, &plain)->body, "code=\"1\""));
    assert_int_equal(sessions(cluster), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pushes_are_authorized_for_who_controls_the_phone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(applications_log_in_and_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_log_out_profile_is_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(applications_ask, setup, teardown),
        cmocka_unit_test_setup_teardown(applications_are_authenticated, setup, teardown),
        cmocka_unit_test_setup_teardown(hostile_documents_are_refused, setup, teardown),
    };
    return cmocka_run_group_tests_name("The application interface of Extension Mobility", tests,
                                       NULL, NULL);
}
