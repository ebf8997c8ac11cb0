/* What the Dialed Number Analyzer Server asks further about a call, and what other clusters may ask
 * of it. */
#include "dna_kit.h"

#include "events/bandwidth.h"

static void on_simulate(void *user, sj_question *question, const sj_lbm_simulate *request) {
    sj_testkit *kit = user;
    const char *const path[] = {request->from, "Hub_None", request->to};
    const bool counted = strcmp(sj_or_empty(request->to_cluster), "BR") == 0;
    const sj_lbm_simulate_reply reply = {.admitted = world.lbm_has_room ? 1 : 0,
                                         .audio = 80,
                                         .path = path,
                                         .path_count = counted || world.no_links ? 0 : 3,
                                         .place = "Hub_None@Rome",
                                         .message = counted          ? "It is counted there."
                                                    : world.no_links ? "No links lead there."
                                                                     : ""};
    sj_reply_lbm_simulate(sj_testkit_scope(kit), question, &reply);
}

static void on_silence(void *user, sj_question *question,
                       const sj_visited_bandwidth_admit *request) {
    sj_testkit *kit = user;
    const sj_visited_bandwidth_admit_reply reply = {.asked = true, .message = "it does not answer"};
    (void)request;
    sj_reply_visited_bandwidth_admit(sj_testkit_scope(kit), question, &reply);
}

static void on_analyzed(void *user, int status, const sj_error *error,
                        const sj_dna_analyze_reply *reply) {
    (void)user;
    world.status = status;
    if (status != SJ_OK) {
        print_error("%s\n", error->text);
        return;
    }
    (void)snprintf(world.said, sizeof world.said, "%s %d %d", reply->outcome, (int)reply->status,
                   (int)reply->cause);
    (void)snprintf(world.shown, sizeof world.shown, "%s", reply->calling_number);
    for (size_t i = 0; i < reply->course_count; i++) {
        const size_t used = strlen(world.course);
        (void)snprintf(world.course + used, sizeof world.course - used, "%d %s %s|%s\n",
                       (int)reply->course[i].depth,
                       sj_routing_step_kind_text(reply->course[i].kind), reply->course[i].subject,
                       reply->course[i].text);
    }
}

static void analyze(sj_testkit *kit, int64_t advance_ms) {
    const sj_dna_analyze request = {.device_name = "SEP001122334455", .digits = "86100"};
    sj_error error = {0};
    world.course[0] = '\0';
    world.status = -1;
    assert_int_equal(
        sj_ask_dna_analyze(sj_testkit_scope(kit), &request, 0, on_analyzed, NULL, &error), SJ_OK);
    sj_testkit_run(kit);
    sj_testkit_advance(kit, advance_ms);
    assert_int_equal(world.status, SJ_OK);
}

/* The numbers of the result are those of the trunk by which the call leaves. */
static void numbers_are_those_of_the_way(void **state) {
    static const sj_call_destination two[] = {{.device = "Down",
                                               .address = "sip:1@192.0.2.7",
                                               .calling_number = "+14085554001",
                                               .unreachable = true},
                                              {.device = "Up",
                                               .address = "sip:1@192.0.2.8",
                                               .calling_number = "0302004001",
                                               .reachable = true}};
    world.others = two;
    analyze(*state, 0);
    assert_string_equal(world.shown, "0302004001");
}

/* ---- asking further ---- */

static void the_next_cluster_goes_on(void **state) {
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"phone\",\"explanation\":\"It rings.\","
                   "\"steps\":[{\"depth\":0,\"kind\":\"caller\",\"subject\":\"To-HQ\"},{\"depth\":"
                   "-7,\"kind\":\"match\",\"subject\":\"6100\"},{\"kind\":\"of the future\"}]}";
    world.http_status = 200;
    analyze(*state, 0);
    holds("0 outcome trunk|decided\n0 cluster BR|phone there: It rings.\n1 caller To-HQ|\n1 match "
          "6100|\n");
    assert_string_equal(world.url, "https://192.0.2.7:8443/intercluster/v1/analysis");
    assert_non_null(strstr(world.sent, "\"digits\":\"6100\""));
    assert_non_null(strstr(world.sent, "hq 86100"));
    assert_non_null(strstr(world.sent, "\"calling_number\":\"4002\""));
}

