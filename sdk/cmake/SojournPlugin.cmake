# sj_generate and sj_add_plugin: the same for plugins of this tree and for those built against an installed SDK. They rely on the
# targets sojourn-schemac, sojourn_sdk and sojourn_schema, which both kinds of build have under these names.

# sj_generate(NAME ROOT directory DECLARATIONS file... [INDEX name] [EXTERNAL])
# A library NAME of the metadata; its headers are found by their path below ROOT. INDEX names the sj_schema over all (NAME when
# absent). EXTERNAL: the house's declarations may be used, which are in SOJOURN_SCHEMA_SOURCES: references may point to its
# resources, fields may be of its enums and parts.
function(sj_generate name)
  cmake_parse_arguments(arg "EXTERNAL" "ROOT;INDEX" "DECLARATIONS" ${ARGN})
  if(NOT arg_INDEX)
    set(arg_INDEX ${name})
  endif()
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
  set(outputs ${generated}/${arg_INDEX}.c ${generated}/${arg_INDEX}.h)
  set(declarations "")
  foreach(declaration ${arg_DECLARATIONS})
    get_filename_component(declaration ${declaration} ABSOLUTE BASE_DIR ${arg_ROOT})
    list(APPEND declarations ${declaration})
    file(RELATIVE_PATH base ${arg_ROOT} ${declaration})
    string(REGEX REPLACE "\\.lua$" "" base ${base})
    list(APPEND outputs ${generated}/${base}.c ${generated}/${base}.h)
  endforeach()
  set(external "")
  set(known "")
  set(known_files "")
  if(arg_EXTERNAL)
    file(GLOB known_files CONFIGURE_DEPENDS ${SOJOURN_SCHEMA_SOURCES}/enums/*.lua ${SOJOURN_SCHEMA_SOURCES}/parts/*.lua)
    set(external --external)
    set(known --known ${SOJOURN_SCHEMA_SOURCES} ${known_files})
  endif()
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND sojourn-schemac ${external} --root ${arg_ROOT} --out ${generated} --index ${arg_INDEX} ${declarations} ${known}
    DEPENDS sojourn-schemac ${declarations} ${known_files}
    COMMENT "Generating from the declarations of ${name}")
  add_library(${name} STATIC ${outputs})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_include_directories(${name} PUBLIC ${generated})
  target_link_libraries(${name} PUBLIC sojourn_sdk)
  if(arg_EXTERNAL)
    target_link_libraries(${name} PUBLIC sojourn_schema)
  endif()
endfunction()

# sj_add_plugin(NAME SOURCES file... [SCHEMAS file...] [LIBRARIES library...] [TESTS file...])
# NAME.so, from SOURCES; the declarations SCHEMAS (paths below schemas/ beside the CMakeLists.txt) are generated with the index
# <name>_schema, dashes in the name turned to underscores. Each of TESTS is a program of its own, linked with the plugin's objects
# and the test kit, run by ctest under its file's name. The same objects are the library NAME_core.
function(sj_add_plugin name)
  cmake_parse_arguments(arg "" "" "SOURCES;SCHEMAS;LIBRARIES;TESTS" ${ARGN})
  string(REPLACE "-" "_" c_name ${name})
  set(libraries sojourn_schema ${arg_LIBRARIES})
  if(arg_SCHEMAS)
    sj_generate(${c_name}_schema ROOT ${CMAKE_CURRENT_SOURCE_DIR}/schemas DECLARATIONS ${arg_SCHEMAS} EXTERNAL)
    list(PREPEND libraries ${c_name}_schema)
  endif()
  add_library(${name}_core OBJECT ${arg_SOURCES})
  set_target_properties(${name}_core PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden C_STANDARD 11
                        C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
  target_include_directories(${name}_core PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name}_core PUBLIC ${libraries})
  add_library(${name} MODULE $<TARGET_OBJECTS:${name}_core>)
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" LINKER_LANGUAGE C LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
  target_link_libraries(${name} PRIVATE ${libraries})
  if(NOT SOJOURN_SANITIZE) # a sanitizer's functions are the program's
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
  install(TARGETS ${name} LIBRARY DESTINATION ${SOJOURN_PLUGIN_DIRECTORY})
  if(arg_TESTS AND NOT TARGET sojourn_testkit)
    message(WARNING "${name}: the tests are left out: the SDK was installed without its test kit, or something that it needs is missing "
            "(named above; cmocka is in the package libcmocka-dev)")
    set(arg_TESTS "")
  endif()
  foreach(test ${arg_TESTS})
    get_filename_component(test_name ${test} NAME_WE)
    add_executable(${test_name} ${test})
    target_link_libraries(${test_name} PRIVATE ${name}_core sojourn_testkit $<TARGET_NAME_IF_EXISTS:PkgConfig::CMOCKA>)
    target_compile_definitions(${test_name} PRIVATE PLUGIN_FILE="$<TARGET_FILE:${name}>")
    add_dependencies(${test_name} ${name})
    add_test(NAME ${test_name} COMMAND ${test_name})
    set_tests_properties(${test_name} PROPERTIES TIMEOUT 60)
  endforeach()
endfunction()
