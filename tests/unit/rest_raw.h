/* Requests to a real node as bytes, over its unix socket: headers as a client library would not
 * send them, and answers as they come, heads included. */
#ifndef TESTS_REST_RAW_H
#define TESTS_REST_RAW_H

#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "real_node.h"

static inline int connect_raw(const struct real_node *node) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", node->socket);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline void say_raw(int fd, const char *text) {
    const size_t length = strlen(text);
    assert_int_equal(send(fd, text, length, MSG_NOSIGNAL), (ssize_t)length);
}

/* The whole answer to a request on a connection of its own. `headers`: whole lines; JSON is said to
 * be the body's type unless they say another. Free with free(). */
static inline char *ask_raw(const struct real_node *node, const char *method, const char *path,
                            const char *headers, const char *body) {
    const int fd = connect_raw(node);
    char head[16384];
    char *answer = NULL;
    size_t length = 0, room = 0;
    ssize_t count;
    (void)snprintf(head, sizeof head,
                   "%s %s HTTP/1.1\r\nHost: n\r\nConnection: close%s\r\n%s"
                   "%sContent-Length: %zu\r\n\r\n",
                   method, path, strstr(headers, "Upgrade:") != NULL ? ", Upgrade" : "", headers,
                   strstr(headers, "Content-Type:") == NULL ? "Content-Type: application/json\r\n"
                                                            : "",
                   body != NULL ? strlen(body) : 0);
    say_raw(fd, head);
    if (body != NULL) {
        say_raw(fd, body);
    }
    do {
        if (room - length < 65536) {
            room += 1 << 20;
            answer = realloc(answer, room);
            assert_non_null(answer);
        }
        count = recv(fd, answer + length, room - length - 1, 0);
        length += count > 0 ? (size_t)count : 0;
    } while (count > 0);
    answer[length] = '\0';
    (void)close(fd);
    return answer;
}

static inline long status_of(const char *answer) {
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? strtol(answer + 9, NULL, 10) : 0;
}

static inline char *body_of(char *answer) {
    char *end = strstr(answer, "\r\n\r\n");
    assert_non_null(end);
    return end + 4;
}

/* Its value; NULL: there is none. Valid until the next eight of these. */
static inline const char *header_of(const char *answer, const char *name) {
    static char values[8][256];
    static size_t next;
    char *value = values[next++ % 8];
    const size_t length = strlen(name);
    for (const char *line = strstr(answer, "\r\n");
         line != NULL && strncmp(line, "\r\n\r\n", 4) != 0; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) == 0 && strncmp(line + 2 + length, ": ", 2) == 0) {
            line += length + 4;
            (void)snprintf(value, sizeof values[0], "%.*s", (int)strcspn(line, "\r"), line);
            return value;
        }
    }
    return NULL;
}

/* Two answers differ in it. */
static inline void without_date(char *answer) {
    char *date = strstr(answer, "\r\nDate: ");
    assert_non_null(date);
    memset(date + 8, 'x', strcspn(date + 8, "\r"));
}

static inline void expect_raw(const struct real_node *node, const char *method, const char *path,
                              const char *headers, const char *body, long status, const char *name,
                              const char *value) {
    char *answer = ask_raw(node, method, path, headers, body);
    const char *got = name != NULL ? header_of(answer, name) : NULL;
    if (status_of(answer) != status || (name != NULL && (got == NULL || strcmp(got, value) != 0))) {
        fail_msg("%s %s %s: expected %ld and %s: %s, got \"%.600s\"", method, path, headers, status,
                 name != NULL ? name : "", name != NULL ? value : "", answer);
    }
    free(answer);
}

#endif
