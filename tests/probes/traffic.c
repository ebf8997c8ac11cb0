/* Traffic from outside. */
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
    uv_tcp_t stream;
    uv_connect_t connect;
    uv_write_t write;
    struct traffic *traffic;
    char buffer[4096];
};

static char datagram_buffer[65536];

static void give_datagram_buffer(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
    (void)handle;
    (void)size;
    *buffer = uv_buf_init(datagram_buffer, sizeof datagram_buffer);
}

static void on_datagram(uv_udp_t *socket, ssize_t length, const uv_buf_t *buffer,
                        const struct sockaddr *from, unsigned flags) {
    struct traffic *traffic = socket->data;
    (void)buffer;
    (void)from;
    (void)flags;
    traffic->replies += length > 0;
}

static void page_closed(uv_handle_t *handle) {
    struct page *page = handle->data;
    page->traffic->connections--;
    free(page);
}

static void close_page(struct page *page) {
    if (!uv_is_closing((uv_handle_t *)&page->stream)) {
        uv_close((uv_handle_t *)&page->stream, page_closed);
    }
}

static void give_page_buffer(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
    struct page *page = handle->data;
    (void)size;
    *buffer = uv_buf_init(page->buffer, sizeof page->buffer);
}

static void on_page(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer) {
    struct page *page = stream->data;
    (void)buffer;
    if (length < 0) {
        close_page(page);
    } else {
        page->traffic->pages += length > 0;
    }
}

static void on_connect(uv_connect_t *connect, int status) {
    static char servlet[] =
        "GET /emapp/EMAppServlet?device=SEP001122334455&EMCC=true HTTP/1.0\r\n\r\n";
    static char health[] = "GET /healthz HTTP/1.0\r\n\r\n";
    struct page *page = connect->data;
    char *request = page->traffic->pages % 8 == 0
                        ? servlet
                        : health; /* the servlet leaves a trace of each request */
    uv_buf_t buffer = uv_buf_init(request, (unsigned)strlen(request));
    if (status != 0 ||
        uv_write(&page->write, (uv_stream_t *)&page->stream, &buffer, 1, NULL) != 0 ||
        uv_read_start((uv_stream_t *)&page->stream, give_page_buffer, on_page) != 0) {
        close_page(page);
    }
}

static void ask_page(struct traffic *traffic) {
    struct page *page = calloc(1, sizeof *page);
    if (page != NULL && uv_tcp_init(traffic->loop, &page->stream) == 0) {
        page->traffic = traffic;
        page->stream.data = page->connect.data = page;
        traffic->connections++;
        if (uv_tcp_connect(&page->connect, &page->stream, (const struct sockaddr *)&traffic->http,
                           on_connect) != 0) {
            close_page(page);
        }
    }
}

static void send_to(struct traffic *traffic, const struct sockaddr_in *to, const char *text,
                    size_t length) {
    uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)text, (unsigned)length);
    traffic->sent += uv_udp_try_send(&traffic->socket, &buffer, 1, (const struct sockaddr *)to) > 0;
}

static void tick(uv_timer_t *timer) {
    static const char read_request[] = "\0\1SEP001122334455.cnf.xml\0octet";
    struct traffic *traffic = timer->data;
    char text[1024];
    int length;
    if (traffic->paused) {
        return;
    }
    length = snprintf(text, sizeof text,
                      "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP "
                      "127.0.92.9:5060;branch=z9hG4bK%ld\r\nFrom: <sip:1001@x>;tag=%ld\r\n"
                      "To: <sip:1001@%s>\r\nCall-ID: %ld\r\nCSeq: 1 REGISTER\r\nContact: "
                      "<sip:1001@127.0.92.9>\r\nExpires: 60\r\n"
                      "Content-Length: 0\r\n\r\n",
                      traffic->facts->address, traffic->sent, traffic->sent,
                      traffic->facts->address, traffic->sent);
    send_to(traffic, &traffic->sip, text, (size_t)length);
    send_to(traffic, &traffic->sip, "\xff\xfe garbage", 10);
    send_to(traffic, &traffic->tftp, read_request, sizeof read_request);
    if (traffic->connections < 8) {
        ask_page(traffic);
    }
}

void traffic_start(struct traffic *traffic, uv_loop_t *loop, const struct sj_node *facts) {
    struct sockaddr_in any;
    memset(traffic, 0, sizeof *traffic);
    traffic->loop = loop;
    traffic->facts = facts;
    (void)uv_ip4_addr(facts->address, facts->sip_port, &traffic->sip);
    (void)uv_ip4_addr(facts->address, facts->tftp_port, &traffic->tftp);
    (void)uv_ip4_addr(facts->address, facts->http_port, &traffic->http);
    (void)uv_ip4_addr("127.0.92.9", 0, &any);
    (void)uv_udp_init(loop, &traffic->socket);
    traffic->socket.data = traffic;
    (void)uv_udp_bind(&traffic->socket, (const struct sockaddr *)&any, 0);
    (void)uv_udp_recv_start(&traffic->socket, give_datagram_buffer, on_datagram);
    (void)uv_timer_init(loop, &traffic->timer);
    traffic->timer.data = traffic;
    (void)uv_timer_start(&traffic->timer, tick, 2, 2);
}

void traffic_stop(struct traffic *traffic) {
    uv_close((uv_handle_t *)&traffic->socket, NULL);
    uv_close((uv_handle_t *)&traffic->timer, NULL);
}
