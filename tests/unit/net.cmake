foreach(test test_http_head test_http_body test_http_form test_http_gzip test_http_router test_identity test_trust)
  sj_unit_test(${test} SOURCES ${test}.c LIBS sojourn_host)
endforeach()
