sj_fuzz_target(policy SOURCES fuzz_policy.c host/policy/answer.c host/policy/bindings.c host/policy/faults.c host/policy/library.c
  host/policy/pattern.c host/policy/sandbox.c host/policy/text.c host/policy/values.c host/policy/version.c host/record/buffer.c
  host/record/arena.c host/record/formats.c LIBS PkgConfig::LUA m)
sj_fuzz_target(pattern SOURCES fuzz_pattern.c host/policy/pattern.c)
