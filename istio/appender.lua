-- Attaché's appender. It stands after ext_authz, and after jwt_authn where there is one. Over gRPC
-- ext_authz cannot add repeated header lines, so Attaché sends them as dynamic metadata:
-- headers_to_append, a list of {name, value}. This adds one line for each.

local namespace = "envoy.filters.http.ext_authz"
local key = "headers_to_append"

-- Whatever else is asked for is a fault or an attack, and the request ends here.
local function may_append(name)
  return name == "impersonate-group"
    or name:match("^impersonate%-extra%-[%w!#$&'*+.^_`|~%%-]+$") ~= nil
    or name == "authorization"
end

local function is_line(line)
  return type(line) == "table"
    and type(line.name) == "string"
    and type(line.value) == "string"
    and may_append(line.name)
    -- A group may be empty, as in a token; a credential may not.
    and (line.value ~= "" or line.name ~= "authorization")
    and not line.value:find("[%z\1-\8\10-\31\127]")
end

-- Names that Attaché and Envoy use between themselves.
local function remove_own(headers)
  local own = {}
  for name in pairs(headers) do
    if name:lower():gsub("_", "-"):sub(1, 10) == "x-attache-" then
      own[name] = true
    end
  end
  for name in pairs(own) do
    headers:remove(name)
  end
end

local function append(headers, lines)
  assert(type(lines) == "table")
  local count = 0
  for _ in pairs(lines) do
    count = count + 1
  end
  -- ipairs would stop at a hole and lose what comes after it.
  assert(count == #lines)
  local credentials = 0
  for _, line in ipairs(lines) do
    assert(is_line(line))
    credentials = credentials + (line.name == "authorization" and 1 or 0)
  end
  assert(credentials <= 1)
  -- What stands there under these names is the client's.
  for _, line in ipairs(lines) do
    headers:remove(line.name)
  end
  for _, line in ipairs(lines) do
    headers:add(line.name, line.value)
  end
end

local function take(handle)
  local metadata = handle:streamInfo():dynamicMetadata()
  local found = metadata:get(namespace)
  local lines = found and found[key]
  if lines ~= nil then
    -- Access logs and later filters could read a credential there.
    metadata:set(namespace, key, "")
  end
  return lines
end

local function run(handle)
  local lines = take(handle)
  local headers = handle:headers()
  remove_own(headers)
  if lines ~= nil then
    append(headers, lines)
  end
end

function envoy_on_request(handle)
  -- Envoy lets a request pass whose script fails; without its lines it would act as somebody else.
  if not pcall(run, handle) then
    handle:respond({ [":status"] = "500" }, "attache appender failed")
  end
end
