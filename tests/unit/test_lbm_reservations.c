/* Reservations: the table of bandwidths, all or nothing along a path, changes, emergency calls,
 * leases, other topologies; and a long random run whose pools are counted otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "reservations.h"

static const struct lbm_asker asker = {"hq-1", "1", 0, 60000};

static void table(void **state) {
    static const struct {
        int64_t audio, video;
        int64_t deducted_audio, deducted_video;
    } rows[] = {{64, 0, 80, 0},      {8, 0, 24, 0},      {64, 384, 80, 320}, {8, 384, 24, 376},
                {8, 512, 24, 504},   {64, 512, 80, 448}, {8, 768, 24, 760},  {64, 768, 80, 704},
                {8, 1024, 24, 1016}, {64, 1024, 80, 960}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lbm_media media = {rows[i].audio, rows[i].video, false};
        int64_t kbps[LBM_CLASSES];
        lbm_bandwidth(&media, true, kbps);
        assert_int_equal(kbps[LBM_AUDIO], rows[i].deducted_audio);
        assert_int_equal(kbps[LBM_VIDEO], rows[i].deducted_video);
        assert_int_equal(kbps[LBM_IMMERSIVE], 0);
        /* Without: all of a video call is taken from the video pool. */
        lbm_bandwidth(&media, false, kbps);
        assert_int_equal(kbps[LBM_AUDIO], rows[i].video > 0 ? 0 : rows[i].deducted_audio);
        assert_int_equal(kbps[LBM_VIDEO], rows[i].video);
        media.immersive = true;
        lbm_bandwidth(&media, false, kbps);
        assert_int_equal(kbps[LBM_VIDEO], 0);
        assert_int_equal(kbps[LBM_IMMERSIVE], rows[i].video);
    }
}

/* Berlin - Paris - Rome in a row. */
static void three(struct lbm_network *network, const int64_t berlin_paris[LBM_CLASSES],
                  const int64_t paris_rome[LBM_CLASSES]) {
    const int64_t open[] = {LBM_UNLIMITED, LBM_UNLIMITED, LBM_UNLIMITED};
    struct lbm_location_given locations[] = {{"Berlin", {0}}, {"Paris", {0}}, {"Rome", {0}}};
    struct lbm_link_given links[] = {{{"Berlin", "Paris"}, 50, {0}}, {{"Paris", "Rome"}, 50, {0}}};
    for (int i = 0; i < 3; i++) {
        memcpy(locations[i].kbps, open, sizeof open);
    }
    memcpy(links[0].kbps, berlin_paris, sizeof links[0].kbps);
    memcpy(links[1].kbps, paris_rome, sizeof links[1].kbps);
    assert_true(lbm_network_set(network, lbm_graph_new(locations, 3, links, 2)));
}

static int setup(void **state) {
    static const int64_t wide[] = {256, 1024, 1024};
    struct lbm_network *network = calloc(1, sizeof *network);
    assert_true(lbm_network_open(network));
    three(network, wide, wide);
    *state = network;
    return 0;
}

static int teardown(void **state) {
    lbm_network_close(*state);
    free(*state);
    return 0;
}

static struct lbm_pool *pool(struct lbm_network *network, const char *name, enum lbm_class class) {
    SJ_LIST_EACH(place, &network->link_list, struct lbm_place, link) {
        if (strcmp(place->name, name) == 0) {
            return &place->pools[class];
        }
    }
    SJ_LIST_EACH(place, &network->location_list, struct lbm_place, link) {
        if (strcmp(place->name, name) == 0) {
            return &place->pools[class];
        }
    }
    fail_msg("there is no place %s", name);
    return NULL;
}

static struct lbm_demand demand(const char *from, const char *to, int64_t audio, int64_t video) {
    const struct lbm_media whole = {audio, video, false}, sound = {audio, 0, false};
    int64_t alone[LBM_CLASSES];
    struct lbm_demand one = {.from = from, .to = to};
    lbm_bandwidth(&whole, false, one.kbps);
    lbm_bandwidth(&sound, false, alone);
    one.audio_kbps = alone[LBM_AUDIO];
    return one;
}

static struct lbm_answer reserve(struct lbm_network *network, const char *call,
                                 struct lbm_demand one) {
    struct lbm_answer answer;
    lbm_reserve(network, &asker, call, &one, &answer);
    return answer;
}

