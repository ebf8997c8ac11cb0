/* Routes by method and path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/error.h>

#include "host/http/server/router.h"

static void finds(void **state) {
    static struct router router;
    char allow[SJ_ALLOW_TEXT];
    int exact, post, wide, narrow, root;
    (void)state;
    assert_int_equal(sj_router_add(&router, "GET", "/api/v1/phones", &exact), SJ_OK);
    assert_int_equal(sj_router_add(&router, "POST", "/api/v1/phones", &post), SJ_OK);
    assert_int_equal(sj_router_add(&router, "GET", "/api/*", &wide), SJ_OK);
    assert_int_equal(sj_router_add(&router, "GET", "/api/v1/*", &narrow), SJ_OK);
    assert_int_equal(sj_router_add(&router, "DELETE", "/*", &root), SJ_OK);
    assert_ptr_equal(sj_router_find(&router, "GET", "/api/v1/phones", allow), &exact);
    assert_ptr_equal(sj_router_find(&router, "HEAD", "/api/v1/phones", allow), &exact);
    assert_ptr_equal(sj_router_find(&router, "POST", "/api/v1/phones", allow), &post);
    assert_ptr_equal(sj_router_find(&router, "GET", "/api/v1/phones/x", allow), &narrow);
    assert_ptr_equal(sj_router_find(&router, "GET", "/api/v2", allow), &wide);
    assert_ptr_equal(sj_router_find(&router, "GET", "/api/", allow), &wide);
    assert_ptr_equal(sj_router_find(&router, "DELETE", "/anything", allow), &root);
    assert_null(sj_router_find(&router, "PUT", "/api/v1/phones", allow));
    assert_string_equal(allow, "POST, GET, HEAD, DELETE");
    sj_router_remove(&router, &root);
    assert_null(sj_router_find(&router, "GET", "/apix", allow));
    assert_string_equal(allow, "");
    assert_null(sj_router_find(&router, "GET", "/api", allow)); /* a prefix ends with its slash */
    sj_router_remove(&router, &exact);
    assert_ptr_equal(sj_router_find(&router, "GET", "/api/v1/phones", allow), &narrow);
    sj_router_remove(&router, &post);
    sj_router_remove(&router, &wide);
    sj_router_remove(&router, &narrow);
    assert_null(sj_router_find(&router, "GET", "/api/v1/phones", allow));
}

static void refuses(void **state) {
    static struct router router;
    int value;
    (void)state;
    assert_int_equal(sj_router_add(&router, "GET", "/x", &value), SJ_OK);
    assert_int_equal(sj_router_add(&router, "GET", "/x", &value), SJ_E_EXISTS);
    assert_int_equal(sj_router_add(&router, "GET", "x", &value), SJ_E_INVALID);
    assert_int_equal(sj_router_add(&router, "", "/y", &value), SJ_E_INVALID);
    assert_int_equal(sj_router_add(&router, "GET POST", "/y", &value), SJ_E_INVALID);
    assert_int_equal(sj_router_add(&router, "GET", "/x/*", &value), SJ_OK);
    assert_int_equal(sj_router_add(&router, "GET", "/x/*", &value), SJ_E_EXISTS);
    sj_router_remove(&router, &value);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds), cmocka_unit_test(refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
