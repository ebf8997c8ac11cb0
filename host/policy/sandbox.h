/* One Lua state with a budget: bytes for its life, instructions and processor time for each call.
 *
 * What costs time without many instructions is charged as if it were instructions: memory that is
 * taken (so that joining texts has its price), collections that a full memory forces, and what
 * library.h does in C. The clock is looked at every SJ_SANDBOX_STRIDE instructions and after every
 * SJ_SANDBOX_LOOK charged ones.
 *
 * The fault flag lives here, outside Lua. Once it is set the call is over, whatever the policy
 * does: the hook raises again at every instruction, and the pcall offered to policies raises again
 * too. Without metatables, coroutines and code that is loaded later there is nothing else in which
 * a policy could outlive its budget. Used on the loop's thread only (or all by itself in the
 * command line program). */
#ifndef HOST_POLICY_SANDBOX_H
#define HOST_POLICY_SANDBOX_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

#include "host/policy/faults.h"

struct sj_sandbox_limits {
    size_t bytes;
    uint64_t instructions;
    int64_t cpu_us;
};

enum {
    SJ_SANDBOX_POOLS = 8,
    SJ_SANDBOX_POOL_STEP = 16
}; /* free blocks of up to 128 bytes are kept, by size */

struct sj_sandbox {
    lua_State *lua;
    struct sj_sandbox_limits limits;
    size_t bytes, peak;
    uint64_t instructions; /* of this call; work done in C is charged as if it were instructions */
    uint64_t owed;         /* charged since the last look at the clock */
    int stride;            /* instructions until the hook fires next */
    int64_t from_us;       /* when the clock was first looked at in this call, 0 before */
    int64_t cpu_from_us; /* processor time a little later, 0 before: reading that clock is slow, and
                            most calls are short */
    struct sj_fault fault;
    void *pools[SJ_SANDBOX_POOLS]; /* lists of free blocks */
};

enum {
    SJ_SANDBOX_STRIDE = 100, /* instructions between two looks at the budget */
    SJ_SANDBOX_LOOK = 1000,  /* charged instructions between two looks at the clock */
    SJ_SANDBOX_TEXT =
        64 * 1024, /* bytes of one text, however it is made: comparing two is one instruction */
    SJ_SANDBOX_BYTES_PER_STEP = 16,     /* of text treated, charged like one instruction */
    SJ_SANDBOX_BYTES_TAKEN = 64,        /* of memory taken, charged like one instruction */
    SJ_SANDBOX_TEXT_LIMIT = 256 * 1024, /* bytes of a policy file */
    SJ_SANDBOX_HANDLER =
        1, /* stack slot of the message handler; what callers keep comes above it */
};

/* An empty state with the functions of library.h. NULL when memory is short. */
struct sj_sandbox *sj_sandbox_new(const struct sj_sandbox_limits *limits);
void sj_sandbox_free(struct sj_sandbox *sandbox);

/* The sandbox that a state belongs to. */
static inline struct sj_sandbox *sj_sandbox_of(lua_State *lua) {
    return *(struct sj_sandbox **)lua_getextraspace(lua);
}

/* Compiles a text chunk and leaves the function on the stack. `name` stands in messages. Returns
 * SJ_OK or SJ_E_INVALID with the sentence in `fault`; then nothing is left on the stack. */
int sj_sandbox_load(struct sj_sandbox *sandbox, const char *name, const char *text, size_t length,
                    struct sj_fault *fault);

/* Starts a new budget and calls the function below `arguments` values at the top of the stack, like
 * lua_pcall. On a fault the function and its arguments are gone, nothing is pushed, and `fault`
 * says what happened. */
int sj_sandbox_call(struct sj_sandbox *sandbox, int arguments, int results, struct sj_fault *fault);

/* Ends the running call with a fault of this cause; the sentence is preceded by file and line. Does
 * not return. */
void sj_sandbox_fail(lua_State *lua, enum sj_fault_cause cause, const char *format, ...)
    SJ_PRINTF(3, 4) __attribute__((noreturn));

/* Raises the fault again when there is one: for functions that have caught an error. */
void sj_sandbox_settle(lua_State *lua);

/* Charges work that is done in C to the budget of the call; does not return when that is used up.
 */
void sj_sandbox_charge(lua_State *lua, size_t steps);

#endif
