/* A million learned objects, in one run: 20 clusters state 50,000 each, a hub learns them, another
 * hub joins it and learns all, what it knows is written to a file and read again as after a
 * restart, and objects are looked up. Then 10 hubs of 19 spokes by a clock of the test's own: how
 * long it is until a change of one is known to the 199 others. Both sides of an exchange run here,
 * so that no network is measured, and both sides' work is: as time of the CPU, since it is one
 * thread that waits for nothing. Prints rows as tests/bench/run does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sojourn/base/file.h>

#include "core/exchange.h"
#include "core/lookup.h"

enum { CLUSTERS = 20, EACH = 50000, LOOK_UPS = 1000000, ROUNDS = 3, INTERVAL = 600000 };
enum { HUBS = 10, ALL = 200, CHANGES = 10, TICK = 1000 };

static int64_t now = 1000; /* the clock of all */

static uint64_t cpu_us(void) {
    struct timespec used;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000u + (uint64_t)used.tv_nsec / 1000u;
}

/* What the process has of the machine's memory. */
static double resident_bytes(void) {
    long pages = 0, all = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL || fscanf(file, "%ld %ld", &all, &pages) != 2) {
        abort();
    }
    (void)fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static struct ils *cluster(unsigned number, enum ils_role role, bool registrar) {
    struct ils_peer_id peer = {{0}};
    char name[16], route[24];
    peer.bytes[0] = (unsigned char)number;
    peer.bytes[15] = 1;
    (void)snprintf(name, sizeof name, "c%03u", number);
    (void)snprintf(route, sizeof route, "%s.example", name);
    const struct ils_settings settings = {.role = role,
                                          .registrar = registrar,
                                          .interval_ms = INTERVAL,
                                          .most_learned = (size_t)CLUSTERS * EACH,
                                          .cluster_id = name,
                                          .route = route,
                                          .detail = "{}"};
    struct ils *ils = ils_new(&peer, name, 1, now);
    if (ils == NULL) {
        abort();
    }
    ils_configure(ils, &settings, now);
    return ils;
}

/* The `which`-th object of a cluster: URIs, enterprise numbers, numbers of +E.164. */
static enum ils_kind key_of(unsigned number, unsigned which, char key[64]) {
    if (which % 5 < 2) {
        (void)snprintf(key, 64, "first.last%u@c%03u.example", which, number);
        return ILS_DIRECTORY_URI;
    }
    (void)snprintf(key, 64, which % 5 < 4 ? "8%03u%05u" : "+4930%03u%05u", number, which);
    return which % 5 < 4 ? ILS_ENTERPRISE_NUMBER : ILS_E164_NUMBER;
}

static void state_all(struct ils *ils, unsigned number) {
    for (unsigned i = 0; i < EACH; i++) {
        char key[64], failover[32];
        const enum ils_kind kind = key_of(number, i, key);
        (void)snprintf(failover, sizeof failover, "+4930%03u%05u", number, i);
        const struct ils_fact fact = {.kind = kind,
                                      .key = key,
                                      .failover = i % 2 == 0,
                                      .number = i % 2 == 0 ? failover : "",
                                      .route = ""};
        if (ils_publish(ils, &fact) != SJ_OK) {
            abort();
        }
    }
}

static void exchange_with(struct ils *asker, struct ils_neighbor *neighbor, struct ils *answerer) {
    struct ils_exchange one;
    enum ils_progress progress = ILS_AGAIN;
    sj_error error = {0};
    ils_exchange_begin(asker, &one, neighbor, now);
    while (progress == ILS_AGAIN) {
        sj_text request = {0}, reply = {0};
        ils_exchange_request(asker, &one, now, &request);
        if (ils_answer(answerer, now, request.data, request.length, NULL, &reply, &error) !=
            SJ_OK) {
            abort();
        }
        progress = ils_exchange_reply(asker, &one, now, reply.data, reply.length, &error);
        sj_text_clear(&request);
        sj_text_clear(&reply);
    }
    ils_exchange_end(asker, &one, progress == ILS_DONE ? NULL : error.text, now);
}

