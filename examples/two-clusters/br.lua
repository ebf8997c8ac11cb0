-- The cluster BR, with the sites London and Leeds: here Alice of HQ logs in. See hq.lua for how to read and apply it.
--
-- Addresses: BR is 127.10.0.2, its partner HQ 127.10.0.1, the gateways of London and Leeds 127.10.0.52 and 127.10.0.53.
return {

  -- Class of control -----------------------------------------------------------------------------------------------------------

  partitions = {
    { name = "BR-Phones", description = "Numbers of this cluster" },
    { name = "BR-PSTN", description = "The public network, through the caller's own site" },
    { name = "BR-Emergency", description = "Emergency calls, through the caller's own site" },
  },

  calling_search_spaces = {
    { name = "BR-Internal", partitions = { "BR-Phones", "BR-Emergency" } },
    { name = "BR-National", partitions = { "BR-Phones", "BR-Emergency", "BR-PSTN" } },
    -- What calls that a visitor's home cluster sends back may reach: emergency numbers, nothing else.
    { name = "BR-From-Home-Clusters", partitions = { "BR-Emergency" } },
  },

  directory_numbers = {
    { pattern = "6001", partition = "BR-Phones", description = "Hot desk in London", alerting_name = "London hot desk", calling_search_space = "BR-Internal" },
    { pattern = "6002", partition = "BR-Phones", description = "Hot desk in Leeds", alerting_name = "Leeds hot desk", calling_search_space = "BR-Internal" },
    { pattern = "6003", partition = "BR-Phones", description = "Reception", alerting_name = "Reception", calling_search_space = "BR-Internal" },
    { pattern = "6100", partition = "BR-Phones", description = "William", alerting_name = "William West", calling_search_space = "BR-Internal" },
  },

  -- One pattern for both sites: the Standard Local Route Group stands for the gateways of the caller's device pool. For a visitor
  -- whose call comes back from home that is the pool of the phone itself, London or Leeds, not that of the trunk.
  route_patterns = {
    { pattern = "999", partition = "BR-Emergency", route_list = "BR-Local", urgent_priority = true, emergency_services_number = true },
    { pattern = "9.0[1-9]XXXXXXXXX", partition = "BR-PSTN", route_list = "BR-Local", discard_digits = "pre_dot" },
  },

  route_lists = {
    { name = "BR-Local", members = { { route_group = "Standard Local Route Group" } } },
  },

  route_groups = {
    { name = "London-Gateways", members = { "London-Gateway" } },
    { name = "Leeds-Gateways", members = { "Leeds-Gateway" } },
  },

  -- Sites ----------------------------------------------------------------------------------------------------------------------

  geolocations = {
    { name = "London", address = { country = "GB", community_name = "London", street = "Cheapside", floor = "3" } },
    { name = "Leeds", address = { country = "GB", community_name = "Leeds" } },
  },

  date_time_groups = {
    { name = "Britain", time_zone = "Europe/London", date_template = "D/M/Y" },
  },

  device_pools = {
    { name = "London", date_time_group = "Britain", geolocation = "London", local_route_group = "London-Gateways" },
    { name = "Leeds", date_time_group = "Britain", geolocation = "Leeds", local_route_group = "Leeds-Gateways" },
  },

  -- Step 2: the EM phone service -------------------------------------------------------------------------------------------------

  phone_services = {
    {
      name = "Extension Mobility", ascii_name = "Extension Mobility", description = "Log in and out",
      url = "http://127.10.0.2:8080/emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#",
      secure_url = "https://127.10.0.2:8443/emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#",
    },
  },

  -- Steps 3 and 4: a user of this cluster, who logs in on phones here ------------------------------------------------------------------

  device_profiles = {
    {
      name = "William", model = "Cisco 8851", services = { "Extension Mobility" },
      lines = { { directory_number = "6100@BR-Phones", label = "William 6100", display = "William West" } },
    },
  },

  end_users = {
    { user_id = "william", first_name = "William", last_name = "West", pin = "67890", controlled_profiles = { "William" }, default_profile = "William" },
  },

  -- Step 5: phones ---------------------------------------------------------------------------------------------------------------------

  phones = {
    {
      name = "SEP00BB00000001", description = "Hot desk in London", model = "Cisco 8851", device_pool = "London", calling_search_space = "BR-National",
      enable_extension_mobility = true, services = { "Extension Mobility" },
      lines = { { directory_number = "6001@BR-Phones", label = "London 6001", display = "London hot desk" } },
    },
    {
      name = "SEP00BB00000002", description = "Hot desk in Leeds", model = "Cisco 8851", device_pool = "Leeds", calling_search_space = "BR-National",
      enable_extension_mobility = true, services = { "Extension Mobility" },
      lines = { { directory_number = "6002@BR-Phones", label = "Leeds 6002", display = "Leeds hot desk" } },
    },
    {
      name = "SEP00BB00000003", description = "Reception in London: nobody logs in here", model = "Cisco 8851", device_pool = "London",
      calling_search_space = "BR-National", services = { "Extension Mobility" },
      lines = { { directory_number = "6003@BR-Phones", label = "Reception", display = "Reception" } },
    },
  },

  -- Step 10: video -----------------------------------------------------------------------------------------------------------------------

  common_phone_profiles = {
    { name = "Standard Common Phone Profile", description = "Default Common Phone Profile", video_capabilities = true },
  },

  -- Step 11: a template of its own, for users of BR who travel ------------------------------------------------------------------------------

  emcc_templates = {
    { name = "EMCC_Device_Template", device_pool = "Default", sip_profile = "Standard SIP Profile", common_phone_profile = "Standard Common Phone Profile" },
  },

  -- Step 14 -----------------------------------------------------------------------------------------------------------------------------------

  geolocation_filters = {
    { name = "EMCC_filter", use_country = true, use_national_subdivision = true, use_community_name = true },
  },

  -- Step 16: the intercluster trunk, and the gateways of both sites ---------------------------------------------------------------------------

  sip_trunks = {
    {
      name = "EMCC-ICT-SIP-Trunk-1", description = "EMCC trunk", trunk_service_type = "extension_mobility_cross_clusters", device_pool = "Leeds",
      sip_trunk_security_profile = "Non Secure SIP Trunk Profile", sip_profile = "Standard SIP Profile", send_geolocation = true,
      calling_search_space = "BR-From-Home-Clusters",
    },
    { name = "London-Gateway", device_pool = "London", calling_search_space = "BR-Internal", send_geolocation = true, destinations = { { address = "127.10.0.52", port = 5060 } } },
    { name = "Leeds-Gateway", device_pool = "Leeds", calling_search_space = "BR-Internal", send_geolocation = true, destinations = { { address = "127.10.0.53", port = 5060 } } },
  },

  -- Step 17 -----------------------------------------------------------------------------------------------------------------------------------

  intercluster_service_profile = {
    emcc_active = true,
    pstn_access_active = true, pstn_access_sip_trunk = "EMCC-ICT-SIP-Trunk-1",
    rsvp_agent_active = true, rsvp_agent_sip_trunk = "EMCC-ICT-SIP-Trunk-1",
  },

  -- Step 18 -----------------------------------------------------------------------------------------------------------------------------------

  remote_clusters = {
    {
      cluster_id = "HQ", description = "San Jose", fully_qualified_name = "127.10.0.1",
      emcc = true, pstn_access = true, rsvp_agent = true, tftp = false, lbm = true, uds = true,
    },
  },

  parameters = {
    -- Step 14: different from that of every partner.
    Enterprise = { ["Cluster ID"] = "BR" },

    -- Step 15: EMCC feature configuration.
    EMCC = {
      ["Default TFTP Server for EMCC Login Device"] = "127.10.0.2",
      ["EMCC Geolocation Filter"] = "EMCC_filter",
      ["Default Server For Remote Cluster Update"] = "127.10.0.2",
      ["CSS for PSTN Access SIP Trunk"] = "use_trunk_css",
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
