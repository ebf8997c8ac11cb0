/* Hashes (base/hash.h): SipHash-1-3 against the values of other programs, the key of the process,
 * FNV-1a against its published values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sojourn/base/hash.h>

/* The values under the key of zeros are CPython's hash() of bytes(range(n)) with PYTHONHASHSEED=0;
 * the last is the first test vector of Rust's core::hash::SipHasher13. */
static void siphash(void **state) {
    static const struct {
        size_t length;
        uint64_t expected;
    } known[] = {{1, 0x68a914128e01e473},  {7, 0x2f098ab0c751325a},  {8, 0xead411e67ebe2eea},
                 {9, 0x75927f9d95124362},  {15, 0xf30eb725bb91c9ea}, {16, 0x8972188433a5c5b7},
                 {33, 0x7fb71d24dfa4c9f6}, {63, 0x385d3e39e5f37359}};
    const uint64_t zeros[2] = {0, 0}, counting[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    unsigned char bytes[64];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)i;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_true(sj_hash_siphash(zeros, bytes, known[i].length) == known[i].expected);
    }
    assert_true(sj_hash_siphash(counting, "", 0) == 0xabac0158050fc4dc);
}

static void *hash_in_thread(void *result) {
    *(uint64_t *)result = sj_hash_keyed("the first hash of the process", 10);
    return NULL;
}

/* One key, whichever thread is the first to need it. */
static void one_key(void **state) {
    pthread_t threads[8];
    uint64_t results[8];
    (void)state;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, hash_in_thread, &results[i]), 0);
    }
    for (int i = 0; i < 8; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(results[i] == results[0]);
    }
    assert_true(sj_hash_keyed("the first hash of the process", 10) == results[0]);
    assert_true(sj_hash_keyed("the first hash of the process", 11) != results[0]);
    assert_true(sj_hash_keyed_text("phone") == sj_hash_keyed("phone", 5));
}

/* The same program, started again, has another key. */
static void another_key(const char *program) {
    uint64_t values[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        const pid_t child = fork();
        if (child == 0) {
            (void)dup2(ends[1], 1);
            (void)execl(program, program, "value", (char *)NULL);
            _exit(1);
        }
        (void)close(ends[1]);
        assert_int_equal(read(ends[0], &values[i], sizeof values[i]), sizeof values[i]);
        (void)close(ends[0]);
        (void)waitpid(child, NULL, 0);
    }
    assert_true(values[0] != values[1]);
}

static void key_of_each_process(void **state) {
    (void)state;
    another_key("/proc/self/exe");
}

static void without_case(void **state) {
    (void)state;
    assert_true(sj_hash_keyed_nocase("Example.COM", 11) == sj_hash_keyed_nocase("eXAMPLE.com", 11));
    assert_true(sj_hash_keyed_nocase("EXAMPLE1", 8) == sj_hash_keyed_nocase("example1", 8));
    assert_true(sj_hash_keyed_nocase("example1", 8) != sj_hash_keyed_nocase("example2", 8));
    assert_true(sj_hash_keyed_nocase("a", 1) != sj_hash_keyed_nocase("a", 0));
    assert_true(sj_hash_keyed_nocase("", 0) != sj_hash_keyed_nocase(" ", 1));
}

static void with_a_number(void **state) {
    const uint64_t hash = sj_hash_keyed_text("SEP001122334455");
    (void)state;
    assert_true(sj_hash_with(hash, 1) == sj_hash_with(hash, 1));
    assert_true(sj_hash_with(hash, 1) != sj_hash_with(hash, 2));
    assert_true(sj_hash_with(hash, 1) != sj_hash_with(hash + 1, 1));
}

/* http://www.isthe.com/chongo/tech/comp/fnv: the values for "", "a" and "foobar". */
static void plain(void **state) {
    (void)state;
    assert_true(sj_hash_bytes("", 0) == 0xcbf29ce484222325);
    assert_true(sj_hash_bytes("a", 1) == 0xaf63dc4c8601ec8c);
    assert_true(sj_hash_bytes("foobar", 6) == 0x85944171f73967e8);
    assert_true(sj_hash_more(sj_hash_bytes("foo", 3), "bar", 3) == sj_hash_bytes("foobar", 6));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash),
        cmocka_unit_test(one_key),
        cmocka_unit_test(key_of_each_process),
        cmocka_unit_test(without_case),
        cmocka_unit_test(with_a_number),
        cmocka_unit_test(plain),
    };
    (void)argv;
    if (argc > 1) {
        const uint64_t value = sj_hash_keyed_text("value");
        return write(1, &value, sizeof value) == sizeof value ? 0 : 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
