/* What was sensitive in a message is wiped before its memory is given back: free() is looked at. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/record/json.h"
#include "host/record/record.h"
#include "messages/intercluster.h"

static void (*volatile plain_free)(void *) = free; /* a compiler knows what free does not read */
static const void *watched;
static size_t freed, with_pin;

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory) {
    if (memory != NULL && memory == watched) {
        freed++;
        with_pin += memmem(memory, malloc_usable_size(memory), "7391528", 7) != NULL ? 1 : 0;
        watched = NULL;
    }
    __real_free(memory);
}

static sj_intercluster_login *login(void) {
    static const char json[] = "{\"cluster_id\":\"HQ\",\"user_id\":\"alice\",\"pin\":\"7391528\"}";
    void *read = NULL;
    sj_error error;
    assert_int_equal(
        sj_host_record_from_json(&sj_intercluster_login_meta, json, sizeof json - 1, &read, &error),
        SJ_OK);
    return read;
}

static void a_freed_message_holds_no_pin(void **state) {
    (void)state;
    sj_intercluster_login *message = login();
    assert_string_equal(message->pin, "7391528");
    watched = message;
    sj_host_record_free(message);
    assert_int_equal(freed, 1);
    assert_int_equal(with_pin, 0);
}

static void the_test_sees_a_pin_that_stays(void **state) {
    (void)state;
    sj_intercluster_login *message = login();
    freed = with_pin = 0;
    watched = message;
    plain_free(message);
    assert_int_equal(freed, 1);
    assert_int_equal(with_pin, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_freed_message_holds_no_pin),
        cmocka_unit_test(the_test_sees_a_pin_that_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