/* What another cluster says is shown a line each, and no deeper than can be read. */
static void an_answer_is_bounded(void **state) {
    world.answer =
        "{\"cluster_id\":\"BR\",\"outcome\":\"phone\\u001b[2J\",\"explanation\":\"ok\\nnot ok 1 - "
        "x\",\"steps\":[{\"depth\":1000000,\"kind\":\"note\",\"subject\":\"a\\u0085b\"},{\"depth\":"
        "2147483647,\"kind\":\"note\",\"text\":\"c\\r\\nd\"}]}";
    world.http_status = 200;
    analyze(*state, 0);
    holds("0 cluster BR|phone [2J there: ok not ok 1 - x\n100 note a b|\n100 note |c  d\n");
    world.answer = "{\"cluster_id\":\"BR\",\"code\":1,\"cause\":\"no\\nway\"}";
    analyze(*state, 0);
    holds("not known: no way\n");
    world.answer = "{\"cluster_id\":\"BR\",\"code\":1}";
    analyze(*state, 0);
    holds("not known: it does not say why\n");
}

static void what_cannot_be_learned_is_a_sentence(void **state) {
    sj_testkit *kit = *state;
    analyze(kit, 6000); /* nobody answers */
    holds("0 cluster BR|how it goes on there is not known: 192.0.2.7 did not answer in time");
    world.answer = "no\n";
    world.http_status = 404;
    analyze(kit, 0);
    holds("the Dialed Number Analyzer Server does not run on 192.0.2.7, or is busy");
    world.http_status = 200;
    analyze(kit, 0);
    holds("its answer cannot be read: ");
    world.answer = "{\"cluster_id\":\"XX\"}";
    analyze(kit, 0);
    holds("not known: another cluster answered");
    world.answer = "{\"cluster_id\":\"BR\",\"code\":1,\"cause\":\"nobody is logged in\"}";
    analyze(kit, 0);
    holds("not known: nobody is logged in");
}

/* What the other cluster refuses is refused, where a call would try nothing else behind it. */
static void a_refusal_there_is_one_here(void **state) {
    static const char answer[] = "{\"cluster_id\":\"BR\",\"outcome\":\"no_match\",\"explanation\":"
                                 "\"Nothing.\",\"status\":%d,\"release_cause\":%d}";
    static const sj_call_destination two[] = {
        {.device = "To-BR", .address = "sip:6100@192.0.2.7", .next_cluster_id = "BR"},
        {.device = "Gateway", .address = "sip:6100@192.0.2.9"}};
    static const sj_call_destination over_the_pstn[] = {
        {.device = "To-BR", .address = "sip:6100@192.0.2.7", .next_cluster_id = "BR"},
        {.device = "Gateway", .address = "sip:6100@192.0.2.9", .pstn_failover = true}};
    static const struct {
        int status, cause;
        const char *alone, *first_of_two, *before_failover;
    } cases[] = {
        {0, 0, "trunk 0 0", "trunk 0 0", "trunk 0 0"},
        {404, 0, "refused 404 0", "refused 404 0", "refused 404 0"}, /* the gateway is not tried */
        {480, 0, "refused 480 0", "trunk 0 0", "refused 480 0"},
        {403, 0, "refused 403 0", "trunk 0 0", "refused 403 0"},
        {503, 0, "refused 503 0", "trunk 0 0", "trunk 0 0"},
        {503, 125, "refused 488 125", "trunk 0 0", "trunk 0 0"},
        {7, 0, "trunk 0 0", "trunk 0 0", "trunk 0 0"},
    };
    sj_testkit *kit = *state;
    char text[200];
    world.answer = text;
    world.http_status = 200;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(text, sizeof text, answer, cases[i].status, cases[i].cause);
        world.others = NULL;
        analyze(kit, 0);
        assert_string_equal(world.said, cases[i].alone);
        world.others = two;
        analyze(kit, 0);
        assert_string_equal(world.said, cases[i].first_of_two);
        world.others = over_the_pstn;
        analyze(kit, 0);
        assert_string_equal(world.said, cases[i].before_failover);
    }
    holds("0 cluster BR|no_match there: Nothing.");
}

