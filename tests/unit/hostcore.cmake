sj_unit_test(test_scope SOURCES test_scope.c LIBS sojourn_host)
sj_unit_test(test_testkit SOURCES test_testkit.c LIBS sojourn_testkit)
