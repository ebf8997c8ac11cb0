/* A crowd of phones that log in and out through the phone pages: load_login ADDRESS PORT
 * [NAME=VALUE...].
 *
 * do=turns|login|logout|page  turns: `depth` phones are kept logged in, a login and a logout in
 * turn, for `seconds`; login, logout: each phone once; page: each phone's first page, for `seconds`
 * phones=N first=N            phones SEP%012d; the user of phone n is `user` and n user=t pin=12345
 * emcc=1     who logs in, and whether through another cluster connections=16 kept connections, each
 * with one request under way rate=0                      requests a second, begun by the clock: a
 * latency counts from when its request should have begun, however late a connection was free for
 * it. 0: each connection asks when it has its answer.
 *
 * Ends early with SIGINT. Prints rates, percentiles and how often each error code came. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "measure.h"

enum { ANSWER = 8192, CODES = 1000, GIVE_UP_US = 30000000 };
enum { LOGIN, LOGOUT, PAGE, KINDS };
static const char *const words[KINDS] = {"login", "logout", "page"};

struct connection {
    int descriptor;
    bool busy;
    int kind;
    unsigned phone;
    uint64_t intended_us;
    size_t length;
    char answer[ANSWER];
};

static const char *address, *user = "t", *pin = "12345", *what = "turns";
static int port, poller, timer;
static unsigned phones = 256, first, connections_count = 16, depth = 64;
static bool emcc = true;
static volatile sig_atomic_t interrupted;
static double rate, seconds = 10;

static struct connection *connections;
static unsigned *logged_in, logged_in_first, logged_in_count; /* a ring: who logs out next */
static unsigned *idle, idle_first, idle_count;                /* a ring: who logs in next */
static uint64_t begun_us, next_us, longest_us;
static unsigned long done, good[KINDS], refused[CODES], broken;
static struct latencies times[KINDS];

static unsigned take(unsigned *ring, unsigned *at, unsigned *count) {
    const unsigned phone = ring[*at];
    *at = (*at + 1) % phones;
    (*count)--;
    return phone;
}

static void give(unsigned *ring, unsigned at, unsigned *count, unsigned phone) {
    ring[(at + *count) % phones] = phone;
    (*count)++;
}

/* What is asked next, and of which phone; false when every phone is waiting for an answer. */
static bool choose(int *kind, unsigned *phone) {
    if (strcmp(what, "page") == 0) {
        *kind = PAGE;
    } else if (strcmp(what, "turns") == 0) {
        *kind = logged_in_count >= depth ? LOGOUT : LOGIN;
    } else {
        *kind = strcmp(what, "login") == 0 ? LOGIN : LOGOUT;
    }
    if (*kind == LOGOUT && logged_in_count > 0) {
        *phone = take(logged_in, &logged_in_first, &logged_in_count);
        return true;
    }
    if (*kind != LOGOUT && idle_count > 0) {
        *phone = take(idle, &idle_first, &idle_count);
        return true;
    }
    return false;
}

static void fail(const char *doing) {
    fprintf(stderr, "load_login: %s %s:%d: %s\n", doing, address, port, strerror(errno));
    exit(2);
}

static void open_connection(struct connection *connection) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    const int yes = 1;
    (void)inet_pton(AF_INET, address, &server.sin_addr);
    connection->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->descriptor < 0 ||
        connect(connection->descriptor, (struct sockaddr *)&server, sizeof server) != 0 ||
        fcntl(connection->descriptor, F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(poller, EPOLL_CTL_ADD, connection->descriptor, &event) != 0) {
        fail("connecting to");
    }
    (void)setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connection->busy = false;
}