/* An address that hangs costs its share of the time; the one that answered is asked first then. */
static void the_addresses_of_a_cluster_are_tried(void **state) {
    sj_testkit *kit = *state;
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"phone\",\"explanation\":\"It rings.\"}";
    world.http_status = 200;
    world.hangs = "//192.0.2.8:";
    put(kit, &sj_remote_cluster_status_meta,
        "{\"cluster_id\":\"BR\",\"learnt_from\":\"192.0.2.7:8443\",\"last_succeeded\":"
        "\"2026-01-05T08:00:00Z\",\"services\":[{\"service\":\"emcc\",\"addresses\":["
        "\"192.0.2.8\"]}]}");
    analyze(kit, 3000);
    holds("0 cluster BR|phone there: It rings.");
    assert_int_equal(world.fetched, 2);
    analyze(kit, 0);
    holds("0 cluster BR|phone there: It rings.");
    assert_int_equal(world.fetched, 3);
}

/* However many there are, the one that is alive is found, and asked first from then on. */
static void the_last_of_many_nodes_is_reached(void **state) {
    sj_testkit *kit = *state;
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"phone\",\"explanation\":\"It rings.\"}";
    world.http_status = 200;
    world.hangs = "//";
    world.alive = "//192.0.2.112:";
    put(kit, &sj_remote_cluster_status_meta,
        "{\"cluster_id\":\"BR\",\"learnt_from\":\"192.0.2.7:8443\",\"last_succeeded\":"
        "\"2026-01-05T08:00:00Z\",\"services\":[{\"service\":\"emcc\",\"addresses\":["
        "\"192.0.2.101\",\"192.0.2.102\",\"192.0.2.103\",\"192.0.2.104\",\"192.0.2.105\","
        "\"192.0.2.106\",\"192.0.2.107\",\"192.0.2.108\",\"192.0.2.109\",\"192.0.2.110\","
        "\"192.0.2.111\",\"192.0.2.112\"]}]}");
    analyze(kit, 6000);
    holds("0 cluster BR|phone there: It rings.");
    assert_int_equal(world.fetched, 12);
    analyze(kit, 0);
    holds("0 cluster BR|phone there: It rings.");
    assert_int_equal(world.fetched, 13);
    /* The cluster has said which it prefers: that is tried again later. */
    world.hangs = NULL;
    sj_testkit_advance(kit, INT64_C(11) * 60000);
    analyze(kit, 0);
    assert_non_null(strstr(world.url, "//192.0.2.101:"));
}

