# Extension Mobility: one cluster; and two clusters with a network that the tests control.
foreach(subject local pages credentials api)
  sj_plugin_test(test_plugin_em_${subject} extension-mobility SOURCES test_em_${subject}.c em_cluster.c)
endforeach()
foreach(subject emcc emcc_refusals emcc_partner emcc_faults em_defects em_intervals em_applications em_lent_phones)
  sj_plugin_test(test_plugin_${subject} extension-mobility SOURCES test_${subject}.c em_world.c)
endforeach()
