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

-- What Attaché reads under another name: who kubectl --as wants to be. With a `frontProxy`, add what
-- its headers begin with: "x-remote-", or the names that you have given them.
local requested_prefixes = { "impersonate-" }

local function starts_with_one_of(text, prefixes)
  for _, prefix in ipairs(prefixes) do
    if text:sub(1, #prefix) == prefix then
      return true
    end
  end
  return false
end

-- Envoy joins the lines of a name with commas in a check, and not all bytes of a line are text.
local function encode(value)
  return (value:gsub("[^A-Za-z0-9_.~:/@-]", function(byte)
    return string.format("%%%02X", byte:byte())
  end))
end

-- Drops and renames: what Attaché is to read reaches it under names that no upstream knows.
local function clean(headers)
  local dropped, requested = {}, {}
  -- Envoy refuses changes while one iterates.
  for name, value in pairs(headers) do
    local spelling = name:lower():gsub("_", "-")
    if starts_with_one_of(spelling, requested_prefixes) then
      dropped[name] = true
      requested[#requested + 1] =
        { name = "x-attache-requested-" .. name:lower(), value = encode(value) }
    elseif
      spelling:sub(1, 10) == "x-attache-"
      or identity_names[spelling]
      or starts_with_one_of(spelling, identity_prefixes)
    then
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
