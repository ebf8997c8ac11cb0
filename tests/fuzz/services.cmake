sj_fuzz_target(tftp SOURCES fuzz_tftp.c plugins/tftp/tftp_packet.c plugins/tftp/file_name.c plugins/tftp/transfer_table.c)