static void bandwidth_on_the_way(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    world.destination = (sj_call_destination){.device = "SEP00AA",
                                              .next_cluster_id = "",
                                              .takes_bandwidth = true,
                                              .from_location = "Berlin",
                                              .to_location = "Rome",
                                              .audio_bit_rate = 64};
    analyze(kit, 0);
    holds("0 admission SEP00AA|whether there is bandwidth from Berlin to Rome is not known: ");
    assert_non_null(sj_answer_lbm_simulate(sj_testkit_scope(kit), on_simulate, kit, &error));
    analyze(kit, 0);
    holds("from Berlin to Rome by way of Berlin, Hub_None, Rome: with audio of 64 kbps the call "
          "takes 80 kbps; there is too little now at Hub_None@Rome: the call is refused: Not "
          "Enough Bandwidth");
    holds("0 outcome refused|It goes out. The call would be answered 488: Not Enough Bandwidth "
          "(cause 125).");
    assert_string_equal(world.said, "refused 488 125");
    world.destination.alternate_number = "004969123";
    world.destination.alternate_calling_search_space = "AAR";
    analyze(kit, 0);
    holds("at Hub_None@Rome: automated alternate routing dials 004969123 through AAR");
    assert_string_equal(world.said, "trunk 0 0");
    world.around_status = 404;
    analyze(kit, 0);
    assert_string_equal(world.said, "refused 404 0");
    world.around_status = 0;
    world.around = world.destination; /* which goes around no second time */
    world.around.device = "Gateway";
    analyze(kit, 0);
    holds("0 admission Gateway|from Berlin to Rome");
    holds("too little now at Hub_None@Rome: the call is refused: Not Enough Bandwidth");
    assert_string_equal(world.said, "refused 488 125");
    world.around.takes_bandwidth = false;
    analyze(kit, 0);
    assert_string_equal(world.said, "trunk 0 0");
    world.destination.never_refused = true;
    analyze(kit, 0);
    holds("at Hub_None@Rome: an emergency call is made all the same");
    world.no_links = true;
    analyze(kit, 0);
    holds("from Berlin to Rome: an emergency call is made all the same. No links lead there.\n");
    world.no_links = false;
    world.lbm_has_room = true;
    analyze(kit, 0);
    holds("there is enough now");
    const sj_call_destination two[] = {world.destination, {.device = "Gateway"}};
    world.others = two;
    world.lbm_has_room = world.destination.never_refused = false;
    world.destination.alternate_number = "";
    analyze(kit, 0); /* the other one takes nothing */
    assert_string_equal(world.said, "trunk 0 0");
    const sj_call_destination full[] = {{.device = "To-BR",
                                         .address = "sip:6100@192.0.2.7",
                                         .next_cluster_id = "BR",
                                         .takes_bandwidth = true,
                                         .from_location = "Berlin",
                                         .to_location = "Rome",
                                         .audio_bit_rate = 64},
                                        {.device = "Gateway", .address = "sip:6100@192.0.2.9"}};
    world.others = full;
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"no_match\",\"status\":404}";
    world.http_status = 200;
    analyze(kit, 0); /* the cluster that would refuse it is not tried */
    assert_string_equal(world.said, "trunk 0 0");
}

/* A call that needs a Location Bandwidth Manager is refused while none answers. */
static void no_lbm_answers(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    world.destination = (sj_call_destination){.device = "SEP00AA",
                                              .from_location = "Hub_None",
                                              .to_location = "Hub_None",
                                              .audio_bit_rate = 64,
                                              .needs_lbm = true};
    analyze(kit, 0);
    holds("0 admission SEP00AA|no Location Bandwidth Manager answers, and Call Treatment When No "
          "LBM Available is to reject calls: the call is refused: Not Enough Bandwidth");
    assert_string_equal(world.said, "refused 488 125");
    world.destination.never_refused = true; /* which the call manager says of no such call */
    world.destination.needs_lbm = false;
    analyze(kit, 0);
    assert_string_equal(world.said, "trunk 0 0");
    world.destination.never_refused = false;
    world.destination.needs_lbm = world.lbm_has_room = true;
    assert_non_null(sj_answer_lbm_simulate(sj_testkit_scope(kit), on_simulate, kit, &error));
    analyze(kit, 0);
    assert_string_equal(world.said, "trunk 0 0");
    /* So it is with that of the cluster in which a phone stands. */
    world.destination.caller_cluster_id = "BR";
    world.destination.caller_device = "SEP00BB";
    assert_non_null(
        sj_answer_visited_bandwidth_admit(sj_testkit_scope(kit), on_silence, kit, &error));
    analyze(kit, 0);
    holds("0 admission SEP00AA|cluster BR, in which the phone stands, does not say whether there "
          "is bandwidth: it does not answer, and Call Treatment");
    assert_string_equal(world.said, "refused 488 125");
    world.destination.needs_lbm = false;
    analyze(kit, 0);
    assert_string_equal(world.said, "trunk 0 0");
}