static void ask(struct connection *connection, int kind, unsigned phone, uint64_t intended_us) {
    char request[512], login[200] = "";
    if (kind == LOGIN) {
        (void)snprintf(login, sizeof login, "&userid=%s%u&seq=%s", user, phone, pin);
    }
    const int length = snprintf(
        request, sizeof request,
        "GET /emapp/EMAppServlet?device=SEP%012u%s%s%s HTTP/1.1\r\nHost: %s:%d\r\n\r\n", phone,
        emcc ? "&EMCC=true" : "", login, kind == LOGOUT ? "&doLogout=true" : "", address, port);
    connection->busy = true;
    connection->kind = kind;
    connection->phone = phone;
    connection->intended_us = intended_us;
    connection->length = 0;
    if (send(connection->descriptor, request, (size_t)length, MSG_NOSIGNAL) != length) {
        fail("asking");
    }
}

/* Whether there is time, and somebody, for one more request. */
static bool more(uint64_t now) {
    const bool once = strcmp(what, "login") == 0 || strcmp(what, "logout") == 0;
    return !interrupted && (once || (double)(now - begun_us) < seconds * 1e6);
}

static void ask_what_is_due(uint64_t now) {
    const uint64_t step_us = rate > 0 ? (uint64_t)(1e6 / rate) : 0;
    for (unsigned i = 0; i < connections_count && more(now); i++) {
        int kind;
        unsigned phone;
        if (connections[i].busy || (rate > 0 && next_us > now)) {
            continue;
        }
        if (!choose(&kind, &phone)) {
            return;
        }
        ask(&connections[i], kind, phone, rate > 0 ? next_us : now);
        next_us += step_us;
    }
}

static void count_refusal(const char *body) {
    const char *bracket = strrchr(body, '(');
    const int code = bracket != NULL ? atoi(bracket + 1) : 0;
    refused[code > 0 && code < CODES ? code : 0]++;
}

static void answered(struct connection *connection, const char *body) {
    const uint64_t took = measure_now_us() - connection->intended_us;
    const char *success[KINDS] = {"Login successful", "Logout successful", "<CiscoIPPhone"};
    bool in = connection->kind == LOGOUT;
    connection->busy = false;
    done++;
    longest_us = took > longest_us ? took : longest_us;
    latencies_add(&times[connection->kind], took);
    if (strstr(body, success[connection->kind]) != NULL) {
        good[connection->kind]++;
        in = connection->kind == LOGIN;
    } else {
        count_refusal(body);
    }
    if (strcmp(what, "turns") == 0 || connection->kind == PAGE) {
        if (in) {
            give(logged_in, logged_in_first, &logged_in_count, connection->phone);
        } else {
            give(idle, idle_first, &idle_count, connection->phone);
        }
    }
}

static void read_answer(struct connection *connection) {
    const ssize_t got = recv(connection->descriptor, connection->answer + connection->length,
                             ANSWER - 1 - connection->length, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        (void)close(connection->descriptor);
        if (connection->busy) {
            broken++;
            answered(connection, "");
        }
        open_connection(connection);
        return;
    }
    connection->length += (size_t)got;
    connection->answer[connection->length] = '\0';
    const char *body = strstr(connection->answer, "\r\n\r\n");
    const char *length = strcasestr(connection->answer, "\r\nContent-Length:");
    if (body != NULL && length != NULL && strlen(body + 4) >= (size_t)atol(length + 17)) {
        answered(connection, body + 4);
    }
}

static bool finished(uint64_t now) {
    for (unsigned i = 0; i < connections_count; i++) {
        if (connections[i].busy) {
            return now - connections[i].intended_us > GIVE_UP_US;
        }
    }
    return more(now) ? (strcmp(what, "login") == 0 && idle_count == 0) ||
                           (strcmp(what, "logout") == 0 && logged_in_count == 0)
                     : true;
}

