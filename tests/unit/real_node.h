/* A real node in a directory of its own, started for a test and stopped after it; requests over its
 * unix socket or HTTPS. */
#ifndef TESTS_REAL_NODE_H
#define TESTS_REAL_NODE_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <curl/curl.h>

struct real_node {
    const char *program; /* sojournd */
    const char *address;
    char directory[64], file[96], socket[96], log[96];
    pid_t process;
};

struct answer {
    long status;
    char *body;
    size_t length;
    char etag[64];
};

static inline void real_node_start(struct real_node *node) {
    node->process = fork();
    assert_true(node->process >= 0);
    if (node->process == 0) {
        if (freopen(node->log, "a", stderr) == NULL) {
            _exit(126);
        }
        (void)execl(node->program, node->program, "-c", node->file, "--single", (char *)NULL);
        _exit(127);
    }
}

static inline size_t take_body(char *data, size_t size, size_t count, void *user) {
    struct answer *answer = user;
    char *grown = realloc(answer->body, answer->length + size * count + 1);
    if (grown == NULL) {
        return 0;
    }
    answer->body = grown;
    memcpy(grown + answer->length, data, size * count);
    answer->length += size * count;
    grown[answer->length] = '\0';
    return size * count;
}

static inline size_t take_header(char *data, size_t size, size_t count, void *user) {
    struct answer *answer = user;
    if (size * count > 6 && strncasecmp(data, "etag: ", 6) == 0) {
        (void)snprintf(answer->etag, sizeof answer->etag, "%.*s", (int)strcspn(data + 6, "\r\n"),
                       data + 6);
    }
    return size * count;
}

/* `body` NULL: none; `header` NULL: no further one; `user` NULL: over the unix socket, else
 * "name:password" over HTTPS. Status 0: nobody answered. */
static inline struct answer real_node_ask(const struct real_node *node, const char *method,
                                          const char *path, const char *body, const char *header,
                                          const char *user) {
    struct answer answer = {0};
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURL *curl = curl_easy_init();
    char url[1024];
    (void)snprintf(url, sizeof url, user != NULL ? "https://%s:18443%s" : "http://%s%s",
                   node->address, path);
    if (user == NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, node->socket);
    } else {
        (void)curl_easy_setopt(curl, CURLOPT_USERPWD, user);
        (void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        (void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (header != NULL) {
        headers = curl_slist_append(headers, header);
    }
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    if (body != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    }
    if (curl_easy_perform(curl) == CURLE_OK) {
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return answer;
}

static inline void real_node_wait(const struct real_node *node) {
    for (int i = 0; i < 600; i++) {
        struct answer answer = real_node_ask(node, "GET", "/readyz", NULL, NULL, NULL);
        free(answer.body);
        if (answer.status == 200) {
            return;
        }
        if (waitpid(node->process, NULL, WNOHANG) != 0) {
            fail_msg("the node has ended; see %s", node->log);
        }
        (void)usleep(50000);
    }
    fail_msg("the node does not become ready; see %s", node->log);
}

static inline void real_node_open(struct real_node *node, const char *program,
                                  const char *address) {
    FILE *file;
    char plugins[96];
    node->program = program;
    node->address = address;
    (void)snprintf(node->directory, sizeof node->directory, "/tmp/sojourn-node-XXXXXX");
    assert_non_null(mkdtemp(node->directory));
    (void)snprintf(node->file, sizeof node->file, "%s/node.lua", node->directory);
    (void)snprintf(node->socket, sizeof node->socket, "%s/state/sojourn.sock", node->directory);
    (void)snprintf(node->log, sizeof node->log, "%s/log", node->directory);
    (void)snprintf(plugins, sizeof plugins, "%s/plugins", node->directory);
    assert_int_equal(mkdir(plugins, 0700), 0);
    file = fopen(node->file, "w");
    assert_non_null(file);
    (void)fprintf(file,
                  "return { cluster = 'HQ', node = 'hq-1', role = 'publisher', listen = { address "
                  "= '%s', sip = 15060, sips = 15061,"
                  " tftp = 16069, tftp_http = 16970, http = 18080, https = 18443 },"
                  " directories = { state = 'state', plugins = 'plugins' } }\n",
                  address);
    (void)fclose(file);
    real_node_start(node);
    real_node_wait(node);
}

/* Returns how the process ended. */
static inline int real_node_stop(struct real_node *node, int number) {
    int status = 0;
    assert_int_equal(kill(node->process, number), 0);
    assert_int_equal(waitpid(node->process, &status, 0), node->process);
    return status;
}

static inline void real_node_close(struct real_node *node) {
    char command[96];
    int status = real_node_stop(node, SIGTERM);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail_msg("the node ended badly (%d); see %s", status, node->log);
    }
    (void)snprintf(command, sizeof command, "rm -rf '%s'", node->directory);
    assert_int_equal(system(command), 0);
}

#endif
