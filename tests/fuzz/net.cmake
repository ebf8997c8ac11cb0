sj_fuzz_target(http SOURCES fuzz_http.c host/http/server/request_head.c host/http/body.c host/http/form.c host/http/text.c host/http/server/router.c
  host/net/bytes.c)
sj_fuzz_target(request_line SOURCES fuzz_request_line.c host/http/server/request_head.c host/http/text.c)
sj_fuzz_target(form SOURCES fuzz_form.c host/http/form.c host/http/text.c)
sj_fuzz_target(websocket SOURCES fuzz_websocket.c host/http/server/websocket.c host/http/text.c host/net/bytes.c LIBS PkgConfig::OPENSSL)
sj_fuzz_target(accept_encoding SOURCES fuzz_accept_encoding.c host/http/gzip.c LIBS PkgConfig::ZLIB)
