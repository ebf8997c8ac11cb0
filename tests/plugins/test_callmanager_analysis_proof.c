/* The analysis cannot disagree with calls: in a dial plan made of chance, beside which other
 * clusters advertise numbers, a number of each pattern and numbers of chance are analysed for a
 * moment, and each analysis is compared with the call itself, made at that moment: as number or as
 * URI, digit by digit, and over TLS to those who have it; with numbers that forward, hunts, codes,
 * and callers whose number is withheld. Prints its seed. With 100,000 patterns:
 * SOJOURN_ANALYSIS_PATTERNS (SOJOURN_ANALYSIS_EACH=0 leaves their own numbers out). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "events/ils.h"
#include "parameters/call_manager.h"
#include "random_plan.h"
#include "tls_kit.h"

/* ---- what other clusters advertise ---- */

static bool is_advertised(const char *digits) {
    unsigned sum = 0;
    for (; *digits != '\0'; digits++) {
        sum = sum * 31 + (unsigned char)*digits;
    }
    return sum % 7 == 0;
}

static void on_lookup(void *user, sj_question *question, const sj_ils_lookup *request) {
    const bool found = strchr(request->dialled, '@') == NULL && is_advertised(request->dialled);
    const sj_ils_lookup_reply reply = {.found = found,
                                       .kind = found ? "enterprise_number" : "",
                                       .key = found ? request->dialled : "",
                                       .cluster_id = found ? "FAR" : "",
                                       .route_string = found ? "far.route" : ""};
    sj_reply_ils_lookup(user, question, &reply);
}

/* ---- the phones ---- */

static const char *const erin = "192.0.2.5", *const frank = "192.0.2.6";
static sj_testkit_peer *erins, *franks; /* their connections, */
static uint64_t registered_ms;
static size_t erins_past, franks_past; /* and what has come there and counts no more */

/* How a call is made: with the whole number; with one key after the other; over TLS. */
static const struct caller {
    const char *device, *number, *address;
    bool keys, tls;
} callers[] = {{ALICE, "1001", "192.0.2.1", false, false},
               {"SEP001122334402", "1002", "192.0.2.2", true, false},
               {"SEP001122334406", "1006", "192.0.2.6", false, true}};

static void all_register(sj_testkit *kit, int turn) {
    static const sj_testkit_tls erin_shows = {.common_name = "SEP001122334405",
                                              .trusted_for = "phones"},
                                frank_shows = {.common_name = "SEP001122334406",
                                               .trusted_for = "phones"};
    register_phone(kit, alice, ALICE, "1001", turn, 3600);
    register_phone(kit, bob, "SEP001122334402", "1002", turn, 3600);
    register_phone(kit, dave, "SEP001122334404", "1004", turn, 3600);
    erins = registers(kit, erin, "SEP001122334405", "1005", &erin_shows);
    franks = registers(kit, frank, "SEP001122334406", "1006", &frank_shows);
    sj_testkit_advance(kit, 1000);
    registered_ms = sj_monotonic_ms(sj_testkit_scope(kit));
}

static void forget(sj_testkit *kit) {
    erins_past = strlen(sj_testkit_received(erins, NULL));
    franks_past = strlen(sj_testkit_received(franks, NULL));
    sj_testkit_forget(kit);
}

/* The newest that a phone or a trunk was sent; NULL: nothing that begins so. */
static const char *came(sj_testkit *kit, const char *address, const char *head) {
    return strcmp(address, erin) == 0    ? newest_behind(erins, erins_past, head)
           : strcmp(address, frank) == 0 ? newest_behind(franks, franks_past, head)
                                         : sent_to(kit, address, head);
}

static void sends(sj_testkit *kit, const char *address, const char *text) {
    if (strcmp(address, erin) == 0 || strcmp(address, frank) == 0) {
        says(strcmp(address, erin) == 0 ? erins : franks, text);
    } else {
        send_text(kit, address, 5060, text);
    }
    sj_testkit_run(kit);
}

static void answers(sj_testkit *kit, const char *address, const char *request, int status) {
    char text[2000];
    const char *to = header(request, "To");
    (void)snprintf(text, sizeof text,
                   "SIP/2.0 %d x\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
                   "Expires: 3600\r\nContent-Length: 0\r\n\r\n",
                   status, header(request, "Via"), header(request, "From"), to,
                   strstr(to, ";tag=") == NULL ? ";tag=callee" : "", header(request, "Call-ID"),
                   header(request, "CSeq"));
    sends(kit, address, text);
}

