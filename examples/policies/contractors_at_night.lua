-- Contractors work in the day: at night and at weekends their logins are short, and across clusters there are none.
--
-- Contractors are recognised by their user ids ("x-" in front). They see the reason on no screen, but whoever looks for it finds
-- it: sojourn policy explain login.limit.

local night_minutes = 60

local function at_night(hour)
  return hour >= 20 or hour < 6
end

return {
  about = "Shorter logins for contractors at night and at weekends.",

  hooks = {
    ["login.limit"] = function(input)
      if not input.user_id:match("^x%-") then
        return nil
      end
      local weekend = input.weekday >= 6
      if not at_night(input.hour) and not weekend then
        return nil
      end
      local when = weekend and "at weekends" or "at night"
      if input.inter_cluster then
        return { allowed = false, reason = "contractors do not travel " .. when }
      end
      local own = input.user_maximum_minutes
      return {
        minutes = own > 0 and math.min(own, night_minutes) or night_minutes,
        reason = ("contractors get %d minutes %s"):format(night_minutes, when),
      }
    end,
  },

  tests = {
    {
      name = "an employee at night: the built-in limit",
      hook = "login.limit",
      input = { user_id = "alice", hour = 23, weekday = 3, parameter_minutes = 480, enforced = true },
      declines = true,
    },
    {
      name = "a contractor in the day: the built-in limit",
      hook = "login.limit",
      input = { user_id = "x-bob", hour = 10, weekday = 3 },
      declines = true,
    },
    {
      name = "a contractor at night",
      hook = "login.limit",
      input = { user_id = "x-bob", hour = 23, weekday = 3, parameter_minutes = 480, enforced = true },
      default = { allowed = true, minutes = 480 },
      expect = { allowed = true, minutes = 60, reason = "contractors get 60 minutes at night" },
    },
    {
      name = "a contractor early on a Sunday whose own maximum is shorter",
      hook = "login.limit",
      input = { user_id = "x-bob", hour = 5, weekday = 7, user_maximum_minutes = 30 },
      default = { allowed = true, minutes = 30 },
      expect = { minutes = 30, reason = "contractors get 60 minutes at weekends" },
    },
    {
      name = "a contractor in another cluster at night",
      hook = "login.limit",
      input = { user_id = "x-bob", hour = 2, weekday = 2, inter_cluster = true, remote_cluster_id = "BR" },
      default = { allowed = true },
      expect = { allowed = false, reason = "contractors do not travel at night" },
    },
  },
}
