/* All of the SDK. Start with plugin.h (the contract) and scope.h (who owns what). */
#ifndef SOJOURN_SOJOURN_H
#define SOJOURN_SOJOURN_H

#include "bus.h"
#include "dns.h"
#include "error.h"
#include "host.h"
#include "http.h"
#include "job.h"
#include "locations.h"
#include "log.h"
#include "metric.h"
#include "net.h"
#include "node_address.h"
#include "param.h"
#include "peer_addresses.h"
#include "peer_records.h"
#include "plugin.h"
#include "policy.h"
#include "schema.h"
#include "scope.h"
#include "secret.h"
#include "store.h"
#include "timer.h"
#include "trust.h"
#include "types.h"
#include "words.h"
#include "xml_text.h"

#endif
