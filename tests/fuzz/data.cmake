sj_fuzz_target(record SOURCES fuzz_record.c host/record/arena.c host/record/defaults.c host/record/dial_pattern.c host/record/formats.c host/record/invisible.c
  host/record/json_memory.c host/record/json_read.c host/record/json_write.c host/record/problems.c host/record/record.c
  host/record/time_zone_rule.c host/record/time_zones.c host/record/validate.c host/record/wipe.c LIBS sojourn_schema PkgConfig::CJSON m)
