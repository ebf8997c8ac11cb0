-- What each of the five clusters has: one office, whose phones reach each other, the other clusters and the public network. The line
-- below is London's; demo.lua puts that of each other city in its place. Addresses: London is 127.11.0.1 and its gateway 127.11.0.51,
-- Paris 127.11.0.2 and 127.11.0.52, and so on. The lab puts those of the run in their place.
local city, country, n, user, first, last, domain = "London", "GB", 1, "laura", "Laura", "Lane", "london.example"

local number = "4001"
local address = "127.11.0." .. n
local service = "/emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#"

return {

  -- Class of control -----------------------------------------------------------------------------------------------------------

  partitions = {
    { name = "Phones", description = "Numbers of this cluster" },
    { name = "PSTN", description = "The public network" },
    { name = "Emergency", description = "Calls for help" },
  },

  calling_search_spaces = {
    { name = "Office", partitions = { "Phones", "Emergency", "PSTN", "Global Learned Enterprise Numbers" } },
    { name = "From outside", partitions = { "Phones" } },
    -- What calls of visitors may reach that their home clusters send back; and what is searched first for travellers abroad.
    { name = "Calls for help", partitions = { "Emergency" } },
  },

  directory_numbers = {
    { pattern = number, partition = "Phones", alerting_name = first .. " " .. last, calling_search_space = "Office" },
  },

  -- The public network is reached from here, for travellers as well. The Standard Local Route Group stands for the gateways of the caller's
  -- device pool; for a traveller's 112, which is found by way of the adjunct CSS, it is the cluster where the phone stands.
  route_patterns = {
    { pattern = "112", partition = "Emergency", route_list = "Local gateways", urgent_priority = true, emergency_services_number = true },
    { pattern = "0.!", partition = "PSTN", route_list = "Our gateways", discard_digits = "pre_dot" },
  },
  route_lists = {
    { name = "Local gateways", members = { { route_group = "Standard Local Route Group" } } },
    { name = "Our gateways", members = { { route_group = "Gateways" } } },
  },
  route_groups = { { name = "Gateways", members = { city .. "-Gateway" } } },

  -- The office -----------------------------------------------------------------------------------------------------------------

  geolocations = { { name = city, address = { country = country, community_name = city } } },
  device_pools = { { name = city, geolocation = city, local_route_group = "Gateways" } },

  phone_services = {
    { name = "Extension Mobility", ascii_name = "Extension Mobility", url = "http://" .. address .. ":8080" .. service,
      secure_url = "https://" .. address .. ":8443" .. service },
  },
  device_profiles = {
    { name = first, model = "Cisco 8851", services = { "Extension Mobility" }, emcc_calling_search_space = "Office",
      lines = { { directory_number = number .. "@Phones", label = first .. " " .. number, display = first .. " " .. last } } },
  },
  end_users = {
    { user_id = user, first_name = first, last_name = last, pin = "12345", enable_emcc = true, controlled_profiles = { first },
      primary_extension = number .. "@Phones" },
  },
  phones = {
    { name = "SEP00EE0000000" .. n, description = first .. "'s phone", model = "Cisco 8851", device_pool = city, calling_search_space = "Office",
      lines = { { directory_number = number .. "@Phones", display = first .. " " .. last } } },
  },

  -- What the other clusters learn of this one --------------------------------------------------------------------------------------

  ils_configuration = { exchange_dial_plan = true, advertised_route_string = domain, synchronize_clusters_every = 1 },
  directory_uris = { { user = user, host = domain, end_user = user, pstn_failover = "00555" .. n .. number } },
  alternate_numbers = { { mask = "8" .. n .. "XXXX", directory_number = number } },

  -- Trunks -----------------------------------------------------------------------------------------------------------------------

  -- Between clusters the way of a call to something learned is known at its start: what it passes need not look it up.
  sip_profiles = { { name = "Between clusters", send_ils_learned_destination_route_string = true } },
  sip_trunks = {
    { name = city .. "-Gateway", device_pool = city, calling_search_space = "From outside", destinations = { { address = "127.11.0.5" .. n } } },
    -- It has no destination: it serves every cluster with which users are lent phones.
    { name = "EMCC-Trunk", trunk_service_type = "extension_mobility_cross_clusters", device_pool = city, send_geolocation = true,
      calling_search_space = "Calls for help" },
  },

  -- Extension Mobility Cross Cluster ---------------------------------------------------------------------------------------------

  intercluster_service_profile = {
    emcc_active = true, pstn_access_active = true, pstn_access_sip_trunk = "EMCC-Trunk", rsvp_agent_active = true, rsvp_agent_sip_trunk = "EMCC-Trunk",
  },
  emcc_templates = { { name = "Travellers" } },
  geolocation_filters = { { name = "City", use_country = true, use_community_name = true } },
  common_phone_profiles = { { name = "Standard Common Phone Profile", video_capabilities = true } },

  parameters = {
    Enterprise = { ["Cluster ID"] = city },
    EMCC = {
      ["Default TFTP Server for EMCC Login Device"] = address,
      ["Default Server For Remote Cluster Update"] = address,
      ["EMCC Geolocation Filter"] = "City",
      ["EMCC Region Max Audio Bit Rate"] = 64,
    },
    -- The audio of a video call is taken from the bandwidth for audio.
    ["Cisco Location Bandwidth Manager"] = { ["Deduct Audio Bandwidth Portion from Audio Pool for a Video Call"] = true },
  },
}
