/* The table of the services that are known and not offered, in the order of the field's own list.
 */
#include <stddef.h>

#include "services/not_offered.h"

const struct sj_service_not_offered sj_services_not_offered[] = {
    {"Cisco Unified Mobile Voice Access Service", "Mobile Voice Access",
     "let users who call in from outside prove a PIN to a voice menu and call as from their desk",
     "there is no number to call in to"},
    {"Cisco IP Voice Media Streaming App", "IP Voice Media Streaming",
     "play music on hold and announcements, and mix and convert media",
     "held parties hear silence and there are no conferences unless another plugin handles media; "
     "a refused call ends with its SIP response alone, and both ends of a call need a codec in "
     "common"},
    {"Cisco CTIManager", "CTIManager", "let TAPI and JTAPI applications watch and control phones",
     "applications use REST and the live events of the node"},
    {"Cisco Extended Functions", "Extended Functions",
     "serve the softkeys Quality Report Tool and CallBack",
     "the key Quality Report Tool does nothing, and the Cisco CallManager serves CallBack itself"},
    {"Cisco DHCP Monitor Service", "DHCP Monitor",
     "give phones their addresses and TFTP servers by DHCP",
     "the DHCP server of the site gives option 150 or 66"},
    {"Cisco Directory Number Alias Sync", "DN Alias Sync",
     "write aliases of directory numbers to an LDAP directory",
     "other clusters learn numbers and URIs by the Intercluster Lookup Service alone"},
    {"Cisco Directory Number Alias Lookup", "DN Alias Lookup",
     "look up aliases of directory numbers in LDAP",
     "a dialled number is looked up in the dial plan and in what other clusters advertise alone"},
    {NULL, NULL, NULL, NULL},
};
