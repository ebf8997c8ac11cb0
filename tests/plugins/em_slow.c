/* Slow hashing and slow disks of the two clusters. */
#include "em_slow.h"

#include "em_network.h"

static __typeof__(((sj_host *)0)->secret_verify) quick_verify;
static __typeof__(((sj_host *)0)->store_commit) quick_commit;

struct slow {
    sj_scope *scope;
    const char *here;
    char *hash, *plain;
    sj_result_fn done;
    void *user;
};

static void compare_now(void *user) {
    const struct slow *slow = user;
    quick_verify(slow->scope, slow->here, slow->hash, slow->plain, slow->done, slow->user);
}

static void slow_verify(sj_scope *scope, const char *here, const char *hash, const char *plain,
                        sj_result_fn done, void *user) {
    const int64_t ms = network_world()->hash_ms[network_cluster_of(scope)];
    if (ms == 0) {
        quick_verify(scope, here, hash, plain, done, user);
        return;
    }
    struct slow *slow = sj_scope_alloc(scope, sizeof *slow);
    *slow = (struct slow){scope, here, sj_scope_strdup(scope, hash), sj_scope_strdup(scope, plain),
                          done,  user};
    (void)sj_timer_start(scope, ms, 0, compare_now, slow);
}

static void slow_verify_for(sj_scope *scope, const char *here, const sj_secret_asker *asker,
                            const char *hash, const char *plain, sj_result_fn done, void *user) {
    (void)asker;
    slow_verify(scope, here, hash, plain, done, user);
}

static void on_the_disk(void *user) {
    const struct slow *slow = user;
    slow->done(slow->user, SJ_OK, NULL);
}

static int slow_commit(sj_scope *scope, const char *here, sj_result_fn durable, void *user,
                       sj_error *error) {
    const int64_t ms = network_world()->disk_ms[network_cluster_of(scope)];
    if (ms == 0 || durable == NULL) {
        return quick_commit(scope, here, durable, user, error);
    }
    const int status = quick_commit(scope, here, NULL, NULL, error);
    if (status == SJ_OK) {
        struct slow *slow = sj_scope_alloc(scope, sizeof *slow);
        *slow = (struct slow){.done = durable, .user = user};
        (void)sj_timer_start(scope, ms, 0, on_the_disk, slow);
    }
    return status;
}

void slow_connect(sj_scope *scope) {
    sj_host *host = (sj_host *)(uintptr_t)scope->host;
    quick_verify = host->secret_verify;
    quick_commit = host->store_commit;
    host->secret_verify = slow_verify;
    host->secret_verify_for = slow_verify_for;
    host->store_commit = slow_commit;
}
