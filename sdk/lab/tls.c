/* TLS for SIP flows, as a machine without I/O: what the peer sent goes in, what it is to get comes
 * out. And the certificates that phones and gateways show. */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lab.h"

#define SESSION "lab.tls"

enum { DAYS_VALID = 30, SECONDS_OF_A_DAY = 24 * 60 * 60, SERIAL_BITS = 63 };

struct session {
    SSL *ssl;
    BIO *in, *out; /* the session's own */
};

static const char *why(void) {
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason != NULL ? reason : "TLS failed";
}

static void push_waiting(lua_State *L, BIO *out) {
    char *bytes = NULL;
    const long count = BIO_get_mem_data(out, &bytes);
    lua_pushlstring(L, bytes, count > 0 ? (size_t)count : 0);
    (void)BIO_reset(out);
}

static void push_plain(lua_State *L, SSL *ssl) {
    luaL_Buffer text;
    char *room = NULL;
    int count = 0;
    luaL_buffinit(L, &text);
    do {
        room = luaL_prepbuffer(&text);
        count = SSL_read(ssl, room, LUAL_BUFFERSIZE);
        luaL_addsize(&text, count > 0 ? (size_t)count : 0);
    } while (count > 0);
    luaL_pushresult(&text);
}

/* session:receive(bytes): the bytes for the peer, what it said, whether the handshake is over, and
 * a sentence when the session has failed. */
static int receive(lua_State *L) {
    const struct session *session = luaL_checkudata(L, 1, SESSION);
    size_t length = 0;
    const char *bytes = luaL_checklstring(L, 2, &length);
    if (BIO_write(session->in, bytes, (int)length) != (int)length) {
        return luaL_error(L, "out of memory");
    }
    ERR_clear_error();
    const int status = SSL_do_handshake(session->ssl);
    const bool failed = status != 1 && SSL_get_error(session->ssl, status) == SSL_ERROR_SSL;
    if (failed) {
        lua_pushliteral(L, "");
    } else {
        push_plain(L, session->ssl);
    }
    push_waiting(L, session->out); /* an alert, too */
    lua_insert(L, -2);
    lua_pushboolean(L, status == 1);
    if (failed || ERR_peek_error() != 0) {
        lua_pushstring(L, why());
        return 4;
    }
    return 3;
}

/* session:send(text): the bytes for the peer. */
static int send_text(lua_State *L) {
    const struct session *session = luaL_checkudata(L, 1, SESSION);
    size_t length = 0;
    const char *text = luaL_checklstring(L, 2, &length);
    if (SSL_write(session->ssl, text, (int)length) != (int)length) {
        return luaL_error(L, "%s", why());
    }
    push_waiting(L, session->out);
    return 1;
}

static int forget(lua_State *L) {
    struct session *session = luaL_checkudata(L, 1, SESSION);
    SSL_free(session->ssl); /* its BIOs as well */
    session->ssl = NULL;
    return 0;
}

static X509 *read_certificate(const char *pem) {
    BIO *from = BIO_new_mem_buf(pem, -1);
    X509 *certificate = from == NULL ? NULL : PEM_read_bio_X509(from, NULL, NULL, NULL);
    BIO_free(from);
    return certificate;
}

static EVP_PKEY *read_key(const char *pem) {
    BIO *from = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = from == NULL ? NULL : PEM_read_bio_PrivateKey(from, NULL, NULL, NULL);
    BIO_free(from);
    return key;
}

static bool show(SSL_CTX *context, const char *certificate_pem, const char *key_pem) {
    X509 *certificate = read_certificate(certificate_pem);
    EVP_PKEY *key = read_key(key_pem);
    const bool shown = certificate != NULL && key != NULL &&
                       SSL_CTX_use_certificate(context, certificate) == 1 &&
                       SSL_CTX_use_PrivateKey(context, key) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    return shown;
}