/* A hunt goes on behind members to whom there is too little: the call manager says where to. */
static void a_hunt_without_bandwidth(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    assert_non_null(sj_answer_lbm_simulate(sj_testkit_scope(kit), on_simulate, kit, &error));
    world.outcome = "hunt";
    world.destination = (sj_call_destination){.device = "SEP00AA",
                                              .takes_bandwidth = true,
                                              .from_location = "Berlin",
                                              .to_location = "Rome",
                                              .audio_bit_rate = 64,
                                              .hunted = true};
    analyze(kit, 0);
    holds("too little now at Hub_None@Rome: the hunt goes on without it");
    assert_string_equal(world.without, "SEP00AA ");
    assert_string_equal(world.said, "hunt 488 125");
    const sj_call_destination near = {.device = "SEP00BB", .hunted = true};
    world.hunted_on = &near;
    analyze(kit, 0);
    assert_string_equal(world.said, "hunt 0 0");
    /* Who was found to have too little is not asked about again where the hunt is forwarded to. */
    const sj_call_destination again = {.device = "SEP00AA"};
    world.hunted_on = &again;
    analyze(kit, 0);
    assert_string_equal(world.said, "refused 488 125");
    world.lbm_has_room = true;
    analyze(kit, 0);
    assert_string_equal(world.said, "hunt 0 0");
    assert_string_equal(world.without, "");
    /* All who ring at once: one is enough. */
    const sj_call_destination two[] = {world.destination, near};
    world.others = two;
    world.lbm_has_room = false;
    analyze(kit, 0);
    assert_string_equal(world.said, "hunt 0 0");
    assert_string_equal(world.without, "");
}

/* A call to a cluster that counts together with this one: that one is told from where it comes. */
static void bandwidth_that_another_cluster_counts(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    assert_non_null(sj_answer_lbm_simulate(sj_testkit_scope(kit), on_simulate, kit, &error));
    world.lbm_has_room = true;
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"phone\"}";
    world.destination = (sj_call_destination){.device = "To-BR",
                                              .next_cluster_id = "BR",
                                              .takes_bandwidth = true,
                                              .from_location = "Berlin",
                                              .to_location = "Shadow",
                                              .to_cluster = "BR",
                                              .audio_bit_rate = 64};
    analyze(kit, 0);
    holds("0 admission To-BR|from Berlin to Shadow: It is counted there.");
    assert_non_null(strstr(world.sent, "\"from_location\":\"Berlin\""));
}

static void on_admit(void *user, sj_question *question, const sj_visited_bandwidth_admit *request) {
    sj_testkit *kit = user;
    const sj_visited_bandwidth_admit_reply reply = {
        .asked = true,
        .answered = true,
        .outcome =
            world.lbm_has_room ? SJ_BANDWIDTH_OUTCOME_ADMITTED : SJ_BANDWIDTH_OUTCOME_REFUSED,
        .message = world.lbm_has_room ? "there is enough" : "there is too little"};
    assert_int_equal(request->step, SJ_VISITED_BANDWIDTH_STEP_SIMULATE);
    (void)snprintf(world.sent, sizeof world.sent, "%s %s+%s", request->cluster_id,
                   request->device_name, request->other_device_name);
    sj_reply_visited_bandwidth_admit(sj_testkit_scope(kit), question, &reply);
}

/* The cluster in which a traveller's phone stands decides, too, and is asked what it would. */
static void bandwidth_where_a_phone_stands(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    world.destination = (sj_call_destination){.device = "SEP00AA",
                                              .caller_cluster_id = "BR",
                                              .caller_device = "SEP00BB",
                                              .audio_bit_rate = 64};
    analyze(kit, 0);
    holds(
        "0 admission SEP00AA|whether there is bandwidth at cluster BR, in which the phone stands, "
        "is not known: ");
    assert_non_null(
        sj_answer_visited_bandwidth_admit(sj_testkit_scope(kit), on_admit, kit, &error));
    analyze(kit, 0);
    assert_string_equal(world.sent, "BR SEP00BB+");
    holds("at cluster BR: there is too little: the call is refused: Not Enough Bandwidth");
    world.lbm_has_room = true;
    world.destination.callee_cluster_id = "BR";
    analyze(kit, 0);
    assert_string_equal(world.sent, "BR SEP00BB+SEP00AA");
    holds("at cluster BR: there is enough\n");
    world.destination.caller_cluster_id = "";
    analyze(kit, 0);
    assert_string_equal(world.sent, "BR SEP00AA+");
}

