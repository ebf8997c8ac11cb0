sj_unit_test(test_scope SOURCES test_scope.c LIBS sojourn_host)
