file(GLOB record_sources RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/host/record/*.c)
sj_fuzz_target(policy SOURCES fuzz_policy.c host/policy/answer.c host/policy/bindings.c host/policy/faults.c host/policy/library.c
  host/policy/pattern.c host/policy/sandbox.c host/policy/text.c host/policy/values.c host/policy/version.c
  ${record_sources} LIBS PkgConfig::LUA PkgConfig::CJSON m)
sj_fuzz_target(pattern SOURCES fuzz_pattern.c host/policy/pattern.c)