static void keep_waiting(void *user, sj_question *question,
                         const sj_visited_bandwidth_admit *request) {
    (void)user;
    (void)question; /* it is never answered */
    (void)snprintf(world.sent, sizeof world.sent, "%s", request->cluster_id);
}

/* A cluster that hangs costs the time of one question, whatever rings there. */
static void a_visited_cluster_that_hangs(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    world.destination = (sj_call_destination){
        .device = "SEP00AA", .caller_cluster_id = "BR", .callee_cluster_id = "LX"};
    assert_non_null(
        sj_answer_visited_bandwidth_admit(sj_testkit_scope(kit), keep_waiting, kit, &error));
    analyze(kit, 6000);
    assert_string_equal(world.sent, "BR");
    holds("at cluster BR, in which the phone stands, is not known: ");
    holds("at cluster LX, in which the phone stands, is not known: no time is left to ask");
}

/* ---- being asked ---- */

static const sj_testkit_reply *asked_by(sj_testkit *kit, const char *cluster, const char *body) {
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/analysis",
                                        .content_type = "application/json",
                                        .body = body,
                                        .peer = "192.0.2.7",
                                        .tls = true,
                                        .peer_cluster = cluster};
    return sj_testkit_send(kit, &request);
}

static void a_paired_cluster_is_answered(void **state) {
    sj_testkit *kit = *state;
    world.destination.next_cluster_id = "";
    const sj_testkit_reply *reply =
        asked_by(kit, "BR",
                 "{\"cluster_id\":\"BR\",\"way\":[\"BR 5\"],\"wait_ms\":4000,\"digits\":\"4001\","
                 "\"calling_number\":\"6100\",\"route_string\":\"hq.example\"}");
    assert_int_equal(reply->status, 200);
    assert_string_equal(world.asked, "4001 from BR phone  route hq.example shown 6100");
    assert_non_null(strstr(reply->body, "\"explanation\":\"It goes out.\""));
    reply = asked_by(kit, "BR",
                     "{\"cluster_id\":\"BR\",\"wait_ms\":4000,\"digits\":\"999\",\"device_name\":"
                     "\"SEP00BB\"}");
    assert_int_equal(reply->status, 200);
    assert_string_equal(world.asked, "999 from BR phone SEP00BB returned route  shown ");
}

/* That cluster's calls would be refused here: that is an answer. */
static void a_paired_cluster_without_a_trunk_is_refused(void **state) {
    world.no_trunk = true;
    const sj_testkit_reply *reply =
        asked_by(*state, "BR", "{\"cluster_id\":\"BR\",\"wait_ms\":4000,\"digits\":\"4001\"}");
    assert_int_equal(reply->status, 200);
    assert_non_null(strstr(reply->body, "\"code\":0"));
    assert_non_null(strstr(reply->body, "\"outcome\":\"refused\""));
    assert_non_null(strstr(reply->body, "\"explanation\":\"no SIP trunk leads to BR\""));
    assert_non_null(strstr(reply->body, "\"status\":403"));
}

