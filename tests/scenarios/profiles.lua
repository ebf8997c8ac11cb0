-- What a phone is: with its log-out profile while no user is logged in, with a profile made for another model, and when something that
-- it was made from changes during a session, here and abroad.
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local record = "live_devices/" .. pair.desk_name
local leeds = lab.phone { name = "Leeds hot desk", mac = "00BB00000002", home = br }
leeds:power_on()
leeds:wait_registered { at = br, number = "6002" }

local function is_in(phone, user, pin, number, at)
  local page = phone:login(user, pin)
  lab.eq(page:code(), nil, page:words())
  phone:wait_registered { at = at or br, number = number }
end

local function is_out(phone, number)
  local page = phone:logout()
  lab.eq(page:code(), nil, page:words())
  phone:wait_registered { at = br, number = number }
end

local function rings(from, number, phone, as)
  local call = from:dial(number)
  local ringing = phone:wait_call()
  if as then lab.eq(ringing.party.name, as) end
  call:hang_up()
  ringing:wait_ended()
end

local function has_service(phone, name)
  for _, service in ipairs(phone.file.services) do
    if service.name == name then return true end
  end
  return false
end

-- Log-out profile --------------------------------------------------------------------------------------------------------------------

lab.test("a phone that gets a log-out profile has its line at once, without a session", function()
  br:apply {
    directory_numbers = {
      { pattern = "6900", partition = "BR-Phones", alerting_name = "Lobby", calling_search_space = "BR-Internal" },
      { pattern = "6101", partition = "BR-Phones", alerting_name = "William's second line", calling_search_space = "BR-Internal" },
    },
    device_profiles = {
      { name = "Lobby", model = "Cisco 8851", softkey_template = "Lobby keys", services = { "Extension Mobility" },
        lines = { { directory_number = "6900@BR-Phones", label = "Lobby", display = "Lobby phone" } },
        speed_dials = { { number = "6002", label = "Leeds" } } },
    },
  }
  br:cli("phone set " .. pair.desk_name .. " logout_profile=Lobby")
  desk:wait_registered { at = br, number = "6900" }
  lab.eq(br:get(record).log_out_profile, true)
  lab.eq(br:get("sessions/" .. pair.desk_name), nil)
  lab.eq(desk.file.softkey_file, "SKLobby_keys.xml")
  lab.eq(desk.file.speed_dials[1].number, "6002")
end)

lab.test("it is called and calls as that line", function()
  rings(leeds, "6900", desk)
  rings(desk, "6002", leeds, "Lobby phone")
end)

lab.test("a user logs in and out: the log-out profile's line is back", function()
  is_in(desk, "william", "67890", "6100")
  lab.eq(br:get(record).log_out_profile, false)
  rings(leeds, "6100", desk)
  is_out(desk, "6900")
  lab.eq(br:get(record).log_out_profile, true)
  rings(leeds, "6900", desk)
end)

lab.test("with a Login User Id the phone falls back to that user, who is not logged in by that", function()
  br:cli "device-profile set Lobby login_user_id=william"
  lab.wait_for("the phone is William's", 10, function() return desk.file.user_id == "william" end)
  desk:wait_registered { at = br, number = "6900" }
  lab.eq(br:get(record).user_display_name, "William West")
  lab.eq(desk:open_service("Mobility").kind, "Input", "the login page appears")
  is_in(leeds, "william", "67890", "6100") -- no second login of his
  is_out(leeds, "6002")
end)

lab.test("lent to a traveller and given back, the phone has its log-out profile again", function()
  is_in(desk, "alice", "12345", "4001", hq)
  is_out(desk, "6900")
  hq:wait_gone(record)
  lab.eq(br:get(record).log_out_profile, true)
end)

lab.test("it survives a restart of the node", function()
  br:restart()
  desk:wait_registered { at = br, number = "6900", seconds = 15 }
  leeds:wait_registered { at = br, number = "6002", seconds = 15 }
end)

lab.test("without the log-out profile the phone is as it is configured", function()
  br:cli { "phone", "set", pair.desk_name, "logout_profile=" }
  desk:wait_registered { at = br, number = "6001" }
  lab.eq(br:get(record), nil)
  rings(leeds, "6001", desk)
end)

