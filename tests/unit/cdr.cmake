# The CDR Agent's pure parts.
set(cdr ${PROJECT_SOURCE_DIR}/plugins/cdr)
sj_unit_test(test_cdr_rows SOURCES test_cdr_rows.c ${cdr}/row.c ${cdr}/record.c ${cdr}/recovery.c ${cdr}/open_calls.c
             LIBS sojourn_sdk sojourn_schema ARGS ${PROJECT_SOURCE_DIR}/tests/oracle)
target_include_directories(test_cdr_rows PRIVATE ${cdr})
sj_unit_test(test_cdr_disk SOURCES test_cdr_disk.c ${cdr}/row.c ${cdr}/disk.c LIBS sojourn_sdk)
target_include_directories(test_cdr_disk PRIVATE ${cdr})