static struct lbm_answer propose(struct lbm_network *network, const char *call,
                                 struct lbm_demand one) {
    struct lbm_answer answer;
    lbm_propose(network, &asker, call, &one, &answer);
    return answer;
}

static int count_admitted(struct lbm_network *network, struct lbm_demand one) {
    int count = 0;
    const int64_t told =
        lbm_would_fit(network, network->paths, &one, 1000, &(struct lbm_answer){0});
    char call[16];
    for (;; count++) {
        (void)snprintf(call, sizeof call, "call %d", count);
        const struct lbm_answer answer = reserve(network, call, one);
        if (answer.outcome != LBM_ADMITTED) {
            assert_int_equal(answer.outcome, LBM_REFUSED);
            break;
        }
    }
    assert_int_equal(count, told);
    for (int i = 0; i < count; i++) {
        (void)snprintf(call, sizeof call, "call %d", i);
        assert_true(lbm_release(network, &asker, call));
    }
    return count;
}

/* The worked check of the guide: a link of 256 kbps for audio and 1024 for video. */
static void the_worked_check(void **state) {
    struct lbm_network *network = *state;
    assert_int_equal(count_admitted(network, demand("Berlin", "Paris", 64, 0)), 3);
    assert_int_equal(count_admitted(network, demand("Berlin", "Paris", 8, 0)), 10);
    assert_int_equal(count_admitted(network, demand("Berlin", "Paris", 64, 1024)), 1);
    assert_int_equal(count_admitted(network, demand("Berlin", "Paris", 64, 512)), 2);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 0);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->peak, 240);
}

static void all_or_nothing(void **state) {
    static const int64_t wide[] = {256, 1024, 0}, narrow[] = {100, 0, 0};
    struct lbm_network *network = *state;
    three(network, wide, narrow);
    assert_int_equal(reserve(network, "1", demand("Rome", "Berlin", 64, 0)).outcome, LBM_ADMITTED);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 80);
    assert_int_equal(pool(network, "Paris@Rome", LBM_AUDIO)->used, 80);
    assert_int_equal(pool(network, "Paris", LBM_AUDIO)->used, 80);
    struct lbm_answer answer = reserve(network, "2", demand("Berlin", "Rome", 64, 0));
    assert_int_equal(answer.outcome, LBM_REFUSED);
    assert_string_equal(answer.short_of->name, "Paris@Rome");
    assert_int_equal(answer.short_class, LBM_AUDIO);
    assert_int_equal(answer.needed, 80);
    assert_int_equal(answer.available, 20);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 80);
    assert_int_equal(pool(network, "Paris@Rome", LBM_AUDIO)->refused, 1);
    /* No video at all there; audio will do when it may. */
    struct lbm_demand video = demand("Berlin", "Rome", 8, 384);
    assert_int_equal(reserve(network, "3", video).outcome, LBM_REFUSED);
    assert_true(lbm_release(network, &asker, "1"));
    video.retry_as_audio = true;
    answer = reserve(network, "3", video);
    assert_int_equal(answer.outcome, LBM_AS_AUDIO);
    assert_int_equal(answer.kbps[LBM_AUDIO], 24);
    assert_int_equal(answer.short_class, LBM_VIDEO);
    assert_int_equal(pool(network, "Paris@Rome", LBM_AUDIO)->used, 24);
    assert_int_equal(pool(network, "Paris@Rome", LBM_VIDEO)->used, 0);
    assert_int_equal(reserve(network, "3", video).outcome, LBM_CALL_EXISTS);
    answer = reserve(network, "4", demand("Berlin", "Oslo", 8, 0));
    assert_int_equal(answer.outcome, LBM_NO_LOCATION);
    assert_string_equal(answer.missing, "Oslo");
    assert_int_equal(reserve(network, "4", demand("Berlin", "", 8, 0)).outcome, LBM_NO_PATH);
    /* Within a location: its own pool, once. Phantom: no pool. */
    assert_int_equal(reserve(network, "5", demand("Rome", "Rome", 64, 0)).outcome, LBM_ADMITTED);
    assert_int_equal(pool(network, "Rome", LBM_AUDIO)->used, 80 + 24);
    assert_int_equal(reserve(network, "6", demand("Rome", "Phantom", 64, 0)).outcome, LBM_ADMITTED);
    assert_int_equal(pool(network, "Rome", LBM_AUDIO)->used, 80 + 24);
    assert_int_equal(reserve(network, "7", demand("Shadow", "Hub_None", 64, 0)).outcome,
                     LBM_ADMITTED);
    assert_int_equal(pool(network, "Hub_None", LBM_AUDIO)->used, 80);
}