lab.test("a phone goes with its log-out profile, its number and its pool in one file", function()
  local mac = "00BB00000009"
  br:apply {
    device_pools = { { name = "Ground floor" } },
    directory_numbers = { { pattern = "6909", partition = "BR-Phones", calling_search_space = "BR-Internal" } },
    device_profiles = { { name = "Ground floor", model = "Cisco 8851", lines = { { directory_number = "6909@BR-Phones" } } } },
    phones = { { name = "SEP" .. mac, model = "Cisco 8851", device_pool = "Ground floor", enable_extension_mobility = true,
                 logout_profile = "Ground floor" } },
  }
  local phone = lab.phone { name = "Ground floor", mac = mac, home = br }
  phone:power_on()
  phone:wait_registered { at = br, number = "6909" }
  br:apply { remove = { phones = { "SEP" .. mac }, device_profiles = { "Ground floor" }, device_pools = { "Ground floor" },
                        directory_numbers = { "6909@BR-Phones" } } }
  br:wait_gone("live_devices/SEP" .. mac)
  br:wait_gone("registrations/SEP" .. mac)
  local call = leeds:dial "6909"
  call:wait_ended()
  lab.eq(call.status, 404, "nobody is there any more")
  phone:power_off()
end)

-- Sources change during a session ----------------------------------------------------------------------------------------------------

lab.test("a profile changed during a session reaches the phone", function()
  is_in(desk, "william", "67890", "6100")
  local boots = desk.boots
  local function lines(text) br:cli { "device-profile", "set", "William", "lines=" .. text } end
  lines '[{"directory_number":"6101@BR-Phones","display":"William West"},{"directory_number":"6100@BR-Phones"}]'
  desk:wait_registered { at = br, number = "6101" }
  lab.eq(#desk.file.lines, 2)
  rings(leeds, "6100", desk)
  rings(leeds, "6101", desk)
  lab.eq(desk.boots, boots + 1, "the phone has been told once")
  br:cli { "device-profile", "set", "William", "description=of William" }
  br:cli "end-user set william telephone_number=1"
  lines '[{"directory_number":"6100@BR-Phones","display":"William West"}]'
  desk:wait_registered { at = br, number = "6100" }
  lab.eq(desk.boots, boots + 2, "what does not concern it is not told")
  is_out(desk, "6001")
end)

lab.test("a traveller's profile and EMCC template changed at home reach the phone abroad", function()
  pair.log_alice_in(world)
  hq:cli "device-profile set Alice join_across_lines=true always_use_prime_line=true"
  lab.wait_for("the phone has read them", 10, function() return desk.file.join_across_lines and desk.file.always_use_prime_line end)
  desk:wait_registered { at = hq, number = "4001" }
  local live = hq:get(record)
  hq:cli "common-phone-profile add name=Visitors video_capabilities=false"
  hq:cli "emcc-template add name=Plain common_phone_profile=Visitors"
  lab.check(desk.file.video, "video is on")
  hq:json { "emcc", "update", "Plain", "reset=true" }
  lab.wait_for("the phone has no video any more", 15, function() return desk.file and desk.file.video == false and desk.state == "registered" end)
  local after = hq:get(record)
  lab.eq(after.emcc_template, "Plain")
  lab.eq(after.logout_url, live.logout_url)
  lab.eq(after.geolocation.community_name, live.geolocation.community_name)
  is_out(desk, "6001")
  pair.wait_clean(world)
end)

-- A profile for another model --------------------------------------------------------------------------------------------------------

lab.test("a user with a profile for a 7841 on an 8851: lines of the profile, keys and services of the default device profile", function()
  br:apply {
    device_profiles = { { name = "Wanda", model = "Cisco 7841", softkey_template = "For a 7841", always_use_prime_line = true,
                          lines = { { directory_number = "6101@BR-Phones", display = "Wanda" } } } },
    default_device_profiles = { { model = "Cisco 8851", softkey_template = "For an 8851", join_across_lines = true,
                                  services = { "Extension Mobility" } } },
    end_users = { { user_id = "wanda", last_name = "Wood", pin = "24680", controlled_profiles = { "Wanda" } } },
  }
  is_in(desk, "wanda", "24680", "6101")
  lab.eq(desk.file.softkey_file, "SKFor_an_8851.xml")
  lab.eq(desk.file.join_across_lines, true)
  lab.eq(desk.file.always_use_prime_line, false)
  lab.check(has_service(desk, "Extension Mobility"), "she can log out")
  br:cli { "default-device-profile", "set", "Cisco 8851@SIP", "join_across_lines=false" }
  lab.wait_for("the phone has read it", 10, function() return desk.file.join_across_lines == false end)
  desk:wait_registered { at = br, number = "6101" }
  is_out(desk, "6001")
end)