/* One exchange of a cluster with its registration server. */
static void exchange(struct ils *asker, struct ils *answerer) {
    ils_tick(asker, now);
    struct ils_neighbor *neighbor = ils_due(asker, now);
    if (neighbor == NULL) {
        abort();
    }
    exchange_with(asker, neighbor, answerer);
}

/* ---- when a change is visible ---- */

/* What is due at the first of the network, which are the hubs. */
static void step(struct ils *network[ALL], unsigned count) {
    now += TICK;
    for (unsigned i = 0; i < count; i++) {
        struct ils_neighbor *neighbor;
        ils_tick(network[i], now);
        while ((neighbor = ils_due(network[i], now)) != NULL) {
            const unsigned hub = !neighbor->registrar ? neighbor->peer.bytes[0] - 1u
                                 : i < HUBS           ? 0
                                                      : i % HUBS;
            exchange_with(network[i], neighbor, network[hub]);
        }
    }
}

static bool all_know(struct ils *network[ALL], const char *number) {
    struct ils_found found;
    for (unsigned i = 0; i < ALL; i++) {
        if (!ils_lookup(network[i], number, NULL, 0, &found)) {
            return false;
        }
    }
    return true;
}

/* The longest of CHANGES changes at different clusters and times, in seconds of the clock. */
static double visible_s(void) {
    struct ils *network[ALL];
    int64_t longest = 0;
    for (unsigned i = 0; i < ALL; i++) {
        network[i] = cluster(i + 1, i < HUBS ? ILS_HUB : ILS_SPOKE, i > 0);
    }
    for (unsigned i = 0; i < ALL; i++) { /* they do not begin at once */
        step(network, i + 1);
        for (int64_t end = now + INTERVAL / ALL; i >= HUBS && now < end;) {
            step(network, i + 1);
        }
    }
    for (int64_t end = now + INT64_C(3) * INTERVAL; now < end;) {
        step(network, ALL);
    }
    for (unsigned i = 0; i < CHANGES; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "555%04u", i);
        const struct ils_fact fact = {
            .kind = ILS_ENTERPRISE_NUMBER, .key = number, .number = "", .route = ""};
        const int64_t begun = now;
        if (ils_publish(network[i * 37 % ALL], &fact) != SJ_OK) {
            abort();
        }
        while (!all_know(network, number) && now < begun + INT64_C(10) * INTERVAL) {
            step(network, ALL);
        }
        longest = now - begun > longest ? now - begun : longest;
        for (int64_t end = now + INTERVAL / 7; now < end;) {
            step(network, ALL);
        }
    }
    for (unsigned i = 0; i < ALL; i++) {
        ils_free(network[i]);
    }
    return (double)longest / 1000;
}

/* ---- what is kept across a restart ---- */

static void save(struct ils *ils, const char *path) {
    sj_text all = {0};
    sj_error error = {0};
    for (size_t i = 0; i < ils->owners_count; i++) {
        uint64_t incarnation = 0, version = 0;
        for (bool more = true; more;) {
            sj_text part = {0};
            ils_journal_begin(ils, &part);
            ils_journal_owner(ils, ils->owners[i], &incarnation, &version, now, &part, &more);
            sj_text_add(&all, &part.length, sizeof part.length);
            sj_text_add(&all, part.data, part.length);
            sj_text_clear(&part);
        }
    }
    if (all.failed || sj_file_replace(path, all.data, all.length, 0600, &error) != SJ_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    sj_text_clear(&all);
}

static struct ils *start(const char *path) {
    sj_text all = {0};
    sj_error error = {0};
    struct ils *ils = cluster(201, ILS_HUB, true);
    if (sj_file_read(path, SIZE_MAX, &all, &error) != SJ_OK) {
        abort();
    }
    for (size_t at = 0, length; at < all.length; at += sizeof length + length) {
        memcpy(&length, all.data + at, sizeof length);
        if (ils_restore(ils, all.data + at + sizeof length, length, now, &error) != SJ_OK) {
            abort();
        }
    }
    sj_text_clear(&all);
    return ils;
}

/* ---- looking up ---- */

static double look_up_ns(const struct ils *ils) {
    uint32_t random = 1;
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t begun = cpu_us();
        for (int i = 0; i < LOOK_UPS; i++) {
            char key[64];
            struct ils_found found;
            random = random * 1664525 + 1013904223;
            (void)key_of(1 + (random >> 8) % CLUSTERS, (random >> 4) % EACH, key);
            if (!ils_lookup(ils, key, NULL, 0, &found)) {
                fprintf(stderr, "%s is not known\n", key);
                abort();
            }
        }
        const double ns = (double)(cpu_us() - begun) * 1000.0 / LOOK_UPS;
        best = ns < best ? ns : best;
    }
    return best;
}