/* The rows about the users of who asks, and no others. */
static void a_paired_cluster_is_told_its_rows(void **state) {
    sj_testkit *kit = *state;
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/emergency",
                                        .content_type = "application/json",
                                        .body = "{\"cluster_id\":\"BR\",\"numbers\":[\"112\"]}",
                                        .peer = "192.0.2.7",
                                        .tls = true,
                                        .peer_cluster = "BR"};
    a_phone(kit);
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\",\"calling_search_space\":\"All\","
        "\"enable_extension_mobility\":true}");
    world.destination.next_cluster_id = "";
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"192.0.2.7\",\"emcc\":true}");
    const sj_testkit_reply *reply = sj_testkit_send(kit, &request);
    assert_int_equal(reply->status, 200);
    assert_non_null(strstr(reply->body, "\"rows\":[{\"place\":"));
    assert_non_null(strstr(reply->body, "\"number\":\"112\",\"gateway\":\"To-BR\""));
    assert_null(strstr(strstr(reply->body, "\"number\"") + 1, "\"number\"")); /* not the phone's */
    assert_non_null(strstr(world.asked, "phone SEP001122334455 returned"));
    sj_testkit_request other = request;
    other.body = "{\"cluster_id\":\"BR\",\"numbers\":[\"112\"],\"calling_numbers\":[\"4001\"]}";
    assert_non_null(strstr(sj_testkit_send(kit, &other)->body, "\"calling_number\":\"4002\""));
    assert_non_null(strstr(world.asked, "shown 4001"));
    other.body = "{\"cluster_id\":\"BR\",\"numbers\":[\"112\"],\"calling_numbers\":[\"4 1\"]}";
    assert_non_null(strstr(sj_testkit_send(kit, &other)->body, "\"number\":\"112\""));
    assert_null(strstr(world.asked, "shown 4")); /* that is no number */
    other.peer_cluster = "XX";
    assert_int_equal(sj_testkit_send(kit, &other)->status, 403);
}

/* Of an emergency call a trunk of which nothing was observed is asked first, and no other. */
static void a_paired_cluster_has_trunks_observed(void **state) {
    static const char question[] = "{\"cluster_id\":\"BR\",\"wait_ms\":4000,\"digits\":\"112\"%s}";
    sj_testkit *kit = *state;
    char body[200];
    world.destination.next_cluster_id = "";
    world.destination.reachable = false;
    (void)snprintf(body, sizeof body, question, "");
    assert_non_null(strstr(asked_by(kit, "BR", body)->body, "\"reached\":false"));
    assert_int_equal(world.trunks_asked, 0);
    (void)snprintf(body, sizeof body, question, ",\"observe\":true");
    assert_non_null(strstr(asked_by(kit, "BR", body)->body, "\"reached\":false"));
    assert_int_equal(world.trunks_asked, 1);
    world.observed = true;
    assert_non_null(strstr(asked_by(kit, "BR", body)->body, "\"reached\":true"));
    assert_int_equal(world.trunks_asked, 2);
    assert_non_null(strstr(asked_by(kit, "BR", body)->body, "\"reached\":true"));
    assert_int_equal(world.trunks_asked, 2);
}

