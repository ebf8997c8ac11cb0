-- The cluster HQ, San Jose: home of Alice, who travels. One file lays its configuration down:
--
--     sojourn apply hq.lua
--
-- shows what would change and changes it; applying it again changes nothing. Entries stand under the name of what they are, in
-- any order: a reference may point to something further down. The steps are those of the usual EMCC guide; what is not a record
-- (activating services, certificates, inserting base devices) is done with commands, as `start` and demo.lua do.
--
-- Addresses: HQ is 127.10.0.1, its partner BR 127.10.0.2, HQ's gateway to the public network 127.10.0.51. The lab puts those of
-- the run in their place.
return {

  -- Class of control -----------------------------------------------------------------------------------------------------------

  partitions = {
    { name = "HQ-Phones", description = "Numbers of this cluster" },
    { name = "HQ-PSTN", description = "The public network from San Jose" },
    { name = "HQ-Emergency", description = "Emergency numbers of this country" },
    { name = "Emergency-GB", description = "Emergency numbers of the United Kingdom, for travellers there" },
  },

  calling_search_spaces = {
    { name = "HQ-Internal", partitions = { "HQ-Phones" } },
    { name = "HQ-National", partitions = { "HQ-Phones", "HQ-Emergency", "HQ-PSTN" } },
    -- Takes the place of the device CSS while a user is logged in on a phone of another cluster.
    { name = "HQ-Travellers", partitions = { "HQ-Phones", "HQ-Emergency", "HQ-PSTN" } },
    -- What calls that a visitor's home cluster sends back may reach: emergency numbers, nothing else.
    { name = "HQ-From-Home-Clusters", partitions = { "HQ-Emergency" } },
    -- Searched first for phones that stand in the United Kingdom: nothing but that country's emergency numbers.
    { name = "HQ-Adjunct-GB", partitions = { "Emergency-GB" } },
  },

  directory_numbers = {
    { pattern = "4001", partition = "HQ-Phones", description = "Alice", alerting_name = "Alice Archer", calling_search_space = "HQ-Internal" },
    { pattern = "4002", partition = "HQ-Phones", description = "Bob", alerting_name = "Bob Baker", calling_search_space = "HQ-Internal" },
    { pattern = "4003", partition = "HQ-Phones", description = "Carol's softphone", alerting_name = "Carol Cook", calling_search_space = "HQ-Internal" },
    { pattern = "4004", partition = "HQ-Phones", description = "Dave", alerting_name = "Dave Dyer", calling_search_space = "HQ-Internal" },
  },

  route_patterns = {
    { pattern = "9.1[2-9]XX[2-9]XXXXXX", partition = "HQ-PSTN", route_list = "HQ-PSTN", discard_digits = "pre_dot" },
    { pattern = "911", partition = "HQ-Emergency", route_list = "HQ-PSTN", urgent_priority = true, emergency_services_number = true },
    -- Dialled in London, matched here, and sent back: for a visitor the Standard Local Route Group is the visited cluster.
    { pattern = "999", partition = "Emergency-GB", route_list = "HQ-Local", urgent_priority = true, emergency_services_number = true },
    { pattern = "9.999", partition = "Emergency-GB", route_list = "HQ-Local", discard_digits = "pre_dot", urgent_priority = true, emergency_services_number = true },
  },

  route_lists = {
    { name = "HQ-PSTN", members = { { route_group = "HQ-Gateways" } } },
    { name = "HQ-Local", members = { { route_group = "Standard Local Route Group" } } },
  },

  route_groups = {
    { name = "HQ-Gateways", distribution = "top_down", members = { "HQ-Gateway" } },
  },

  -- Sites ----------------------------------------------------------------------------------------------------------------------

  geolocations = {
    { name = "San Jose", address = { country = "US", national_subdivision = "CA", community_name = "San Jose" } },
    { name = "London", address = { country = "GB", community_name = "London" } },
    { name = "Leeds", address = { country = "GB", community_name = "Leeds" } },
  },

  date_time_groups = {
    { name = "Pacific", time_zone = "America/Los_Angeles", date_template = "M/D/YA" },
    { name = "Britain", time_zone = "Europe/London", date_template = "D/M/Y" },
  },

  device_pools = {
    { name = "San Jose", date_time_group = "Pacific", geolocation = "San Jose", local_route_group = "HQ-Gateways" },
    -- The roaming device pools of phones that stand in London and Leeds: told apart by their geolocation, they give them British
    -- time and the adjunct CSS with British emergency numbers.
    { name = "Roaming London", date_time_group = "Britain", geolocation = "London", adjunct_calling_search_space = "HQ-Adjunct-GB" },
    { name = "Roaming Leeds", date_time_group = "Britain", geolocation = "Leeds", adjunct_calling_search_space = "HQ-Adjunct-GB" },
  },

  -- Step 2: the EM phone service -------------------------------------------------------------------------------------------------

  phone_services = {
    {
      name = "Extension Mobility", ascii_name = "Extension Mobility", description = "Log in and out",
      url = "http://127.10.0.1:8080/emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#",
      secure_url = "https://127.10.0.1:8443/emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#",
    },
  },

  -- Step 3: device profiles. Each is subscribed to the EM service, or its user could not log out ---------------------------------

  device_profiles = {
    {
      name = "Alice", description = "Alice's virtual phone", model = "Cisco 8851", protocol = "SIP",
      emcc_calling_search_space = "HQ-Travellers", services = { "Extension Mobility" },
      lines = { { directory_number = "4001@HQ-Phones", label = "Alice 4001", display = "Alice Archer", external_phone_number_mask = "1408555XXXX" } },
      speed_dials = { { number = "4002", label = "Bob" } },
    },
    {
      name = "Dave", model = "Cisco 8851", services = { "Extension Mobility" },
      lines = { { directory_number = "4004@HQ-Phones", display = "Dave Dyer" } },
    },
  },

  -- Step 4: end users ---------------------------------------------------------------------------------------------------------------

  end_users = {
    {
      user_id = "alice", first_name = "Alice", last_name = "Archer", pin = "12345", enable_emcc = true,
      controlled_profiles = { "Alice" }, default_profile = "Alice", primary_extension = "4001@HQ-Phones", self_service_user_id = "4001",
    },
    { user_id = "bob", first_name = "Bob", last_name = "Baker", pin = "23456" },
    { user_id = "carol", first_name = "Carol", last_name = "Cook", digest_credentials = "carols-secret" },
    -- May log in on phones here, but not on those of other clusters.
    { user_id = "dave", first_name = "Dave", last_name = "Dyer", pin = "45678", enable_emcc = false, controlled_profiles = { "Dave" } },
  },

  -- Step 5: phones, Extension Mobility enabled where users may log in -----------------------------------------------------------------

  phones = {
    {
      name = "SEP00AA00000002", description = "Bob's phone", model = "Cisco 8851", device_pool = "San Jose", calling_search_space = "HQ-National",
      owner_user_id = "bob", enable_extension_mobility = true, services = { "Extension Mobility" },
      lines = { { directory_number = "4002@HQ-Phones", label = "Bob 4002", display = "Bob Baker" } },
    },
    {
      -- A softphone that we did not write, known by its digest user: for trying things by hand.
      name = "CAROL-SOFTPHONE", description = "Carol's softphone", model = "Third-party SIP Device (Basic)", device_pool = "San Jose",
      calling_search_space = "HQ-National", phone_security_profile = "Standard SIP Digest Profile", digest_user = "carol",
      lines = { { directory_number = "4003@HQ-Phones", display = "Carol Cook" } },
    },
  },

  -- Step 10: video for phones of travellers too ---------------------------------------------------------------------------------------

  common_phone_profiles = {
    { name = "Standard Common Phone Profile", description = "Default Common Phone Profile", video_capabilities = true },
  },

  common_device_configurations = {
    { name = "Travellers", user_locale = "English_United_States" },
  },

  -- Step 11: the EMCC template. Steps 12 and 13, making it the default and inserting base devices, are jobs: see demo.lua -----------------

  emcc_templates = {
    {
      name = "EMCC_Device_Template", description = "Phones of other clusters", device_pool = "Default", sip_profile = "Standard SIP Profile",
      common_device_configuration = "Travellers", common_phone_profile = "Standard Common Phone Profile",
    },
  },

  -- Step 14: which parts of a place count when the roaming device pool is chosen -------------------------------------------------------

  geolocation_filters = {
    { name = "EMCC_filter", use_country = true, use_national_subdivision = true, use_community_name = true },
  },

  -- Step 16: the intercluster trunk. It has no destination: it serves every remote cluster ------------------------------------------------

  sip_trunks = {
    {
      name = "EMCC-ICT-SIP-Trunk-1", description = "EMCC trunk", trunk_service_type = "extension_mobility_cross_clusters", device_pool = "Default",
      sip_trunk_security_profile = "Non Secure SIP Trunk Profile", sip_profile = "Standard SIP Profile", send_geolocation = true,
      calling_search_space = "HQ-From-Home-Clusters",
    },
    {
      name = "HQ-Gateway", description = "To the public network", device_pool = "San Jose", calling_search_space = "HQ-Internal",
      destinations = { { address = "127.10.0.51", port = 5060 } },
    },
  },

  -- Step 17: the intercluster service profile ---------------------------------------------------------------------------------------------

  intercluster_service_profile = {
    emcc_active = true,
    pstn_access_active = true, pstn_access_sip_trunk = "EMCC-ICT-SIP-Trunk-1",
    rsvp_agent_active = true, rsvp_agent_sip_trunk = "EMCC-ICT-SIP-Trunk-1",
  },

  -- Step 18: the partner. TFTP stays off ---------------------------------------------------------------------------------------------------

  remote_clusters = {
    {
      cluster_id = "BR", description = "London and Leeds", fully_qualified_name = "127.10.0.2",
      emcc = true, pstn_access = true, rsvp_agent = true, tftp = false, lbm = true, uds = true,
    },
  },

  -- Parameters, by the names that administrators know ------------------------------------------------------------------------------------------

  parameters = {
    -- Step 14: different from that of every partner.
    Enterprise = { ["Cluster ID"] = "HQ" },

    -- Step 15: EMCC feature configuration.
    EMCC = {
      ["Default TFTP Server for EMCC Login Device"] = "127.10.0.1",
      ["EMCC Geolocation Filter"] = "EMCC_filter",
      ["Default Server For Remote Cluster Update"] = "127.10.0.1",
      ["EMCC Region Max Audio Bit Rate"] = 8,
      ["Remote Cluster Update Interval"] = 30,
    },

    -- Step 19: service parameters.
    ["Cisco Extension Mobility"] = {
      ["Inter-cluster Maximum Login Time"] = "10:00",
      ["EMCC Allow Proxy"] = true,
    },
  },
}
