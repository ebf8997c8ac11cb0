/* The Lua state of one policy version: allocator with a limit, count hook, protected calls. Owns
 * the state and nothing else; touches no file, no clock but the thread's own processor time. */
#include "host/policy/sandbox.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/policy/library.h"

enum {
    GC_PAUSE = 1000,      /* per cent of what was left after the last collection */
    TEXT_HEAD = 64,       /* what Lua adds to the bytes of a text */
    UNMEASURED_US = 1000, /* so much of a call goes by before its processor time is taken */
};

/* Each decision takes and gives back a few small blocks: they go through lists of our own, which is
 * a third of the time of malloc. */
static inline size_t pool_of(size_t size) {
    return (size - 1) / SJ_SANDBOX_POOL_STEP; /* of size 0: beyond all pools */
}

static void *take_block(struct sj_sandbox *sandbox, size_t size) {
    size_t pool = pool_of(size);
    void *block;
    if (pool >= SJ_SANDBOX_POOLS) {
        return malloc(size);
    }
    block = sandbox->pools[pool];
    if (block == NULL) {
        return malloc((pool + 1) * SJ_SANDBOX_POOL_STEP);
    }
    memcpy(&sandbox->pools[pool], block, sizeof block);
    return block;
}

static void give_block(struct sj_sandbox *sandbox, void *block, size_t size) {
    size_t pool = pool_of(size);
    if (block == NULL || pool >= SJ_SANDBOX_POOLS) {
        free(block);
        return;
    }
    memcpy(block, &sandbox->pools[pool], sizeof block);
    sandbox->pools[pool] = block;
}

static void free_pools(struct sj_sandbox *sandbox) {
    for (size_t pool = 0; pool < SJ_SANDBOX_POOLS; pool++) {
        while (sandbox->pools[pool] != NULL) {
            void *block = sandbox->pools[pool];
            memcpy(&sandbox->pools[pool], block, sizeof block);
            free(block);
        }
    }
}

static void *resize_block(struct sj_sandbox *sandbox, void *block, size_t old_size,
                          size_t new_size) {
    size_t kept = old_size < new_size ? old_size : new_size;
    void *result;
    if (pool_of(old_size) >= SJ_SANDBOX_POOLS && pool_of(new_size) >= SJ_SANDBOX_POOLS) {
        return realloc(block, new_size);
    }
    if (pool_of(old_size) == pool_of(new_size)) {
        return block;
    }
    result = take_block(sandbox, new_size);
    if (result != NULL) {
        memcpy(result, block, kept);
        give_block(sandbox, block, old_size);
    }
    return result;
}

static void on_count(lua_State *lua, lua_Debug *activation);

static void set_stride(struct sj_sandbox *sandbox, int stride) {
    sandbox->stride = stride;
    lua_sethook(sandbox->lua, on_count, LUA_MASKCOUNT, stride);
}

/* Charges what cannot raise an error where it happens: the hook looks at it before the next
 * instruction. */
static void charge_later(struct sj_sandbox *sandbox, size_t bytes) {
    sandbox->instructions += bytes / SJ_SANDBOX_BYTES_TAKEN;
    sandbox->owed += bytes / SJ_SANDBOX_BYTES_TAKEN;
    if (sandbox->owed >= SJ_SANDBOX_LOOK && sandbox->stride == SJ_SANDBOX_STRIDE) {
        set_stride(sandbox, 1);
    }
}

/* "file.lua:12: " of the innermost Lua function, "" when there is none. */
static void locate(lua_State *lua, char *out, size_t size) {
    lua_Debug activation;
    out[0] = '\0';
    for (int level = 0; level < 8 && lua_getstack(lua, level, &activation) == 1; level++) {
        if (lua_getinfo(lua, "Sl", &activation) != 0 && activation.currentline > 0) {
            (void)snprintf(out, size, "%s:%d: ", activation.short_src, activation.currentline);
            return;
        }
    }
}

/* Whether the memory may be taken; a text that is too long is a fault. */
static bool may_take(struct sj_sandbox *sandbox, bool is_text, size_t held, size_t size) {
    char where[LUA_IDSIZE + 16];
    if (is_text && size > SJ_SANDBOX_TEXT + TEXT_HEAD) {
        locate(sandbox->lua, where, sizeof where);
        sj_fault_set(&sandbox->fault, SJ_FAULT_MEMORY, "%sthe text would be longer than %d bytes",
                     where, SJ_SANDBOX_TEXT);
        return false;
    }
    if (sandbox->bytes - held + size > sandbox->limits.bytes) {
        charge_later(sandbox, sandbox->bytes); /* Lua collects everything now, and tries again */
        return false;
    }
    return true;
}