/* The caller's request of a call, each with names of its own. */
static void asks(sj_testkit *kit, const struct caller *caller, const char *method, size_t call,
                 const char *uri, const char *to) {
    char text[1500];
    (void)snprintf(
        text, sizeof text,
        "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s:5060;branch=z9hG4bKp%zu\r\n"
        "Max-Forwards: 70\r\nFrom: <sip:%s@x>;tag=p%zu\r\nTo: %s\r\nCall-ID: proof-%zu\r\n"
        "CSeq: 1 %s\r\nContact: <sip:%s%s@%s:5060>\r\nContent-Length: 0\r\n\r\n",
        method, uri, caller->tls ? "TLS" : "UDP", caller->address, call, caller->number, call, to,
        call, method, caller->tls ? "" : "uuid-", caller->number, caller->address);
    sends(kit, caller->address, text);
}

/* ---- one key after the other ---- */

enum { T302_MS = 1000 };

/* What Bob's phone is asked in a call. */
struct keyed {
    size_t call;
    unsigned cseq; /* of the next SUBSCRIBE */
    bool asked;    /* for further keys */
    char dialog[DIALOG];
};

/* The SUBSCRIBE of that number, and no other call's that is sent again; NULL: none. */
static const char *subscribe_of(sj_testkit *kit, const struct keyed *keyed) {
    static char text[3000];
    char named[80];
    sj_address to;
    const void *data;
    size_t length;
    (void)snprintf(named, sizeof named, "Call-ID: proof-%zu\r\nCSeq: %u SUBSCRIBE\r\n", keyed->call,
                   keyed->cseq);
    for (size_t i = 0; sj_testkit_datagram_sent(kit, i, &to, &data, &length); i++) {
        (void)snprintf(text, sizeof text, "%.*s", (int)length, (const char *)data);
        if (strncmp(text, "SUBSCRIBE ", 10) == 0 && strstr(text, named) != NULL) {
            return text;
        }
    }
    return NULL;
}

static void answer_subscribes(sj_testkit *kit, struct keyed *keyed) {
    const char *request;
    while ((request = subscribe_of(kit, keyed)) != NULL) {
        keyed->asked = strcmp(header(request, "Expires"), "0") != 0;
        keyed->cseq++;
        turned_round(request, keyed->dialog);
        answers(kit, bob, request, 200);
    }
}

static void presses(sj_testkit *kit, const char *dialog, char key) {
    static unsigned notifies;
    char text[1500], body[300];
    (void)snprintf(body, sizeof body,
                   "<kpml-response xmlns=\"urn:ietf:params:xml:ns:kpml-response\" version=\"1.0\" "
                   "code=\"200\" text=\"OK\" digits=\"%c\" tag=\"digits\"/>",
                   key);
    (void)snprintf(text, sizeof text,
                   "NOTIFY sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;"
                   "branch=z9hG4bKk%u\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n"
                   "CSeq: %u NOTIFY\r\nEvent: kpml\r\nSubscription-State: active\r\n"
                   "Content-Type: application/kpml-response+xml\r\nContent-Length: %zu\r\n\r\n%s",
                   notifies, header(dialog, "From"), header(dialog, "To"),
                   header(dialog, "Call-ID"), notifies + 10, strlen(body), body);
    notifies++;
    sends(kit, bob, text);
}

/* Bob keys in a number, as far as he is asked for it; then he waits. */
static void keys_in(sj_testkit *kit, size_t call, const char *keys) {
    struct keyed keyed = {.call = call, .cseq = 101};
    char uri[40], to[60];
    (void)snprintf(uri, sizeof uri, "sip:%c@127.0.0.1", *keys++);
    (void)snprintf(to, sizeof to, "<%s>", uri);
    asks(kit, &callers[1], "INVITE", call, uri, to);
    answer_subscribes(kit, &keyed);
    while (keyed.asked && *keys != '\0') {
        forget(kit);
        presses(kit, keyed.dialog, *keys++);
        answer_subscribes(kit, &keyed);
    }
    while (keyed.asked) {
        forget(kit);
        sj_testkit_advance(kit, T302_MS + 100);
        answer_subscribes(kit, &keyed);
    }
}

/* ---- where it goes ---- */

static void host_of(const char *uri, char host[64]) {
    const char *at = strchr(uri, '@');
    at = at == NULL ? uri + 4 : at + 1;
    (void)snprintf(host, 64, "%.*s", (int)strcspn(at, ":;"), at);
}

static struct analysis said;

/* The INVITE of a destination, with the numbers that were said, and with the caller's or without.
 */
