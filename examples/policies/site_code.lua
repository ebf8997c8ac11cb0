-- The roaming device pool by a site code.
--
-- Whoever keeps geolocations by street and floor for hundreds of sites gets them wrong. Here each site has a code of three capital
-- letters and a number in the landmark field ("Head office [LON1]"), and its device pool bears the code in its name
-- ("DP_LON1"). Phones without a code, and codes without a pool, are left to the built-in match.

local function code_of(place)
  return place.landmark:match("%[(%u%u%u%d+)%]")
end

return {
  about = "Roaming device pools by the site code in the landmark.",

  hooks = {
    ["geolocation.match"] = function(input)
      local code = code_of(input.geolocation)
      if not code then
        return nil
      end
      for _, candidate in ipairs(input.candidates) do
        if candidate.device_pool:find(code .. "$") or code_of(candidate.geolocation) == code then
          return { device_pool = candidate.device_pool, reason = "site code " .. code }
        end
      end
      return nil
    end,
  },

  tests = {
    {
      name = "the pool that is named for the site",
      hook = "geolocation.match",
      input = {
        geolocation = { country = "GB", landmark = "Head office [LON1]" },
        candidates = {
          { device_pool = "DP_LON10", geolocation = { country = "GB" } },
          { device_pool = "DP_LON1", geolocation = { country = "GB" } },
        },
      },
      expect = { device_pool = "DP_LON1", reason = "site code LON1" },
    },
    {
      name = "the pool whose place has the code",
      hook = "geolocation.match",
      input = {
        geolocation = { landmark = "Depot [ULM2]" },
        candidates = { { device_pool = "DP_south", geolocation = { landmark = "Ulm [ULM2]" } } },
      },
      expect = { device_pool = "DP_south" },
    },
    {
      name = "a code without a pool",
      hook = "geolocation.match",
      input = { geolocation = { landmark = "[XYZ9]" }, candidates = { { device_pool = "DP_LON1" } } },
      declines = true,
    },
    {
      name = "no code",
      hook = "geolocation.match",
      input = { geolocation = { country = "GB", landmark = "Head office" }, candidates = { { device_pool = "DP_LON1" } } },
      declines = true,
    },
  },
}
