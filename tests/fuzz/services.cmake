sj_fuzz_target(tftp SOURCES fuzz_tftp.c plugins/tftp/tftp_packet.c plugins/tftp/file_name.c plugins/tftp/transfer_table.c)
sj_fuzz_target(dial_rules SOURCES fuzz_dial_rules.c plugins/tftp/dial_rules.c)
# The wrapped functions are those that spend the iterations which a file asks for: fuzz_bundle.c looks at them first.
sj_fuzz_target(bundle SOURCES fuzz_bundle.c plugins/certificates/bundle.c plugins/certificates/bundle_limits.c
               LIBS PkgConfig::OPENSSL -Wl,--wrap=PKCS12_verify_mac -Wl,--wrap=PKCS12_unpack_p7encdata)
sj_fuzz_target(ils SOURCES fuzz_ils.c plugins/ils/core/object.c plugins/ils/core/catalog.c plugins/ils/core/order.c plugins/ils/core/wire.c plugins/ils/core/dispute.c
               plugins/ils/core/network.c plugins/ils/core/take.c plugins/ils/core/exchange.c)
sj_fuzz_target(ils_answer SOURCES fuzz_ils_answer.c plugins/ils/core/answer.c)
sj_fuzz_target(lbm SOURCES fuzz_lbm.c plugins/lbm/graph.c plugins/lbm/paths.c plugins/lbm/bandwidth.c plugins/lbm/topology.c
               plugins/lbm/reservations.c plugins/lbm/leases.c plugins/lbm/way.c plugins/lbm/overlay.c plugins/lbm/hub_wire.c plugins/lbm/hub_network.c plugins/lbm/hub_statements.c)
sj_fuzz_target(csv SOURCES fuzz_csv.c plugins/bulk/csv.c plugins/bulk/catalog_file.c)