static const char *invited(sj_testkit *kit, size_t i, const char *what) {
    static char text[8192];
    char head[400], part[120], host[64];
    const bool withheld = strstr(said.to[i].text, "withheld") != NULL;
    host_of(said.to[i].address, host);
    (void)snprintf(head, sizeof head, "INVITE %s SIP/2.0\r\n", said.to[i].address);
    (void)snprintf(part, sizeof part, "<sip:%s@", withheld ? "anonymous" : said.to[i].calling);
    const char *sent = came(kit, host, head);
    const bool to_trunk = strncmp(host, "198.18.", 7) == 0;
    if (sent == NULL || strstr(header(sent, "From"), part) == NULL ||
        (to_trunk && (strstr(sent, "\r\nPrivacy: id") == NULL) == withheld)) {
        sj_testkit_print(kit);
        fail_msg("%s: analysed as %s; destination %zu (%s from %s%s) got %s", what, said.summary, i,
                 said.to[i].address, said.to[i].calling, withheld ? ", withheld" : "",
                 sent == NULL ? "no INVITE" : header(sent, "From"));
    }
    (void)snprintf(text, sizeof text, "%s", sent);
    return text;
}

/* Those of a hunt ring at once, and the caller gives up. */
static void rings_as_said(sj_testkit *kit, const struct caller *caller, size_t call,
                          const char *uri, const char *what) {
    char host[64], to[140];
    for (size_t i = 0; i < said.destinations_count; i++) {
        host_of(said.to[i].address, host);
        const char *sent = invited(kit, i, what);
        answers(kit, host, sent, 180);
    }
    (void)snprintf(to, sizeof to, "<%s>", uri);
    asks(kit, caller, "CANCEL", call, uri, to);
    for (size_t i = 0; i < said.destinations_count; i++) {
        host_of(said.to[i].address, host);
        answers(kit, host, invited(kit, i, what), 487);
    }
}

/* Each destination of the analysis gets an INVITE, in that order and with those numbers. */
static void goes_as_said(sj_testkit *kit, const struct caller *caller, size_t call, const char *uri,
                         const char *what) {
    char head[40], host[64], to[600];
    said = analysed;
    if (said.sip_status != 0) {
        said.destinations_count = 0; /* of which none can be called */
    }
    if (strcmp(said.outcome, "hunt") == 0 && said.destinations_count > 0) {
        rings_as_said(kit, caller, call, uri, what);
    }
    for (size_t i = 0; strcmp(said.outcome, "hunt") != 0 && i < said.destinations_count; i++) {
        char sent[8192];
        host_of(said.to[i].address, host);
        (void)snprintf(sent, sizeof sent, "%s", invited(kit, i, what));
        forget(kit);
        answers(kit, host, sent, 503);
    }
    const char *final = came(kit, caller->address, "SIP/2.0 4");
    final = final != NULL ? final : came(kit, caller->address, "SIP/2.0 5");
    (void)snprintf(head, sizeof head, "SIP/2.0 %d ", (int)said.sip_status);
    if (final == NULL ||
        (said.destinations_count == 0 && strncmp(final, head, strlen(head)) != 0)) {
        sj_testkit_print(kit);
        fail_msg("%s: analysed as %s, status %d; the call got %.60s", what, said.summary,
                 (int)said.sip_status, final == NULL ? "no final answer" : final);
    }
    (void)snprintf(to, sizeof to, "%s", header(final, "To"));
    asks(kit, caller, "ACK", call, uri, to);
}

static size_t number_from(const char *name, size_t otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoul(text, NULL, 10) : otherwise;
}

/* What is typed for a number, and what a phone sends then. */
enum { SIPS_FORM = 3, FORMS = 6 };

static const struct {
    const char *typed, *sent;
} forms[FORMS] = {{"%s", "sip:%s@127.0.0.1"},
                  {"%s@example.com", "sip:%s@example.com"},
                  {"sip:%s@example.com", "sip:%s@example.com"},
                  {"sips:%s@example.com", "sips:%s@example.com"},
                  {"%s@b.example;user=phone", "sip:%s@b.example;user=phone"},
                  {"tel:%s", "tel:%s"}};

static void put_form(char *text, size_t room, const char *form, const char *digits) {
    const char *place = strstr(form, "%s");
    (void)snprintf(text, room, "%.*s%s%s", (int)(place - form), form, digits, place + 2);
}

static size_t outcomes[5], learned, withheld, ended_early;

static void count(const struct caller *caller, const char *digits) {
    static const char *const words[] = {"trunk", "blocked", "phone", "hunt"};
    size_t i = 0;
    while (i < sizeof words / sizeof words[0] && strcmp(analysed.outcome, words[i]) != 0) {
        i++;
    }
    outcomes[i]++;
    learned += analysed.learned;
    withheld += strstr(analysed.to[0].text, "withheld") != NULL;
    ended_early += caller->keys && strcmp(analysed.dialled, digits) != 0;
}