static void run(void) {
    begun_us = next_us = measure_now_us();
    for (uint64_t now = begun_us; !finished(now); now = measure_now_us()) {
        struct epoll_event events[64];
        ask_what_is_due(now);
        /* Rounded to nothing, a timer would be stopped. */
        const uint64_t wait_us = rate > 0 && next_us > now ? next_us - now : 100000;
        const struct itimerspec until = {
            .it_value = {(time_t)(wait_us / 1000000), (long)(wait_us % 1000000) * 1000}};
        (void)timerfd_settime(timer, 0, &until, NULL);
        const int count = epoll_wait(poller, events, 64, -1);
        for (int i = 0; i < count; i++) {
            uint64_t ticks;
            if (events[i].data.ptr != NULL) {
                read_answer(events[i].data.ptr);
            } else if (read(timer, &ticks, sizeof ticks) < 0) {
                continue;
            }
        }
    }
}

static void on_interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

static bool option(const char *text) {
    const char *value = strchr(text, '=');
    if (value == NULL) {
        return false;
    }
    const size_t length = (size_t)(value++ - text);
#define IS(name) (length == strlen(name) && strncmp(text, name, length) == 0)
    if (IS("do")) {
        what = value;
    } else if (IS("user")) {
        user = value;
    } else if (IS("pin")) {
        pin = value;
    } else if (IS("emcc")) {
        emcc = atoi(value) != 0;
    } else if (IS("phones")) {
        phones = (unsigned)atoi(value);
    } else if (IS("first")) {
        first = (unsigned)atoi(value);
    } else if (IS("connections")) {
        connections_count = (unsigned)atoi(value);
    } else if (IS("depth")) {
        depth = (unsigned)atoi(value);
    } else if (IS("rate")) {
        rate = atof(value);
    } else if (IS("seconds")) {
        seconds = atof(value);
    } else {
        return false;
    }
#undef IS
    return true;
}

static void report(void) {
    const double length = (double)(measure_now_us() - begun_us) / 1e6;
    unsigned long refusals = 0;
    printf("seconds=%.2f requests_per_s=%.1f max_ms=%.2f", length, (double)done / length,
           (double)longest_us / 1000.0);
    for (int kind = 0; kind < KINDS; kind++) {
        if (times[kind].count > 0) {
            printf(" %ss=%lu %ss_per_s=%.1f %s_p50_ms=%.2f %s_p99_ms=%.2f", words[kind], good[kind],
                   words[kind], (double)good[kind] / length, words[kind],
                   latencies_percentile(&times[kind], 50), words[kind],
                   latencies_percentile(&times[kind], 99));
        }
        free(times[kind].us);
    }
    for (int code = 0; code < CODES; code++) {
        refusals += refused[code];
    }
    printf(" refused=%lu broken=%lu", refusals, broken);
    for (int code = 0; code < CODES; code++) {
        if (refused[code] > 0) {
            printf(" refused_%d=%lu", code, refused[code]);
        }
    }
    printf("\n");
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: load_login ADDRESS PORT [NAME=VALUE...]\n");
        return 2;
    }
    address = argv[1];
    port = atoi(argv[2]);
    for (int i = 3; i < argc; i++) {
        if (!option(argv[i])) {
            fprintf(stderr,
                    "load_login: expected one of the options of its first comment, got %s\n",
                    argv[i]);
            return 2;
        }
    }
    depth = depth < phones ? depth : phones;
    connections = calloc(connections_count, sizeof *connections);
    logged_in = calloc(phones, sizeof *logged_in);
    idle = calloc(phones, sizeof *idle);
    poller = epoll_create1(EPOLL_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    if (connections == NULL || logged_in == NULL || idle == NULL || connections_count == 0 ||
        phones == 0 || epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event) != 0) {
        fail("preparing");
    }
    (void)signal(SIGINT, on_interrupt);
    for (unsigned i = 0; i < phones; i++) {
        const bool out = strcmp(what, "logout") == 0;
        give(out ? logged_in : idle, 0, out ? &logged_in_count : &idle_count, first + i);
    }
    for (unsigned i = 0; i < connections_count; i++) {
        open_connection(&connections[i]);
    }
    run();
    report();
    free(connections);
    free(logged_in);
    free(idle);
    return good[LOGIN] + good[LOGOUT] + good[PAGE] == 0;
}
