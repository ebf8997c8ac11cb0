-- The column of the feature matrix (matrix.lua) for users of the cluster on lent phones: a second cluster, whose hot desk a user of the
-- first one logs in on.
local lab = require "lab"
local pair = require "pair"

local visitor = {}

local user, pin, number = "traveller", "12345", "4401"

local function profile(column, auto_answer, privacy)
  return {
    privacy = privacy,
    name = "Traveller", model = "Cisco 8851", emcc_calling_search_space = "All", services = { "Extension Mobility" },
    do_not_disturb_option = "call_reject", speed_dials = column.speed_dials,
    lines = { { directory_number = number .. "@Internal", display = "Phone " .. number, auto_answer = auto_answer } },
  }
end

-- The second cluster, trust between both, and the user; gives the column its phone.
local function prepare(column, hq)
  local world = pair.start { hq = hq, base_devices = 1 }
  hq:apply {
    device_profiles = { profile(column, "off") },
    end_users = { { user_id = user, last_name = user, pin = pin, enable_emcc = true, controlled_profiles = { "Traveller" },
      default_profile = "Traveller", subscribe_calling_search_space = "All" } },
  }
  column.phone = world.desk
  --- Logs in on the phone, which is at its own cluster, or on its way there.
  function column.log_in()
    local desk = world.desk
    desk:wait_registered { at = world.br, number = "6001" }
    local page = desk:login(user, pin)
    lab.eq(page:code(), nil, page:words())
    desk:wait_registered { at = hq, number = number }
    lab.eq(desk.file.softkey_file, "SKStandard_User.xml", "a file of the cluster that is home")
    lab.check(desk.file.softkeys, "it is there")
  end
  --- The SIP profile of phones that are lent to users of the cluster: known from the next login on.
  function column.set_sip_profile(profile)
    hq:cli { "emcc-template", "set", "EMCC_Device_Template", "sip_profile=" .. profile }
    world.desk:logout()
    column.log_in()
  end
  --- The user's line answers by itself, or no more: known from the next login on.
  function column.set_auto_answer(mode)
    hq:apply { device_profiles = { profile(column, mode) } }
    world.desk:logout()
    column.log_in()
  end
  --- The same of whether the user's calls are private.
  function column.set_privacy(on)
    hq:apply { device_profiles = { profile(column, "off", on) } }
    world.desk:logout()
    column.log_in()
  end
end

--- The column: a Cisco phone with a user whose records are added to those of the cluster.
function visitor.column(matrix)
  matrix.add_records { directory_numbers = { matrix.directory_number(number) } }
  return { kind = matrix.cisco, title = "visitor on a lent phone", transport = "tcp", number = number, name = pair.desk_name, visitor = true,
    speed_dials = { matrix.carols_key() }, prepare = prepare }
end

--- Whether the phone takes part in hunts, by what the cluster keeps of it.
function visitor.is_logged_in(record) return not record.logged_out_of_hunt_groups end

return visitor
