/* Numbers in network order (base/big_endian.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include <sojourn/base/big_endian.h>

static void as_the_network_has_them(void **state) {
    const uint16_t two = htons(0xa1b2);
    const uint32_t four = htonl(0xa1b2c3d4);
    unsigned char at[4];
    (void)state;
    assert_true(sj_big_endian_read(&two, 2) == 0xa1b2);
    assert_true(sj_big_endian_read(&four, 4) == 0xa1b2c3d4);
    sj_big_endian_write(at, 4, 0xa1b2c3d4);
    assert_memory_equal(at, &four, 4);
}

static void of_each_length(void **state) {
    const uint64_t value = UINT64_C(0xf1e2d3c4b5a69788);
    (void)state;
    for (size_t bytes = 1; bytes <= 8; bytes++) {
        unsigned char at[10];
        const uint64_t low = bytes == 8 ? value : value & ((UINT64_C(1) << (8 * bytes)) - 1);
        memset(at, 0xee, sizeof at);
        sj_big_endian_write(at + 1, bytes, value);
        assert_true(sj_big_endian_read(at + 1, bytes) == low);
        assert_int_equal(at[0], 0xee);
        assert_int_equal(at[1 + bytes], 0xee);
    }
    assert_true(sj_big_endian_read("", 0) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_network_has_them),
        cmocka_unit_test(of_each_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
