/** Envoy's own messages, as its configuration writes them. */

const prefix = 'type.googleapis.com/envoy.extensions'

export const managerFilter = 'envoy.filters.network.http_connection_manager'
export const checkFilter = 'envoy.filters.http.ext_authz'
export const routerFilter = 'envoy.filters.http.router'

export const managerType = `${prefix}.filters.network.http_connection_manager.v3.HttpConnectionManager`
export const checkType = `${prefix}.filters.http.ext_authz.v3.ExtAuthz`
const luaType = `${prefix}.filters.http.lua.v3.Lua`
const headerMutationType = `${prefix}.filters.http.header_mutation.v3.HeaderMutation`
const protocolOptionsKey = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

/** An HTTP filter that runs a script; there may be further settings of its message. */
export function luaFilter(
  name: string,
  { source, ...settings }: { readonly source: string; readonly clear_route_cache?: boolean },
): object {
  return luaSettings(name, { default_source_code: { inline_string: source }, ...settings })
}

/** Settings of such a filter alone. */
export function luaSettings(name: string, settings: object): object {
  return { name, typed_config: { '@type': luaType, ...settings } }
}

/** An HTTP filter that changes headers or trailers; `mutations` as in its message. */
export function headerMutationFilter(name: string, mutations: object): object {
  return { name, typed_config: { '@type': headerMutationType, mutations } }
}

/** Options of a cluster that speaks HTTP/1.1. */
export function http1Options(common: object): object {
  return {
    [protocolOptionsKey]: {
      '@type': `${prefix.replace('/envoy.extensions', '')}/${protocolOptionsKey}`,
      explicit_http_config: { http_protocol_options: {} },
      common_http_protocol_options: common,
    },
  }
}