static int begin(lua_State *L, bool server) {
    const char *certificate = luaL_optstring(L, 1, NULL), *key = luaL_optstring(L, 2, "");
    struct session *session = lua_newuserdatauv(L, sizeof *session, 0);
    *session = (struct session){0};
    luaL_setmetatable(L, SESSION);
    SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    const bool good = context != NULL && (certificate == NULL || show(context, certificate, key)) &&
                      (session->ssl = SSL_new(context)) != NULL;
    SSL_CTX_free(context);
    if (!good) {
        return luaL_error(L, "%s", why());
    }
    session->in = BIO_new(BIO_s_mem());
    session->out = BIO_new(BIO_s_mem());
    if (session->in == NULL || session->out == NULL) {
        BIO_free(session->in);
        BIO_free(session->out);
        return luaL_error(L, "out of memory");
    }
    SSL_set_bio(session->ssl, session->in, session->out);
    if (server) {
        SSL_set_accept_state(session->ssl);
    } else {
        SSL_set_connect_state(session->ssl);
    }
    return 1;
}

/* core.tls_client(certificate, key): the client's side of a session, which shows the certificate
 * (PEM; none: it shows none). Whom it speaks with is not looked at. */
static int tls_client(lua_State *L) {
    return begin(L, false);
}

/* core.tls_server(certificate, key): the same of the server's side. */
static int tls_server(lua_State *L) {
    return begin(L, true);
}

static void push_pem(lua_State *L, BIO *pem) {
    push_waiting(L, pem);
    BIO_free(pem);
}

static bool number_it(X509 *certificate) {
    BIGNUM *number = BN_new();
    const bool numbered = number != NULL &&
                          BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                          BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return numbered;
}

static bool name_it(X509 *certificate, const char *common_name) {
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                      (const unsigned char *)common_name, -1, -1, 0) == 1;
}

static bool mark_authority(X509 *certificate) {
    X509_EXTENSION *authority =
        X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
    const bool marked = authority != NULL && X509_add_ext(certificate, authority, -1) == 1;
    X509_EXTENSION_free(authority);
    return marked;
}

/* core.certificate(common_name, issuer, issuer_key): a certificate and its key as PEM, signed by
 * the issuer, or an authority that has signed itself. */
static int make_certificate(lua_State *L) {
    const char *common_name = luaL_checkstring(L, 1);
    const char *issuer_pem = luaL_optstring(L, 2, NULL), *issuer_key = luaL_optstring(L, 3, "");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509 *issuer = issuer_pem == NULL ? NULL : read_certificate(issuer_pem);
    EVP_PKEY *signing = issuer_pem == NULL ? NULL : read_key(issuer_key);
    BIO *certificate_text = BIO_new(BIO_s_mem()), *key_text = BIO_new(BIO_s_mem());
    const bool made =
        key != NULL && certificate != NULL && certificate_text != NULL && key_text != NULL &&
        (issuer_pem == NULL || (issuer != NULL && signing != NULL)) &&
        X509_set_version(certificate, X509_VERSION_3) == 1 && number_it(certificate) &&
        name_it(certificate, common_name) &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -SECONDS_OF_A_DAY) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), (long)DAYS_VALID * SECONDS_OF_A_DAY) !=
            NULL &&
        X509_set_pubkey(certificate, key) == 1 && (issuer != NULL || mark_authority(certificate)) &&
        X509_set_issuer_name(certificate,
                             X509_get_subject_name(issuer != NULL ? issuer : certificate)) == 1 &&
        X509_sign(certificate, signing != NULL ? signing : key, EVP_sha256()) > 0 &&
        PEM_write_bio_X509(certificate_text, certificate) == 1 &&
        PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) == 1;
    EVP_PKEY_free(key);
    EVP_PKEY_free(signing);
    X509_free(certificate);
    X509_free(issuer);
    if (!made) {
        BIO_free(certificate_text);
        BIO_free(key_text);
        return luaL_error(L, "the certificate of %s was not made: %s", common_name, why());
    }
    push_pem(L, certificate_text);
    push_pem(L, key_text);
    return 2;
}

void lab_open_tls(lua_State *L) {
    static const luaL_Reg methods[] = {{"receive", receive}, {"send", send_text}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"tls_client", tls_client},
                                         {"tls_server", tls_server},
                                         {"certificate", make_certificate},
                                         {NULL, NULL}};
    luaL_newmetatable(L, SESSION);
    lua_pushcfunction(L, forget);
    lua_setfield(L, -2, "__gc");
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_setfuncs(L, functions, 0);
}