/* Behind some a #, or a code. */
static void add_end(const struct caller *caller, char digits[24]) {
    const char *end = one_in(8)                   ? caller->keys ? RANDOM_CODE "#" : "#" RANDOM_CODE
                      : caller->keys && one_in(3) ? "#"
                                                  : "";
    (void)strcat(digits, end);
}

static void compare(sj_testkit *kit, size_t call, char digits[24], uint64_t seed) {
    char typed[80], uri[120], sent[40], to[140], at[32], what[200];
    const struct caller *caller = &callers[one_in(4) ? 1 : one_in(6) ? 2 : 0];
    const size_t form = caller->keys ? 0 : caller->tls ? SIPS_FORM : chance(FORMS);
    /* So that no time schedule begins or ends while digits are keyed in. */
    const time_t when = 1767225600 + (time_t)chance(365 * 24 * 4) * 900 + (time_t)chance(800);
    struct tm parts;
    if (form == 0) {
        add_end(caller, digits);
    }
    if (call == 0 || sj_monotonic_ms(sj_testkit_scope(kit)) > registered_ms + 60000) {
        all_register(kit, 1 + (int)call);
    }
    put_form(typed, sizeof typed, forms[form].typed, digits);
    (void)strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &parts));
    (void)snprintf(what, sizeof what, "seed %llu, call %zu of %s to %s at %s",
                   (unsigned long long)seed, call, caller->device, typed, at);
    ask(kit, &(sj_call_analyse){.device_name = caller->device,
                                .digits = typed,
                                .at = at,
                                .digit_by_digit = caller->keys});
    assert_int_equal(analysed.status, SJ_OK);
    count(caller, digits);
    sj_testkit_set_wall(kit, (int64_t)when * 1000); /* the call is made then */
    forget(kit);
    if (caller->keys) {
        (void)snprintf(uri, sizeof uri, "sip:%c@127.0.0.1", digits[0]);
        keys_in(kit, call, digits);
    } else {
        (void)snprintf(sent, sizeof sent, "%.*s%s%s", (int)strcspn(digits, "#"), digits,
                       strchr(digits, '#') == NULL ? "" : "%23",
                       strchr(digits, '#') == NULL ? "" : strchr(digits, '#') + 1);
        put_form(uri, sizeof uri, forms[form].sent, sent);
        (void)snprintf(to, sizeof to, "<%s>", uri);
        asks(kit, caller, "INVITE", call, uri, to);
    }
    goes_as_said(kit, caller, call, uri, what);
    sj_testkit_advance(kit, said.sip_status == 403 ? 6000 : 100); /* few codes may be wrong */
}

/* SOJOURN_ANALYSIS_PATTERNS, _CALLS, _EACH and _SEED choose others. */
static void calls_go_where_the_analysis_says(void **state) {
    sj_testkit *kit = *state;
    const size_t patterns = number_from("SOJOURN_ANALYSIS_PATTERNS", 1000);
    const size_t calls = number_from("SOJOURN_ANALYSIS_CALLS", 400);
    const uint64_t seed = number_from("SOJOURN_ANALYSIS_SEED", (size_t)time(NULL));
    chance_state = seed;
    print_message("seed %llu, %zu patterns, %zu calls beside\n", (unsigned long long)seed, patterns,
                  calls);
    random_plan(kit, patterns);
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_ccm_t302_timer_meta, "1000", NULL), SJ_OK);
    assert_non_null(
        sj_answer_ils_lookup(sj_testkit_scope(kit), on_lookup, sj_testkit_scope(kit), NULL));
    const size_t each = number_from("SOJOURN_ANALYSIS_EACH", 1) != 0 ? taken_count : 0;
    for (size_t call = 0; call < each + calls; call++) {
        char digits[24];
        if (call < each) {
            number_of(taken[call], digits);
        } else {
            random_digits(digits, 1 + chance(8));
        }
        compare(kit, call, digits, seed);
    }
    free(taken);
    print_message("%zu to trunks (%zu as learned), %zu blocked, %zu to numbers, %zu to hunts, %zu "
                  "others; %zu ended before their last digit; %zu withheld\n",
                  outcomes[0], learned, outcomes[1], outcomes[2], outcomes[3], outcomes[4],
                  ended_early, withheld);
    assert_true(outcomes[0] > calls / 20 && outcomes[1] > 0 && outcomes[2] > 0 && outcomes[3] > 0 &&
                learned > 0 && withheld > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_go_where_the_analysis_says, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