static void changes_take_the_difference_first(void **state) {
    struct lbm_network *network = *state;
    struct lbm_demand video = demand(NULL, NULL, 64, 768), sound = demand(NULL, NULL, 8, 0);
    assert_int_equal(reserve(network, "1", demand("Berlin", "Rome", 64, 0)).outcome, LBM_ADMITTED);
    assert_int_equal(propose(network, "1", video).outcome, LBM_ADMITTED);
    /* Both are held until it is known. */
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 80);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_VIDEO)->used, 768);
    assert_true(lbm_withdraw(network, &asker, "1"));
    assert_int_equal(pool(network, "Berlin@Paris", LBM_VIDEO)->used, 0);
    assert_int_equal(propose(network, "1", video).outcome, LBM_ADMITTED);
    assert_true(lbm_confirm(network, &asker, "1"));
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 0);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_VIDEO)->used, 768);
    /* Twice is once. */
    assert_true(lbm_confirm(network, &asker, "1"));
    assert_int_equal(pool(network, "Berlin@Paris", LBM_VIDEO)->used, 768);
    /* More than there is: all stays. */
    video = demand(NULL, NULL, 64, 2000);
    assert_int_equal(propose(network, "1", video).outcome, LBM_REFUSED);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_VIDEO)->used, 768);
    /* A proposal gives way to the next. */
    assert_int_equal(propose(network, "1", demand(NULL, NULL, 64, 1024)).outcome, LBM_ADMITTED);
    assert_int_equal(propose(network, "1", sound).outcome, LBM_ADMITTED);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_VIDEO)->used, 768);
    assert_true(lbm_confirm(network, &asker, "1"));
    assert_int_equal(pool(network, "Berlin@Paris", LBM_VIDEO)->used, 0);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 24);
    /* A transfer: the other end moves; what both paths have is held once. */
    assert_int_equal(propose(network, "1", demand("Berlin", "Paris", 64, 0)).outcome, LBM_ADMITTED);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 80);
    assert_int_equal(pool(network, "Paris@Rome", LBM_AUDIO)->used, 24);
    assert_true(lbm_confirm(network, &asker, "1"));
    assert_int_equal(pool(network, "Paris@Rome", LBM_AUDIO)->used, 0);
    /* It ends in the midst of a proposal. */
    assert_int_equal(propose(network, "1", demand("Rome", "Paris", 64, 0)).outcome, LBM_ADMITTED);
    assert_true(lbm_release(network, &asker, "1"));
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 0);
    assert_int_equal(pool(network, "Paris@Rome", LBM_AUDIO)->used, 0);
    assert_false(lbm_release(network, &asker, "1"));
    assert_int_equal(propose(network, "1", sound).outcome, LBM_NO_CALL);
}

/* A transfer: where the new call and the one that it replaces both pass, the larger is taken, until
 * one of them ends; whichever that is, and whatever becomes of them before. */
static void a_call_takes_the_place_of_another(void **state) {
    static const int64_t one_call[] = {80, 0, 0}, wide[] = {256, 1024, 1024};
    struct lbm_network *network = *state;
    struct lbm_demand next = demand("Berlin", "Rome", 64, 0);
    three(network, one_call, wide);
    assert_int_equal(reserve(network, "1", demand("Berlin", "Paris", 64, 0)).outcome, LBM_ADMITTED);
    assert_int_equal(reserve(network, "2", next).outcome, LBM_REFUSED);
    next.replaces = "1";
    assert_int_equal(reserve(network, "2", next).outcome, LBM_ADMITTED);
    assert_int_equal(reserve(network, "3", next).outcome, LBM_REFUSED); /* one alone can */
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 80);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->peak, 80);
    assert_int_equal(pool(network, "Paris@Rome", LBM_AUDIO)->used, 80);
    /* The old one holds, and takes it back: the new one keeps what it has. */
    assert_int_equal(propose(network, "1", demand(NULL, NULL, 0, 0)).outcome, LBM_ADMITTED);
    assert_true(lbm_confirm(network, &asker, "1"));
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 80);
    assert_int_equal(propose(network, "1", demand(NULL, NULL, 64, 0)).outcome, LBM_ADMITTED);
    assert_true(lbm_confirm(network, &asker, "1"));
    assert_int_equal(propose(network, "2", demand(NULL, NULL, 8, 0)).outcome, LBM_ADMITTED);
    assert_true(lbm_confirm(network, &asker, "2"));
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 80);
    assert_true(lbm_release(network, &asker, "1"));
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 24);
    /* The new one fails: the old one is as it was. */
    next = demand("Paris", "Berlin", 64, 0);
    next.replaces = "2";
    assert_int_equal(reserve(network, "4", next).outcome, LBM_ADMITTED);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 80);
    assert_true(lbm_release(network, &asker, "4"));
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 24);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->peak, 80);
    /* Nobody's place. */
    next.replaces = "gone";
    assert_int_equal(reserve(network, "4", next).outcome, LBM_REFUSED);
}

