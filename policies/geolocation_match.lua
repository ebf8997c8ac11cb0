-- Which roaming device pool fits the place of a visiting phone.
--
-- Only the fields that the geolocation filter names count, and of those only the ones that both sides know. A pool whose place
-- contradicts the phone's in one of them is out. Of the others the one that agrees in most fields is taken; when several do, the
-- first by name, so that the same phone gets the same pool every time.

local function plain(text)
  return text:match("^%s*(.-)%s*$"):lower()
end

-- The number of fields in which both agree; nil when they contradict each other.
local function agreement(filter, phone, pool)
  local count = 0
  for _, field in ipairs(filter) do
    local here, there = plain(phone[field]), plain(pool[field])
    if here ~= "" and there ~= "" then
      if here ~= there then
        return nil
      end
      count = count + 1
    end
  end
  return count
end

return {
  about = "The built-in match: most equal fields, none that contradicts, equal scores by name.",

  hooks = {
    ["geolocation.match"] = function(input)
      local best, score, tied = "", 0, 0
      for _, candidate in ipairs(input.candidates) do
        local equal = agreement(input.filter, input.geolocation, candidate.geolocation)
        if equal and equal > score then
          best, score, tied = candidate.device_pool, equal, 1
        elseif equal and equal == score and score > 0 then
          tied = tied + 1
          if candidate.device_pool < best then
            best = candidate.device_pool
          end
        end
      end
      if score == 0 then
        return { device_pool = "", reason = ("none of the %d device pools with a geolocation fits"):format(#input.candidates) }
      elseif tied > 1 then
        return { device_pool = best, reason = ("%d pools agree in %d fields; the first by name is taken"):format(tied, score) }
      end
      return { device_pool = best, reason = ("agrees in %d of the fields that count"):format(score) }
    end,
  },

  tests = {
    {
      name = "the pool that agrees in most fields",
      hook = "geolocation.match",
      input = {
        visiting_cluster_id = "BR",
        geolocation = { country = "GB", community_name = "London" },
        filter = { "country", "community_name" },
        candidates = {
          { device_pool = "DP_uk", geolocation = { country = "GB" } },
          { device_pool = "DP_london", geolocation = { country = "GB", community_name = "London" } },
          { device_pool = "DP_de", geolocation = { country = "DE" } },
        },
      },
      expect = { device_pool = "DP_london", reason = "agrees in 2 of the fields that count" },
    },
    {
      name = "one field that contradicts rules a pool out",
      hook = "geolocation.match",
      input = {
        geolocation = { country = "GB", community_name = "Leeds" },
        filter = { "country", "community_name" },
        candidates = {
          { device_pool = "DP_london", geolocation = { country = "GB", community_name = "London" } },
          { device_pool = "DP_uk", geolocation = { country = "GB" } },
        },
      },
      expect = { device_pool = "DP_uk" },
    },
    {
      name = "a field outside the filter does not count",
      hook = "geolocation.match",
      input = {
        geolocation = { country = "GB", floor = "3" },
        filter = { "country" },
        candidates = { { device_pool = "DP_uk", geolocation = { country = "GB", floor = "1" } } },
      },
      expect = { device_pool = "DP_uk" },
    },
    {
      name = "case and blanks do not matter",
      hook = "geolocation.match",
      input = {
        geolocation = { community_name = " LONDON " },
        filter = { "community_name" },
        candidates = { { device_pool = "DP_london", geolocation = { community_name = "London" } } },
      },
      expect = { device_pool = "DP_london" },
    },
    {
      name = "equal scores: the first by name",
      hook = "geolocation.match",
      input = {
        geolocation = { country = "GB" },
        filter = { "country" },
        candidates = {
          { device_pool = "DP_uk_2", geolocation = { country = "GB" } },
          { device_pool = "DP_uk_1", geolocation = { country = "GB" } },
        },
      },
      expect = { device_pool = "DP_uk_1", reason = "2 pools agree in 1 fields; the first by name is taken" },
    },
    {
      name = "nothing known of the phone's place: none fits",
      hook = "geolocation.match",
      input = {
        geolocation = {},
        filter = { "country" },
        candidates = { { device_pool = "DP_uk", geolocation = { country = "GB" } } },
      },
      expect = { device_pool = "" },
    },
  },
}