static void *allocate(void *user, void *block, size_t old_size, size_t new_size) {
    struct sj_sandbox *sandbox = user;
    size_t held = block == NULL ? 0 : old_size; /* without a block old_size is a type tag */
    void *result;
    if (new_size == 0) {
        give_block(sandbox, block, held);
        sandbox->bytes -= held;
        return NULL;
    }
    if (new_size > held &&
        !may_take(sandbox, block == NULL && old_size == LUA_TSTRING, held, new_size)) {
        return NULL;
    }
    result = block == NULL ? take_block(sandbox, new_size)
                           : resize_block(sandbox, block, held, new_size);
    if (result != NULL) {
        sandbox->bytes = sandbox->bytes - held + new_size;
        sandbox->peak = sandbox->bytes > sandbox->peak ? sandbox->bytes : sandbox->peak;
        if (new_size > held && sandbox->lua != NULL) {
            charge_later(sandbox, new_size);
        }
    }
    return result;
}

static int64_t clock_us(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) {
        return 1;
    }
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + 1;
}

/* From here on the hook fires at every instruction, so that a policy that catches the error gets no
 * further. */
static void raise_fault(lua_State *lua) __attribute__((noreturn));
static void raise_fault(lua_State *lua) {
    set_stride(sj_sandbox_of(lua), 1);
    lua_pushliteral(lua, "budget");
    (void)lua_error(lua);
    abort(); /* lua_error does not return; the compiler cannot know */
}

void sj_sandbox_fail(lua_State *lua, enum sj_fault_cause cause, const char *format, ...) {
    char where[LUA_IDSIZE + 16], text[400];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    locate(lua, where, sizeof where);
    sj_fault_set(&sj_sandbox_of(lua)->fault, cause, "%s%s", where, text);
    raise_fault(lua);
}

void sj_sandbox_settle(lua_State *lua) {
    if (sj_sandbox_of(lua)->fault.cause != SJ_FAULT_NONE) {
        raise_fault(lua);
    }
}

static void check_instructions(lua_State *lua) {
    const struct sj_sandbox *sandbox = sj_sandbox_of(lua);
    if (sandbox->instructions > sandbox->limits.instructions) {
        sj_sandbox_fail(lua, SJ_FAULT_INSTRUCTIONS,
                        "%llu instructions used in one call, the limit is %llu",
                        (unsigned long long)sandbox->instructions,
                        (unsigned long long)sandbox->limits.instructions);
    }
}

/* Processor time never runs ahead of the wall's, which costs a tenth to read: most calls never ask
 * for it. */
static void check_time(lua_State *lua) {
    struct sj_sandbox *sandbox = sj_sandbox_of(lua);
    const int64_t now_us = clock_us(CLOCK_MONOTONIC);
    int64_t used_us;
    sandbox->owed = 0;
    if (sandbox->from_us == 0) {
        sandbox->from_us = now_us;
    } else if (sandbox->cpu_from_us != 0) {
        used_us = clock_us(CLOCK_THREAD_CPUTIME_ID) - sandbox->cpu_from_us;
        if (used_us > sandbox->limits.cpu_us) {
            sj_sandbox_fail(lua, SJ_FAULT_TIME,
                            "%lld us of processor time used in one call, the limit is %lld",
                            (long long)used_us, (long long)sandbox->limits.cpu_us);
        }
    } else if (now_us - sandbox->from_us >= UNMEASURED_US) {
        sandbox->cpu_from_us = clock_us(CLOCK_THREAD_CPUTIME_ID);
    }
}

static void on_count(lua_State *lua, lua_Debug *activation) {
    struct sj_sandbox *sandbox = sj_sandbox_of(lua);
    (void)activation;
    sj_sandbox_settle(lua);
    sandbox->instructions += (uint64_t)sandbox->stride;
    if (sandbox->stride != SJ_SANDBOX_STRIDE) {
        set_stride(sandbox, SJ_SANDBOX_STRIDE);
    }
    check_instructions(lua);
    check_time(lua);
}

void sj_sandbox_charge(lua_State *lua, size_t steps) {
    struct sj_sandbox *sandbox = sj_sandbox_of(lua);
    sandbox->instructions += steps;
    sandbox->owed += steps;
    check_instructions(lua);
    if (sandbox->owed >= SJ_SANDBOX_LOOK) {
        check_time(lua);
    }
}

/* Runs in the place of the error: gives errors that are not text a sentence, and all of them a
 * line. */
