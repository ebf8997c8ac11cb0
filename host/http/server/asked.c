/* What a handler and host/rest ask of a request that is with them: who is on the other end, its
 * body, its headers. */
#include <string.h>
#include <sys/socket.h>

#include "host/http/server/connection.h"
#include "host/http/text.h"
#include "host/tls/context.h"

bool sj_http_is_local(sj_http_request *seen) {
    const struct request *request = (struct request *)(void *)seen;
    return request->connection != NULL && request->connection->local;
}

bool sj_http_local_user(sj_http_request *seen, uid_t *id) {
    const struct request *request = (struct request *)(void *)seen;
    struct ucred peer;
    socklen_t length = sizeof peer;
    uv_os_fd_t file;
    if (!sj_http_is_local(seen) ||
        uv_fileno((uv_handle_t *)&request->connection->link.uv, &file) != 0 ||
        getsockopt(file, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
        return false;
    }
    *id = peer.uid;
    return true;
}

char *sj_http_take_body(sj_http_request *seen, size_t *length) {
    struct request *request = (struct request *)(void *)seen;
    char *data = request->body.data;
    *length = request->body.used;
    memset(&request->body, 0, sizeof request->body);
    seen->body = "";
    seen->body_length = 0;
    return data;
}

int sj_host_http_tls_channel(const sj_http_request *seen, sj_tls_channel *channel) {
    const struct connection *connection = ((const struct request *)(const void *)seen)->connection;
    return connection == NULL || !connection->tls
               ? SJ_E_UNAVAILABLE
               : sj_tls_channel_of(connection->link.ssl, channel);
}

const char *sj_host_http_header(const sj_http_request *seen, const char *name) {
    return sj_headers_find(seen->headers, seen->headers_count, name);
}