/* A call moves to another cluster's party, and back. */
static void a_call_moves_between_clusters(void **state) {
    struct lbm_network *network = *state;
    struct lbm_demand there = demand("Berlin", "Shadow", 64, 0);
    lbm_share(network, "BR", true);
    assert_int_equal(reserve(network, "1", demand("Berlin", "Paris", 64, 0)).outcome, LBM_ADMITTED);
    there.to_cluster = "BR"; /* which counts all of it */
    assert_int_equal(propose(network, "1", there).outcome, LBM_ADMITTED);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 80);
    assert_true(lbm_confirm(network, &asker, "1"));
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 0);
    assert_int_equal(pool(network, "Berlin", LBM_AUDIO)->used, 0);
    lbm_share(network, "BR", false); /* then this cluster counts its own side */
    assert_int_equal(pool(network, "Berlin", LBM_AUDIO)->used, 80);
    /* What is proposed and comes about meanwhile. */
    assert_int_equal(propose(network, "1", there).outcome, LBM_ADMITTED);
    lbm_share(network, "BR", true);
    assert_true(lbm_confirm(network, &asker, "1"));
    assert_int_equal(pool(network, "Berlin", LBM_AUDIO)->used, 0);
    assert_int_equal(propose(network, "1", demand("Berlin", "Paris", 64, 0)).outcome, LBM_ADMITTED);
    assert_true(lbm_withdraw(network, &asker, "1"));
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 0);
    assert_int_equal(propose(network, "1", demand("Berlin", "Paris", 64, 0)).outcome, LBM_ADMITTED);
    assert_true(lbm_confirm(network, &asker, "1"));
    lbm_share(network, "BR", false);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 80);
}

static void calls_for_help_are_never_refused(void **state) {
    struct lbm_network *network = *state;
    struct lbm_demand help = demand("Berlin", "Rome", 64, 0);
    struct lbm_answer answer;
    help.emergency = true;
    assert_int_equal(count_admitted(network, demand("Berlin", "Rome", 64, 0)), 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(reserve(network, (const char[]){(char)('a' + i), '\0'}, help).outcome,
                         LBM_ADMITTED);
    }
    answer = reserve(network, "d", help);
    assert_int_equal(answer.outcome, LBM_OVERBOOKED);
    assert_string_equal(answer.short_of->name, "Berlin@Paris");
    assert_int_equal(network->overbooked, 1);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 320);
    assert_int_equal(propose(network, "d", demand(NULL, NULL, 64, 4000)).outcome, LBM_OVERBOOKED);
    assert_true(lbm_confirm(network, &asker, "d"));
    assert_int_equal(reserve(network, "e", demand("Berlin", "Rome", 8, 384)).outcome, LBM_REFUSED);
    /* No link leads to Hub_None: an emergency call goes there all the same, and holds no pool. */
    help.to = "";
    assert_int_equal(reserve(network, "f", help).outcome, LBM_OVERBOOKED);
    assert_true(lbm_release(network, &asker, "f"));
    /* A call that stands already is counted, and what it changes to is not. */
    help = demand("Berlin", "Rome", 64, 4000);
    help.in_progress = true;
    assert_int_equal(reserve(network, "g", help).outcome, LBM_OVERBOOKED);
    assert_int_equal(propose(network, "g", demand(NULL, NULL, 64, 4001)).outcome, LBM_REFUSED);
}

