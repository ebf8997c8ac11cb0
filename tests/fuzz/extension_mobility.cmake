set(em plugins/extension-mobility)
sj_fuzz_target(em_api SOURCES fuzz_em_api.c ${em}/applications/em_api_document.c sdk/library/xml_text.c ${em}/reporting/error_codes.c LIBS PkgConfig::XML)
file(GLOB record_sources RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/host/record/*.c)
sj_fuzz_target(intercluster SOURCES fuzz_intercluster.c ${record_sources} LIBS sojourn_schema PkgConfig::CJSON m)