static void others_are_not(void **state) {
    sj_testkit *kit = *state;
    static const char question[] = "{\"cluster_id\":\"BR\",\"wait_ms\":4000,\"digits\":\"4001\"}";
    char longer[20000];
    assert_int_equal(asked_by(kit, NULL, question)->status, 403);
    assert_int_equal(asked_by(kit, "XX", question)->status, 403);
    assert_int_equal(
        asked_by(kit, "XX", "{\"cluster_id\":\"XX\",\"wait_ms\":4000,\"digits\":\"1\"}")->status,
        403); /* its certificate is there, and no record */
    assert_int_equal(asked_by(kit, "BR", "{")->status, 400);
    memset(longer, ' ', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(asked_by(kit, "BR", longer)->status, 400);
    assert_int_equal(world.asked_count, 0);
}

static void circles_and_long_ways_end(void **state) {
    sj_testkit *kit = *state;
    const sj_testkit_reply *reply =
        asked_by(kit, "BR",
                 "{\"cluster_id\":\"BR\",\"way\":[\"hq 4001\",\"BR 5\"],\"wait_ms\":"
                 "4000,\"digits\":\"4001\"}");
    assert_non_null(strstr(reply->body, "it goes in a circle"));
    assert_non_null(strstr(reply->body, "\"circle\":true"));
    reply = asked_by(kit, "BR",
                     "{\"cluster_id\":\"BR\",\"way\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\","
                     "\"8\"],\"wait_ms\":4000,\"digits\":\"4001\"}");
    assert_non_null(strstr(reply->body, "too many clusters"));
    reply = asked_by(kit, "BR", "{\"cluster_id\":\"BR\",\"wait_ms\":0,\"digits\":\"4001\"}");
    assert_non_null(strstr(reply->body, "there is no time left"));
    assert_int_equal(world.asked_count, 0);
    /* A call that goes back with the number that it came with is not asked about again. */
    reply = asked_by(kit, "BR",
                     "{\"cluster_id\":\"BR\",\"way\":[\"BR 6100\"],\"wait_ms\":4000,\"digits\":"
                     "\"4001\"}");
    assert_non_null(strstr(reply->body, "the call came from there with the same number"));
    assert_non_null(strstr(reply->body, "\"circle\":true"));
    assert_int_equal(sj_testkit_count(kit, "http", NULL), 0);
}

/* The questions of one cluster wait for BR; another one is still answered. */
static void one_cluster_leaves_room_for_others(void **state) {
    static const char *const body = "{\"cluster_id\":\"%s\",\"wait_ms\":4000,\"digits\":\"4001\"}";
    sj_testkit *kit = *state;
    const sj_testkit_reply *waiting[4];
    char theirs[100], others[100];
    (void)snprintf(theirs, sizeof theirs, body, "CC");
    (void)snprintf(others, sizeof others, body, "DD");
    assert_int_equal(
        sj_testkit_put(kit, &sj_remote_cluster_meta,
                       "{\"cluster_id\":\"CC\",\"fully_qualified_name\":\"192.0.2.8\"}", NULL),
        SJ_OK);
    assert_int_equal(
        sj_testkit_put(kit, &sj_remote_cluster_meta,
                       "{\"cluster_id\":\"DD\",\"fully_qualified_name\":\"192.0.2.9\"}", NULL),
        SJ_OK);
    for (size_t i = 0; i < 4; i++) {
        waiting[i] = asked_by(kit, "CC", theirs);
        assert_int_equal(waiting[i]->status, 0);
    }
    assert_int_equal(asked_by(kit, "CC", theirs)->status, 503);
    const sj_testkit_reply *other = asked_by(kit, "DD", others);
    assert_int_equal(other->status, 0); /* it is asked about */
    sj_testkit_advance(kit, 5000);
    assert_int_equal(other->status, 200);
    assert_int_equal(waiting[3]->status, 200);
    world.destination.next_cluster_id = "";
    assert_int_equal(asked_by(kit, "CC", theirs)->status, 200); /* its places are free again */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        DNA_TEST(numbers_are_those_of_the_way),
        DNA_TEST(the_next_cluster_goes_on),
        DNA_TEST(an_answer_is_bounded),
        DNA_TEST(what_cannot_be_learned_is_a_sentence),
        DNA_TEST(a_refusal_there_is_one_here),
        DNA_TEST(the_addresses_of_a_cluster_are_tried),
        DNA_TEST(the_last_of_many_nodes_is_reached),
        DNA_TEST(bandwidth_on_the_way),
        DNA_TEST(a_hunt_without_bandwidth),
        DNA_TEST(no_lbm_answers),
        DNA_TEST(bandwidth_that_another_cluster_counts),
        DNA_TEST(bandwidth_where_a_phone_stands),
        DNA_TEST(a_visited_cluster_that_hangs),
        DNA_TEST(a_paired_cluster_is_answered),
        DNA_TEST(a_paired_cluster_without_a_trunk_is_refused),
        DNA_TEST(a_paired_cluster_is_told_its_rows),
        DNA_TEST(a_paired_cluster_has_trunks_observed),
        DNA_TEST(others_are_not),
        DNA_TEST(circles_and_long_ways_end),
        DNA_TEST(one_cluster_leaves_room_for_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
