-- Attaché's pre-filter. It stands before ext_authz, so that no identity header of a client is left on
-- a request that ext_authz then does not check, and so that Attaché's own lines meet none.

-- Names that say who a request is, with "-" for "_": frameworks that fold the two read
-- "Kubeflow_Userid" as "kubeflow-userid". Add the names of your own `headers` and `kubeflow` here.
-- "x-envoy-auth-" are marks that ext_authz sets and lets clients send as well.
local identity_prefixes = { "kubeflow-", "x-remote-", "x-envoy-auth-" }
local identity_names = {
  ["x-forwarded-user"] = true,
  ["x-forwarded-groups"] = true,
  ["x-forwarded-email"] = true,
}

local function starts_with(text, prefix)
  return text:sub(1, #prefix) == prefix
end

local function is_identity(name)
  for _, prefix in ipairs(identity_prefixes) do
    if starts_with(name, prefix) then
      return true
    end
  end
  return identity_names[name] == true
end

-- Drops and renames; a request to act as somebody reaches Attaché under a name that no upstream knows.
local function clean(headers)
  local dropped, requested = {}, {}
  -- Envoy refuses changes while one iterates.
  for name, value in pairs(headers) do
    local spelling = name:lower():gsub("_", "-")
    if starts_with(spelling, "impersonate-") then
      dropped[name] = true
      requested[#requested + 1] = { name = "x-attache-requested-" .. name:lower(), value = value }
    elseif starts_with(spelling, "x-attache-") or is_identity(spelling) then
      dropped[name] = true
    end
  end
  for name in pairs(dropped) do
    headers:remove(name)
  end
  for _, line in ipairs(requested) do
    headers:add(line.name, line.value)
  end
end

function envoy_on_request(handle)
  -- Envoy lets a request pass whose script fails.
  if not pcall(clean, handle:headers()) then
    handle:respond({ [":status"] = "500" }, "attache pre-filter failed")
  end
end