static void row(const char *what, double ours, double goal) {
    printf("%-52s %14.1f %14.1f %8.2f\n", what, ours, goal, ours / goal);
}

int main(void) {
    struct ils *hub = cluster(200, ILS_HUB, false), *joins = cluster(201, ILS_HUB, true);
    struct ils *spokes[CLUSTERS];
    char path[] = "/tmp/bench_ils.XXXXXX";
    const int file = mkstemp(path);
    for (unsigned i = 0; i < CLUSTERS; i++) {
        spokes[i] = cluster(i + 1, ILS_SPOKE, true);
        state_all(spokes[i], i + 1);
        exchange(spokes[i], hub);
    }
    const double before = resident_bytes();
    uint64_t begun = cpu_us();
    exchange(joins, hub);
    const double join_s = (double)(cpu_us() - begun) / 1e6;
    if (file < 0 || joins->table.learned != (size_t)CLUSTERS * EACH) {
        fprintf(stderr, "%zu objects were learned\n", joins->table.learned);
        return 1;
    }
    const double bytes = (resident_bytes() - before) / (double)joins->table.learned;
    const double ns = look_up_ns(joins);
    /* One number changes: what that takes until another cluster has it. */
    const struct ils_fact changed = {
        .kind = ILS_ENTERPRISE_NUMBER, .key = "5550199", .number = "", .route = ""};
    begun = cpu_us();
    now += 2000;
    if (ils_withdraw(spokes[0], ILS_ENTERPRISE_NUMBER, "800100002") != SJ_OK ||
        ils_publish(spokes[0], &changed) != SJ_OK) {
        return 1;
    }
    exchange(spokes[0], hub);
    now += INTERVAL;
    exchange(joins, hub);
    const double change_ms = (double)(cpu_us() - begun) / 1e3;
    struct ils_found found;
    if (!ils_lookup(joins, "5550199", NULL, 0, &found)) {
        fprintf(stderr, "the change did not arrive\n");
        return 1;
    }
    save(joins, path);
    begun = cpu_us();
    struct ils *again = start(path);
    const double start_s = (double)(cpu_us() - begun) / 1e6;
    if (again->table.learned != joins->table.learned) {
        return 1;
    }
    row("memory of each of 1,000,000 learned objects, bytes (goal)", bytes, 200);
    row("one of them looked up, ns of CPU (goal)", ns, 2000);
    row("a hub joins and learns all, s of CPU (goal)", join_s, 60);
    row("a number changed, until another has it, ms of CPU (goal)", change_ms, 1000);
    row("start with all of them, s of CPU (goal)", start_s, 3);
    row("a change known to 199 clusters, s (two intervals)", visible_s(), 2 * INTERVAL / 1000.0);
    (void)unlink(path);
    ils_free(again);
    ils_free(joins);
    ils_free(hub);
    for (unsigned i = 0; i < CLUSTERS; i++) {
        ils_free(spokes[i]);
    }
    return 0;
}
