/* Calls between clusters whose parties change: each side is told where the other's party is, and
 * the one that counts asks for the difference. */
#include "bandwidth_kit.h"
#include "resources/remote_cluster.h"
#include "resources/sip_trunk.h"
#include "resources/sip_trunk_security_profile.h"

#define AT(place) "Call-Info: <urn:x-cisco-remotecc:callinfo>;x-cisco-loc-name=" place "\r\n"

/* The gateway is cluster fr, over a trunk in Shadow. */
static void two_clusters(sj_testkit *kit) {
    sj_sip_trunk *trunk = NULL;
    count(kit);
    dave_registers(kit);
    places(kit);
    put(kit, &sj_sip_trunk_security_profile_meta,
        "{\"name\":\"Shadow\",\"outgoing_transport\":\"udp\",\"trust_emergency_calls\":true}");
    assert_int_equal(sj_sip_trunk_get(sj_testkit_scope(kit), "Gateway", &trunk, NULL), SJ_OK);
    trunk->location = "Shadow";
    trunk->sip_trunk_security_profile = "Shadow";
    assert_int_equal(sj_sip_trunk_put(sj_testkit_scope(kit), trunk, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), trunk);
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"fr\",\"fully_qualified_name\":\"192.0.2.90\",\"lbm\":true}");
    sj_testkit_run(kit);
}

static void expect_place(const char *message, const char *place) {
    char expected[200];
    (void)snprintf(expected, sizeof expected,
                   "<urn:x-cisco-remotecc:callinfo>;x-cisco-loc-name=\"%s\";"
                   "x-cisco-video-traffic-class=desktop",
                   place);
    assert_string_equal(header(message, "Call-Info"), expected);
}

/* The gateway says something of its call with Bob, which this cluster counts. */
static void offer(sj_testkit *kit, int cseq, const char *dialog, const char *more,
                  const char *asked) {
    lbm.asked[0] = '\0';
    sj_testkit_forget(kit);
    within_more(kit, gateway, "INVITE", cseq, dialog, more, SDP("0"));
    were_asked(asked);
}

static void agree(sj_testkit *kit, int cseq, const char *dialog, const char *asked) {
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("0"));
    were_asked(asked);
    expect_place(expect(kit, gateway, "SIP/2.0 200"), "Rome");
    within(kit, gateway, "ACK", cseq, dialog);
}

