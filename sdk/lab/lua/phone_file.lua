-- What a phone takes from SEP<mac>.cnf.xml, and nothing else: unknown elements are ignored. No I/O.
local core = require "core"

local phone_file = {}

--- The names of the elements that send a phone to its home cluster are in no public source; a capture may correct them here.
phone_file.redirect_elements = { address = "tempTftpAddress", logout = "visitingLogoutURI", mode = "emccMode" }

-- By the numbers of transportLayerProtocol; 4 leaves it to the phone.
local transports = { "tcp", "udp", "tls" }

local function child(element, name)
  for _, candidate in ipairs(element or {}) do
    if candidate.name == name then return candidate end
  end
end

local function trim(text) return (text:gsub("^%s+", ""):gsub("%s+$", "")) end

--- Follows a path of names ("devicePool/callManagerGroup/members"); nil when there is none.
local function at(element, path)
  for name in path:gmatch("[^/]+") do
    element = child(element, name)
    if not element then return nil end
  end
  return element
end

local function text_at(element, path)
  local found = at(element, path)
  return found and trim(found.text) or nil
end

local function read_nodes(root)
  local nodes = {}
  for _, member in ipairs(at(root, "devicePool/callManagerGroup/members") or {}) do
    local address = text_at(member, "callManager/processNodeName")
    if address and address ~= "" then
      nodes[#nodes + 1] = { address = address, port = tonumber(text_at(member, "callManager/ports/sipPort")) or 5060,
                            secured_port = tonumber(text_at(member, "callManager/ports/securedSipPort")) or 5061,
                            priority = tonumber(member.attributes.priority) or #nodes }
    end
  end
  table.sort(nodes, function(one, other) return one.priority < other.priority end)
  return nodes
end

local line_feature, intercom_feature, speed_dial_feature, busy_lamp_feature = "9", "23", "2", "21"

local function read_lines(root)
  local lines, speed_dials = {}, {}
  for _, line in ipairs(at(root, "sipProfile/sipLines") or {}) do
    local feature = text_at(line, "featureID")
    if feature == line_feature or feature == intercom_feature then
      lines[#lines + 1] = {
        number = text_at(line, "name"), label = text_at(line, "featureLabel"), display = text_at(line, "displayName"),
        user = text_at(line, "authName"), password = text_at(line, "authPassword"), contact = text_at(line, "contact"),
        messages_number = text_at(line, "messagesNumber"), auto_answer = text_at(line, "autoAnswer/autoAnswerEnabled") == "3",
        index = tonumber(line.attributes.lineIndex) or #lines + 1, shared = text_at(line, "sharedLine") == "true",
        intercom = feature == intercom_feature, speed_dial = feature == intercom_feature and text_at(line, "speedDialNumber") or nil,
      }
    elseif feature == speed_dial_feature or feature == busy_lamp_feature then
      speed_dials[#speed_dials + 1] = { number = text_at(line, "speedDialNumber"), label = text_at(line, "featureLabel"),
        busy_lamp_field = feature == busy_lamp_feature, call_pickup = text_at(line, "featureOptionMask") == "1" }
    end
  end
  return lines, speed_dials
end

local function without_plus(number) return (number:gsub("^%+", "")) end

--- The line that a call is for, by the user part of its request URI: first by the lines' names, a plus sign aside, then by their
--- contacts; small and capital letters are the same. Nil: none, as on a phone whose file names nothing like that.
function phone_file.line_of(lines, user)
  local wanted = user:lower()
  for _, line in ipairs(lines) do
    if line.number and without_plus(line.number):lower() == without_plus(wanted) then return line end
  end
  for _, line in ipairs(lines) do
    if (line.contact or ""):lower() == wanted then return line end
  end
end

local function read_services(root)
  local services = {}
  for _, service in ipairs(at(root, "phoneServices") or {}) do
    if service.name == "phoneService" then
      services[#services + 1] = { name = text_at(service, "name"), url = text_at(service, "url") }
    end
  end
  return services
end

--- What the keys of features call, by the names that features.lua has for the keys; a key that is not named here the phone does not have.
local feature_uris = { cfwdall = "callForwardURI", pickup = "callPickupURI", opickup = "callPickupListURI", gpickup = "callPickupGroupURI",
  meetme = "meetMeServiceURI", abbrdial = "abbreviatedDialURI" }

local function read_feature_uris(root)
  local uris = {}
  for key, element in pairs(feature_uris) do
    local uri = text_at(root, "sipProfile/sipCallFeatures/" .. element)
    if uri and uri ~= "" then uris[key] = uri end
  end
  return uris
end

local function read_redirect(root)
  local names = phone_file.redirect_elements
  if (text_at(root, names.mode) or ""):lower() ~= "true" then return nil end
  local addresses = {}
  for number = 1, 4 do
    local address = text_at(root, names.address .. number)
    if address and address ~= "" then addresses[#addresses + 1] = address end
  end
  if #addresses == 0 then return nil end
  return { tftp = addresses, logout_url = text_at(root, names.logout) }
end

--- The file as a table: either .redirect = { tftp, logout_url }, or nodes, lines, speed_dials, services and the rest. nil and a
--- sentence when it is not XML or not a device file.
function phone_file.read(bytes)
  local root, problem = core.xml(bytes)
  if not root then return nil, problem end
  if root.name ~= "device" then return nil, "the root element is " .. root.name .. ", not device" end
  local file = { version_stamp = text_at(root, "versionStamp"), redirect = read_redirect(root) }
  if file.redirect then return file end
  file.nodes = read_nodes(root)
  file.lines, file.speed_dials = read_lines(root)
  file.services = read_services(root)
  file.feature_uris = read_feature_uris(root)
  file.user_locale = text_at(root, "userLocale/name")
  file.time_zone = text_at(root, "devicePool/dateTimeSetting/timeZone")
  file.ntp_servers = {}
  for _, ntp in ipairs(at(root, "devicePool/dateTimeSetting/ntps") or {}) do
    file.ntp_servers[#file.ntp_servers + 1] = text_at(ntp, "name")
  end
  file.load = text_at(root, "loadInformation")
  file.user_id = text_at(root, "userId")
  file.dial_template_file = text_at(root, "sipProfile/dialTemplate")
  local kpml = tonumber(text_at(root, "sipProfile/kpml")) or 0
  file.tells_keys = { dialling = kpml & 1 ~= 0, talking = kpml & 2 ~= 0 }
  file.interdigit_seconds = (tonumber(text_at(root, "sipProfile/T302Timer")) or 15000) / 1000
  file.softkey_file = text_at(root, "sipProfile/softKeyFile")
  file.always_use_prime_line = text_at(root, "sipProfile/alwaysUsePrimeLine") == "true"
  file.join_across_lines = text_at(root, "joinAcrossLines") == "1"
  file.video = text_at(root, "vendorConfig/videoCapability") == "1"
  file.security_mode = tonumber(text_at(root, "deviceSecurityMode")) or 1
  file.transport = transports[tonumber(text_at(root, "transportLayerProtocol")) or 1] or "tcp"
  file.register_seconds = tonumber(text_at(root, "sipProfile/sipStack/timerRegisterExpires")) or 3600
  file.register_delta = tonumber(text_at(root, "sipProfile/sipStack/timerRegisterDelta")) or 5
  if #file.nodes == 0 then return nil, "no call manager in the file" end
  return file
end

return phone_file