static void leases_end(void **state) {
    struct lbm_network *network = *state;
    struct lbm_asker other = {"hq-2", "1", 0, 60000};
    const struct lbm_demand one = demand("Berlin", "Rome", 8, 0);
    struct lbm_answer answer;
    char name[LBM_OWNER_NAME];
    size_t calls = 0;
    assert_int_equal(reserve(network, "1", one).outcome, LBM_ADMITTED);
    lbm_reserve(network, &other, "1", &one, &answer);
    assert_int_equal(answer.outcome, LBM_ADMITTED);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 48);
    assert_false(lbm_expire(network, 59999, name, &calls));
    other.now_ms = 30000;
    assert_non_null(lbm_renew(network, &other));
    assert_true(lbm_expire(network, 60000, name, &calls));
    assert_string_equal(name, "hq-1");
    assert_int_equal(calls, 1);
    assert_false(lbm_expire(network, 60000, name, &calls));
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 24);
    /* A lease that has become shorter is no reason to break the promise before. */
    other.now_ms = 60000;
    assert_non_null(lbm_renew(network, &other));
    other.lease_ms = 5000;
    assert_non_null(lbm_renew(network, &other));
    assert_false(lbm_expire(network, 119999, name, &calls));
    other.now_ms = 118000;
    assert_non_null(lbm_renew(network, &other));
    assert_false(lbm_expire(network, 122999, name, &calls));
    /* A call manager that has started anew has lost its calls. */
    other.instance = "2";
    assert_int_equal(lbm_renew(network, &other)->count, 0);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 0);
    assert_int_equal(network->expired, 2);
}

static void another_topology(void **state) {
    static const int64_t wide[] = {500, 0, 0}, narrow[] = {30, 0, 0};
    const struct lbm_location_given locations[] = {{"Berlin", {LBM_UNLIMITED, 0, 0}},
                                                   {"Rome", {LBM_UNLIMITED, 0, 0}}};
    const struct lbm_link_given links[] = {{{"Berlin", "Rome"}, 50, {100, 0, 0}}};
    struct lbm_network *network = *state;
    assert_int_equal(reserve(network, "1", demand("Berlin", "Rome", 64, 0)).outcome, LBM_ADMITTED);
    /* Less than is taken: nothing is taken away, and nothing more is given. */
    three(network, narrow, wide);
    assert_int_equal(pool(network, "Berlin@Paris", LBM_AUDIO)->used, 80);
    assert_int_equal(reserve(network, "2", demand("Berlin", "Paris", 8, 0)).outcome, LBM_REFUSED);
    /* The way is gone: the call holds it until it ends. */
    assert_true(lbm_network_set(network, lbm_graph_new(locations, 2, links, 1)));
    assert_int_equal(pool(network, "Berlin@Rome", LBM_AUDIO)->used, 0);
    assert_int_equal(pool(network, "Berlin", LBM_AUDIO)->used, 80);
    assert_int_equal(sj_list_first(&network->link_list) == sj_list_last(&network->link_list), 1);
    three(network, wide, wide);
    assert_int_equal(pool(network, "Paris@Rome", LBM_AUDIO)->used, 80);
    assert_true(lbm_network_set(network, lbm_graph_new(locations, 2, links, 1)));
    assert_true(lbm_release(network, &asker, "1"));
    three(network, wide, wide);
    assert_int_equal(pool(network, "Paris@Rome", LBM_AUDIO)->used, 0);
}

/* ---- a long run ---- */

enum { NAMES = 12, LINKS = 24, CALLS = 40, TURNS = 20000 };

static uint64_t random_state;

static uint32_t random_below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 11) % limit;
}

static void random_topology(struct lbm_network *network) {
    static char names[NAMES][4];
    struct lbm_location_given locations[NAMES];
    struct lbm_link_given links[LINKS];
    for (size_t i = 0; i < NAMES; i++) {
        (void)snprintf(names[i], sizeof names[i], "L%zu", i);
        locations[i] = (struct lbm_location_given){
            names[i], {LBM_UNLIMITED, LBM_UNLIMITED, 200 + random_below(2000)}};
    }
    for (size_t i = 0; i < LINKS; i++) {
        const size_t a = i < NAMES ? i : random_below(NAMES), b = random_below(NAMES);
        links[i] = (struct lbm_link_given){
            {i < NAMES ? SJ_LOCATION_HUB_NONE : names[a], names[i < NAMES ? a : b]},
            1 + random_below(20),
            {random_below(900), random_below(4000), random_below(4000)}};
    }
    assert_true(lbm_network_set(network, lbm_graph_new(locations, NAMES, links, LINKS)));
}