static void called_from_oslo(sj_testkit *kit, char dialog[DIALOG]) {
    two_clusters(kit);
    sj_testkit_forget(kit);
    invite_with(kit, gateway, "sip:1@192.0.2.90:5060", "1002", "58", AT("Oslo"), "application/sdp",
                SDP("0"));
    were_asked("reserve fr/Oslo-Rome 64/0\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("0"));
    (void)snprintf(dialog, DIALOG, "%s", expect(kit, gateway, "SIP/2.0 200"));
    expect_place(dialog, "Rome");
    within(kit, gateway, "ACK", 1, dialog);
}

static void the_far_party_changes(void **state) {
    sj_testkit *kit = *state;
    char dialog[DIALOG];
    called_from_oslo(kit, dialog);
    offer(kit, 2, dialog, AT("Oslo"), ""); /* as before */
    agree(kit, 2, dialog, "");
    /* There is too little on the way of another one: the call is as it was. */
    lbm.next = SJ_BANDWIDTH_OUTCOME_REFUSED;
    offer(kit, 3, dialog, AT("Paris"), "propose 64/0 to fr/Paris-Rome\n");
    assert_non_null(strstr(header(expect(kit, gateway, "SIP/2.0 488"), "Warning"), "370 "));
    assert_null(sent_to(kit, bob, "INVITE"));
    within(kit, gateway, "ACK", 3, dialog);
    offer(kit, 4, dialog, "", ""); /* one that tells nothing is where it was */
    agree(kit, 4, dialog, "");
    /* Bob does not want to. */
    offer(kit, 5, dialog, AT("Paris"), "propose 64/0 to fr/Paris-Rome\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 488, "");
    were_asked("withdraw 64/0\n");
    within(kit, gateway, "ACK", 5, dialog);
    sj_testkit_advance(kit, 33000); /* until the transaction is forgotten */
    offer(kit, 6, dialog, AT("Paris"), "propose 64/0 to fr/Paris-Rome\n");
    agree(kit, 6, dialog, "confirm 64/0\n");
    offer(kit, 7, dialog, AT("Paris"), "");
    agree(kit, 7, dialog, "");
    /* A place that nobody knows here is Hub_None, and is told once. */
    offer(kit, 8, dialog, AT("Atlantis"),
          "propose 64/0 to fr/Atlantis-Rome\npropose 64/0 to fr/-Rome\n");
    agree(kit, 8, dialog, "confirm 64/0\n");
    offer(kit, 9, dialog, AT("Atlantis"), "");
    agree(kit, 9, dialog, "");
    /* What it has lost is counted where it is. */
    lbm.known = 0;
    sj_testkit_advance(kit, 25000);
    were_asked("reserve fr/-Rome 64/0 in progress\n");
}

/* What another call of the same two parties counts is not counted here, or by the other of these
 * clusters. */
static void another_part_counts(void **state) {
    sj_testkit *kit = *state;
    char dialog[DIALOG], more[300], asked[100];
    const char *own = sj_testkit_scope(kit)->host->node->cluster_id;
    called_from_oslo(kit, dialog);
    (void)snprintf(more, sizeof more, "%.*s;x-sojourn-counted-by=\"%s\"\r\n",
                   (int)strlen(AT("Paris")) - 2, AT("Paris"), own);
    offer(kit, 2, dialog, more, "propose 64/0 to Rome-Phantom\n");
    agree(kit, 2, dialog, "confirm 64/0\n");
    (void)snprintf(more, sizeof more, "%.*s;x-sojourn-counted-by=it\r\n",
                   (int)strlen(AT("Paris")) - 2, AT("Paris"));
    (void)snprintf(asked, sizeof asked, "propose 64/0 to Rome-it/Shadow\n");
    offer(kit, 3, dialog, more, asked);
    agree(kit, 3, dialog, "confirm 64/0\n");
    offer(kit, 4, dialog, AT("Paris"), "propose 64/0 to fr/Paris-Rome\n");
    agree(kit, 4, dialog, "confirm 64/0\n");
    /* The same from the beginning, but of one of no cluster that is known. */
    for (int known = 1; known >= 0; known--) {
        lbm.asked[0] = '\0';
        invite_with(kit, gateway, "sip:1@192.0.2.90:5060", known ? "1004" : "1001", "59", more,
                    "application/sdp", SDP("0"));
        were_asked(known ? "reserve Berlin-it/Shadow 64/0\n" : "reserve Paris-Berlin 64/0\n");
        (void)sj_remote_cluster_delete(sj_testkit_scope(kit), "fr", NULL);
        sj_testkit_run(kit);
    }
}

/* An emergency call comes into a call: it is not asked for any more. */
static void a_call_becomes_one_for_help(void **state) {
    sj_testkit *kit = *state;
    char dialog[DIALOG];
    called_from_oslo(kit, dialog);
    offer(kit, 2, dialog, AT("Paris") "Resource-Priority: esnet.0\r\n", "");
    agree(kit, 2, dialog, "at_once 64/0 emergency to fr/Paris-Rome\n");
    offer(kit, 3, dialog, AT("Paris"), "");
    agree(kit, 3, dialog, "");
}

/* Alice calls there, and puts the other one through to Bob. `said`: with the answer. */
static void put_through(sj_testkit *kit, const char *number, const char *said, char first[DIALOG]) {
    char alice_there[DIALOG];
    two_clusters(kit);
    dial(kit, "9555", SDP("0"));
    were_asked("reserve Berlin-fr/Shadow 64/0\n");
    (void)snprintf(first, DIALOG, "%s", expect(kit, gateway, "INVITE"));
    answer_with(kit, gateway, first, 200, said, SDP("0"));
    (void)snprintf(alice_there, DIALOG, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_there);
    sj_testkit_forget(kit);
    refer_to(kit, alice, 2, alice_there, number, "");
}

static void the_near_party_changes(void **state) {
    sj_testkit *kit = *state;
    char first[DIALOG];
    put_through(kit, "<sip:1002@127.0.0.1>", AT("Oslo"), first);
    were_asked("reserve Rome-fr/Shadow 64/0 replaces\n"); /* it is the other cluster that counts */
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("0"));
    sj_testkit_advance(kit, 60);
    were_asked("release\nrelease\nreserve Rome-fr/Shadow 64/0\n");
    const char *again = expect(kit, gateway, "INVITE");
    assert_string_equal(header(again, "Call-ID"), header(first, "Call-ID"));
    expect_place(again, "Rome");
    /* It has too little: Alice has the call as before. */
    answer_with(kit, gateway, again, 488, "Warning: 370 fr \"Not Enough Bandwidth\"\r\n", "");
    sj_testkit_advance(kit, 60);
    assert_non_null(strstr(expect(kit, alice, "NOTIFY"), "SIP/2.0 488"));
    assert_non_null(strstr(lbm.asked, "reserve Berlin-fr/Shadow 64/0 in progress\n"));
}

/* An older peer tells nothing, and is told in vain. */
static void an_older_peer_counts_its_side(void **state) {
    sj_testkit *kit = *state;
    char first[DIALOG];
    put_through(kit, "<sip:1002@127.0.0.1>", "", first);
    were_asked("reserve fr/Shadow-Rome 64/0 replaces\n");
}

/* Both parties are there: the call to the second one counts, and the first is told so. */
static void both_parties_are_there(void **state) {
    sj_testkit *kit = *state;
    char first[DIALOG], second[DIALOG];
    put_through(kit, "<sip:9556@127.0.0.1>", AT("Oslo"), first);
    were_asked("reserve fr/Oslo-fr/Shadow 64/0 replaces\n"); /* which takes nothing here */
    (void)snprintf(second, sizeof second, "%s", expect(kit, gateway, "INVITE"));
    expect_place(second, "Oslo");
    answer_with(kit, gateway, second, 200, AT("Lyon"), SDP("0"));
    sj_testkit_advance(kit, 60);
    const char *again = expect(kit, gateway, "INVITE");
    assert_string_equal(header(again, "Call-ID"), header(first, "Call-ID"));
    assert_non_null(strstr(header(again, "Call-Info"), "x-cisco-loc-name=\"Lyon\";"));
    assert_non_null(strstr(header(again, "Call-Info"), ";x-sojourn-counted-by=\"fr\""));
    answer_with(kit, gateway, again, 200, AT("Oslo"), SDP("0"));
    (void)expect(kit, alice, "BYE");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_far_party_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(another_part_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_becomes_one_for_help, setup, teardown),
        cmocka_unit_test_setup_teardown(the_near_party_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(an_older_peer_counts_its_side, setup, teardown),
        cmocka_unit_test_setup_teardown(both_parties_are_there, setup, teardown),
    };
    return cmocka_run_group_tests_name("told places", tests, NULL, NULL);
}