static int describe_error(lua_State *lua) {
    char where[LUA_IDSIZE + 16];
    const char *text = lua_type(lua, 1) == LUA_TSTRING ? lua_tostring(lua, 1) : NULL;
    locate(lua, where, sizeof where);
    if (text == NULL) {
        lua_pushfstring(lua, "%sthe error is a %s, not a text", where, luaL_typename(lua, 1));
    } else if (strncmp(text, where, strcspn(where, ":") + 1) != 0) {
        lua_pushfstring(lua, "%s%s", where, text);
    }
    return 1;
}

static int open_state(lua_State *lua) {
    sj_library_open(lua);
    return 0;
}

struct sj_sandbox *sj_sandbox_new(const struct sj_sandbox_limits *limits) {
    struct sj_sandbox *sandbox = calloc(1, sizeof *sandbox);
    if (sandbox == NULL) {
        return NULL;
    }
    sandbox->limits = *limits;
    sandbox->lua = lua_newstate(allocate, sandbox);
    if (sandbox->lua == NULL) {
        free_pools(sandbox);
        free(sandbox);
        return NULL;
    }
    *(struct sj_sandbox **)lua_getextraspace(sandbox->lua) = sandbox;
    lua_pushcfunction(sandbox->lua, open_state);
    if (lua_pcall(sandbox->lua, 0, 0, 0) != LUA_OK) {
        sj_sandbox_free(sandbox);
        return NULL;
    }
    lua_settop(sandbox->lua, 0);
    /* A decision leaves some hundred bytes behind, and a collection looks at the whole library: let
     * them be rare. */
    lua_gc(sandbox->lua, LUA_GCINC, GC_PAUSE, 0, 0);
    lua_pushcfunction(sandbox->lua, describe_error); /* SJ_SANDBOX_HANDLER */
    set_stride(sandbox, SJ_SANDBOX_STRIDE);
    return sandbox;
}

void sj_sandbox_free(struct sj_sandbox *sandbox) {
    if (sandbox != NULL) {
        lua_close(sandbox->lua);
        free_pools(sandbox);
        free(sandbox);
    }
}

/* Takes the error value from the stack and makes the fault complete. */
static void conclude(struct sj_sandbox *sandbox, int status, struct sj_fault *fault) {
    lua_State *lua = sandbox->lua;
    if (status == LUA_ERRMEM) {
        sj_fault_set(&sandbox->fault, SJ_FAULT_MEMORY,
                     "more memory needed than a policy may hold, the limit is %zu bytes",
                     sandbox->limits.bytes);
    } else {
        const char *text =
            lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "an error without a text";
        sj_fault_set(&sandbox->fault, SJ_FAULT_RUNTIME, "%s", text);
    }
    lua_pop(lua, 1);
    *fault = sandbox->fault;
    sandbox->fault.cause = SJ_FAULT_NONE;
    lua_gc(lua, LUA_GCCOLLECT); /* the next call begins with all the memory there is */
    free_pools(sandbox);
    set_stride(sandbox, SJ_SANDBOX_STRIDE);
}

int sj_sandbox_load(struct sj_sandbox *sandbox, const char *name, const char *text, size_t length,
                    struct sj_fault *fault) {
    char chunk[LUA_IDSIZE];
    int status;
    fault->cause = SJ_FAULT_NONE;
    (void)snprintf(chunk, sizeof chunk, "@%s", name);
    if (length > SJ_SANDBOX_TEXT_LIMIT) {
        sj_fault_set(fault, SJ_FAULT_MEMORY,
                     "%s: a policy file has at most %d bytes, this one has %zu", name,
                     SJ_SANDBOX_TEXT_LIMIT, length);
        return SJ_E_INVALID;
    }
    status = luaL_loadbufferx(sandbox->lua, text, length, chunk, "t");
    if (status != LUA_OK) {
        conclude(sandbox, status, fault);
        return SJ_E_INVALID;
    }
    return SJ_OK;
}

int sj_sandbox_call(struct sj_sandbox *sandbox, int arguments, int results,
                    struct sj_fault *fault) {
    int below = lua_gettop(sandbox->lua) - arguments - 1, status;
    sandbox->instructions = sandbox->owed = 0;
    sandbox->from_us = sandbox->cpu_from_us = 0;
    status = lua_pcall(sandbox->lua, arguments, results, SJ_SANDBOX_HANDLER);
    if (status == LUA_OK && sandbox->fault.cause == SJ_FAULT_NONE) {
        return SJ_OK;
    }
    if (status ==
        LUA_OK) { /* nothing can swallow a fault; should something learn to, it is still a fault */
        lua_settop(sandbox->lua, below);
        lua_pushnil(sandbox->lua);
    }
    fault->cause = SJ_FAULT_NONE;
    conclude(sandbox, status, fault);
    return SJ_E_INVALID;
}