static struct lbm_demand random_demand(bool moves) {
    static const char *const names[] = {"L0", "L1", "L2",  "L3",  "L4", "L5",      "L6",    "L7",
                                        "L8", "L9", "L10", "L11", "",   "Phantom", "Shadow"};
    static const char *const ids[] = {"0", "1", "2", "3", "4", "5"};
    struct lbm_demand one = {0};
    if (moves) {
        one.from = names[random_below(15)];
        one.to = names[random_below(15)];
    }
    for (int class = 0; class < LBM_CLASSES; class ++) {
        one.kbps[class] = random_below(3) == 0 ? random_below(400) : 0;
    }
    one.audio_kbps = random_below(100);
    one.retry_as_audio = random_below(2) == 0;
    one.emergency = random_below(40) == 0;
    one.in_progress = random_below(40) == 0;
    one.replaces = random_below(3) == 0 ? ids[random_below(6)] : NULL;
    return one;
}

static int64_t all_used(const struct lbm_network *network) {
    int64_t sum = 0;
    SJ_LIST_EACH(place, &network->link_list, const struct lbm_place, link) {
        for (int class = 0; class < LBM_CLASSES; class ++) {
            assert_true(place->pools[class].used >= 0);
            sum += place->pools[class].used;
        }
    }
    SJ_LIST_EACH(place, &network->location_list, const struct lbm_place, link) {
        for (int class = 0; class < LBM_CLASSES; class ++) {
            assert_true(place->pools[class].used >= 0);
            sum += place->pools[class].used;
        }
    }
    return sum;
}

/* Whatever calls do, in whatever order, topologies change and leases end: nothing is left in the
 * end; a pool is beyond its capacity only by calls that are never refused, or by a new topology. */
static void nothing_is_lost(void **state) {
    struct lbm_network *network = *state;
    struct lbm_asker askers[2] = {{"hq-1", "1", 0, 5000}, {"hq-2", "1", 0, 5000}};
    const char *given = getenv("LBM_SEED");
    random_state = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) | 1;
    print_message("seed: LBM_SEED=%llu\n", (unsigned long long)random_state);
    random_topology(network);
    for (int turn = 0; turn < TURNS; turn++) {
        struct lbm_asker *who = &askers[random_below(2)];
        struct lbm_answer answer;
        struct lbm_demand one;
        char call[8], name[LBM_OWNER_NAME];
        size_t calls;
        who->now_ms = turn;
        (void)snprintf(call, sizeof call, "%u", random_below(CALLS));
        switch (random_below(12)) {
        case 0:
        case 1:
        case 2:
            one = random_demand(true);
            lbm_reserve(network, who, call, &one, &answer);
            break;
        case 3:
        case 4:
        case 5:
            one = random_demand(random_below(2) == 0);
            lbm_propose(network, who, call, &one, &answer);
            break;
        case 6: (void)lbm_confirm(network, who, call); break;
        case 7: (void)lbm_withdraw(network, who, call); break;
        case 8:
        case 9: (void)lbm_release(network, who, call); break;
        case 10:
            if (random_below(20) == 0) {
                random_topology(network);
            }
            break;
        default:
            if (random_below(200) == 0) {
                (void)lbm_expire(network, turn + 6000, name, &calls);
            }
        }
        (void)all_used(network);
    }
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < CALLS; k++) {
            char call[8];
            (void)snprintf(call, sizeof call, "%d", k);
            (void)lbm_release(network, &askers[i], call);
        }
    }
    assert_int_equal(all_used(network), 0);
    assert_int_equal(network->calls_count, 0);
    assert_int_equal(network->calls.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test_setup_teardown(the_worked_check, setup, teardown),
        cmocka_unit_test_setup_teardown(all_or_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_take_the_difference_first, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_takes_the_place_of_another, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_moves_between_clusters, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_for_help_are_never_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(leases_end, setup, teardown),
        cmocka_unit_test_setup_teardown(another_topology, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_lost, setup, teardown)};
    return cmocka_run_group_tests_name("reservations", tests, NULL, NULL);
}
