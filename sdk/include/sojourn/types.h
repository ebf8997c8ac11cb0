/* The names that the host's function table speaks of: opaque handles and callback types. Each is
 * explained in the header of its subject (scope.h, bus.h, timer.h, net.h, http.h, store.h ...). */
#ifndef SOJOURN_TYPES_H
#define SOJOURN_TYPES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "error.h"
#include "schema.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sj_host sj_host;
typedef struct sj_node sj_node;
typedef struct sj_handle
    sj_handle; /* one owned thing: timer, subscription, answer, route, job, listener, hold ... */

/* The owner of everything that is created. Only the head is public, so that the wrappers find the
 * host. */
typedef struct sj_scope {
    const sj_host *host;
} sj_scope;

/* A literal "file.c:12", recorded with whatever is created there. */
#define SJ_STRINGIFY_(x) #x
#define SJ_STRINGIFY(x) SJ_STRINGIFY_(x)
#define SJ_HERE __FILE__ ":" SJ_STRINGIFY(__LINE__)

typedef struct sj_topic sj_topic;
typedef struct sj_question sj_question;
typedef struct sj_udp sj_udp;
typedef struct sj_stream sj_stream;
typedef struct sj_tls_peer sj_tls_peer;
typedef struct sj_tls_channel sj_tls_channel;
typedef struct sj_http_server sj_http_server;
typedef struct sj_http_request sj_http_request;
typedef struct sj_http_reply sj_http_reply;
typedef struct sj_http_call sj_http_call;
typedef struct sj_http_result sj_http_result;
typedef struct sj_metric sj_metric;
typedef struct sj_query sj_query;
typedef struct sj_list sj_list;
typedef struct sj_dns_answer sj_dns_answer;

/* A step of a trace as it is kept (sj_trace_records). */
typedef struct sj_trace_record {
    size_t size;
    int64_t wall_ms; /* when, in ms since 1970 by this node's clock */
    int64_t order;   /* to be compared with that of other steps of the trace, also of other nodes:
                        what was caused has more   than what caused it */
    const char *plugin; /* who noted it */
    const char *text;
} sj_trace_record;

typedef union sj_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} sj_address;

typedef enum sj_log_level { SJ_LOG_ERROR, SJ_LOG_WARNING, SJ_LOG_INFO, SJ_LOG_DEBUG } sj_log_level;
typedef enum sj_metric_kind { SJ_COUNTER, SJ_GAUGE, SJ_HISTOGRAM } sj_metric_kind;

typedef void (*sj_done_fn)(void *user);
typedef void (*sj_result_fn)(void *user, int status, const sj_error *error);
typedef void (*sj_event_fn)(void *user, const void *event);
typedef void (*sj_question_fn)(void *user, sj_question *question, const void *request);
typedef void (*sj_reply_fn)(void *user, int status, const sj_error *error, const void *reply);
typedef void (*sj_work_fn)(void *data);
typedef void (*sj_trace_step_fn)(void *user, int64_t wall_ms, const char *plugin, const char *text);
typedef void (*sj_trace_record_fn)(void *user, const sj_trace_record *record);
typedef void (*sj_secret_fn)(void *user, int status, const char *hash);
typedef void (*sj_http_fn)(void *user, sj_http_request *request);
typedef void (*sj_http_result_fn)(void *user, const sj_http_result *result);
typedef void (*sj_dns_fn)(void *user, const sj_dns_answer *answer);
typedef int (*sj_removal_fn)(void *user, const char *key, sj_error *reason);

typedef struct sj_datagram {
    sj_address from;
    const char *data; /* valid during the callback */
    size_t length;
} sj_datagram;
typedef void (*sj_datagrams_fn)(void *user, sj_udp *socket, const sj_datagram *datagrams,
                                size_t count);

/* A datagram that did not get there, as this system has found or the network has told it (ICMP:
 * port, protocol, host or network unreachable). The network quotes what it likes of it. */
typedef struct sj_undelivered {
    size_t size;
    sj_address to;
    const char *data;   /* its beginning; valid during the callback */
    size_t length;      /* of that; may be 0 */
    const char *reason; /* "connection refused" */
} sj_undelivered;
typedef void (*sj_undelivered_fn)(void *user, sj_udp *socket, const sj_undelivered *datagram);

/* Who gives a secret to be compared (sj_secret_verify_for). */
typedef struct sj_secret_asker {
    size_t size;
    const char *source; /* where it comes from: the text of an address, or the id of a cluster */
    const char *name;   /* whose secret it is said to be; for the log */
    bool vouched; /* the source has proved who it is (a cluster, by its certificate): it is not
                     barred */
} sj_secret_asker;

/* What happens on a stream. on_data may be called with any cut of the bytes; on_close is called
 * exactly once, last. */
typedef struct sj_stream_events {
    void (*on_open)(void *user, sj_stream *stream); /* connected, TLS done; may be NULL */
    void (*on_data)(void *user, sj_stream *stream, const char *data, size_t length);
    void (*on_close)(void *user, sj_stream *stream, int status, const char *reason);
} sj_stream_events;
/* A listener's new connection: set the stream's events and user with sj_stream_set, or it is closed
 * on return. */
typedef void (*sj_accept_fn)(void *user, sj_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
