/* TLS of a link: OpenSSL between two memory BIOs. Touches only the link. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "host/net/link.h"
#include "host/net/net.h"

int sj_link_tls_start(struct link *link, SSL_CTX *context, bool server, sj_error *error) {
    BIO *from_wire = BIO_new(BIO_s_mem());
    BIO *to_wire = BIO_new(BIO_s_mem());
    link->ssl = SSL_new(context);
    if (link->ssl == NULL || from_wire == NULL || to_wire == NULL) {
        BIO_free(from_wire);
        BIO_free(to_wire);
        ERR_clear_error();
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a TLS connection");
    }
    (void)BIO_set_mem_eof_return(from_wire, -1);
    (void)BIO_set_mem_eof_return(to_wire, -1);
    SSL_set_bio(link->ssl, from_wire, to_wire);
    link->from_wire = from_wire;
    link->to_wire = to_wire;
    if (server) {
        SSL_set_accept_state(link->ssl);
    } else {
        SSL_set_connect_state(link->ssl);
    }
    return SJ_OK;
}

/* The reason of the last failure in words, and its code. */
static int explain(struct link *link, char *text, size_t room) {
    unsigned long code = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(code);
    int status = SJ_E_PROTOCOL;
    if (SSL_get_verify_result(link->ssl) != X509_V_OK) {
        status = SJ_E_UNTRUSTED;
        (void)snprintf(text, room, "the peer's certificate is not trusted: %s",
                       X509_verify_cert_error_string(SSL_get_verify_result(link->ssl)));
    } else {
        /* A peer that does not trust us says so in an alert. */
        if (ERR_GET_REASON(code) == SSL_R_TLSV1_ALERT_UNKNOWN_CA ||
            ERR_GET_REASON(code) == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE ||
            ERR_GET_REASON(code) == SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN ||
            ERR_GET_REASON(code) == SSL_R_TLSV1_ALERT_ACCESS_DENIED) {
            status = SJ_E_UNTRUSTED;
        }
        (void)snprintf(text, room, "TLS failed: %s",
                       reason != NULL ? reason : "the connection broke off");
    }
    ERR_clear_error();
    return status;
}

/* False when the handshake is not complete (more is needed, or it failed). */
static bool handshake(struct link *link) {
    int result, why;
    char text[160];
    ERR_clear_error();
    result = SSL_do_handshake(link->ssl);
    sj_link_mark(link);
    if (result == 1) {
        link->state = LINK_OPEN;
        if (link->events->opened != NULL) {
            link->events->opened(link);
        }
        return link->state == LINK_OPEN;
    }
    why = SSL_get_error(link->ssl, result);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        ERR_clear_error();
        return false;
    }
    result = explain(link, text, sizeof text);
    sj_link_flush(link); /* the alert */
    sj_link_end(link, result, text);
    return false;
}

void sj_link_tls_pump(struct link *link) {
    if (link->state == LINK_HANDSHAKE && !handshake(link)) {
        return;
    }
    while (link->state == LINK_OPEN && !link->paused && !link->reported) {
        char text[160];
        int why, count;
        ERR_clear_error();
        count = SSL_read(link->ssl, link->net->plain, sizeof link->net->plain);
        if (count > 0) {
            link->events->data(link, link->net->plain, (size_t)count);
            explicit_bzero(link->net->plain, (size_t)count);
            continue;
        }
        why = SSL_get_error(link->ssl, count);
        if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
            ERR_clear_error();
            if (BIO_ctrl_pending(link->to_wire) > 0) {
                sj_link_mark(link); /* answers to key updates */
            }
            return;
        }
        if (why == SSL_ERROR_ZERO_RETURN) {
            sj_link_end(link, SJ_OK, "closed by the peer");
            return;
        }
        why = explain(link, text, sizeof text);
        sj_link_flush(link);
        sj_link_end(link, why, text);
    }
}

void sj_link_tls_read(struct link *link, const char *data, size_t length) {
    if (BIO_write(link->from_wire, data, (int)length) != (int)length) {
        ERR_clear_error();
        sj_link_end(link, SJ_E_NO_MEMORY, "out of memory for what was read");
        return;
    }
    if (link->state == LINK_HANDSHAKE && SSL_is_server(link->ssl) &&
        !sj_handshakes_take(&link->net->handshakes, link)) {
        (void)uv_read_stop(&link->uv.stream);
        return;
    }
    sj_link_tls_pump(link);
}

void sj_link_tls_step(struct link *link) {
    if (!link->paused) {
        sj_link_pull(link);
    }
    sj_link_tls_pump(link);
}

void sj_link_tls_seal(struct link *link) {
    size_t done = 0;
    if (!SSL_is_init_finished(link->ssl) || link->out.used == 0) {
        return;
    }
    ERR_clear_error();
    while (done < link->out.used) {
        size_t written = 0;
        if (SSL_write_ex(link->ssl, link->out.data + done, link->out.used - done, &written) != 1) {
            ERR_clear_error();
            sj_link_fail(link, SJ_E_PROTOCOL, "TLS failed while sending");
            break;
        }
        done += written;
    }
    sj_bytes_clear(&link->out, 16384);
}
