/* Digests and randomness, for SIP digest authentication and for tags and branches. */
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <sojourn/base/hex.h>

#include "lab.h"

static void push_hex(lua_State *L, const unsigned char *bytes, size_t count) {
    char text[2 * EVP_MAX_MD_SIZE + 1];
    sj_hex_write(bytes, count, text);
    lua_pushlstring(L, text, 2 * count);
}

static int hash(lua_State *L, const EVP_MD *algorithm) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    if (EVP_Digest(text, length, bytes, &count, algorithm, NULL) != 1) {
        return luaL_error(L, "the digest could not be made");
    }
    push_hex(L, bytes, count);
    return 1;
}

/* core.md5(text), core.sha256(text): hexadecimal. */
static int md5(lua_State *L) {
    return hash(L, EVP_md5());
}

static int sha256(lua_State *L) {
    return hash(L, EVP_sha256());
}

/* core.random_hex(digits) */
static int random_hex(lua_State *L) {
    lua_Integer digits = luaL_checkinteger(L, 1);
    unsigned char bytes[EVP_MAX_MD_SIZE];
    luaL_argcheck(L, digits > 0 && digits <= 128 && digits % 2 == 0, 1, "2 to 128, even");
    if (RAND_bytes(bytes, (int)digits / 2) != 1) {
        return luaL_error(L, "no randomness");
    }
    push_hex(L, bytes, (size_t)digits / 2);
    return 1;
}

void lab_open_digest(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"md5", md5}, {"sha256", sha256}, {"random_hex", random_hex}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
