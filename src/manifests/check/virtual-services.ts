import { saysWhoTheUserIs } from '../header-lists.ts'
import { serviceHost } from '../provider.ts'
import { type Finding, warning } from './finding.ts'
import { gatewaysOf, type Installation } from './installation.ts'
import { selectedBy } from './label-selectors.ts'
import type { Rendered } from './rendered.ts'
import { type SignInPlace, takes } from './uri-matches.ts'
import { at, entriesAt, listAt, textAt, textsAt, type Unread } from './values.ts'

/** VirtualServices that would lead sign-in elsewhere, or say behind the check who the user is. */
export function checkVirtualServices(installation: Installation): readonly Finding[] {
  if (installation.ownPolicies.length === 0) return []
  const places = signInPlaces(installation)
  const there = installation
    .ofKind('VirtualService')
    .filter((object) => isAtOurGateways(object, installation))
  return there.flatMap((object) => [
    ...places.flatMap((place) => takenPlace(object, place)),
    ...takenHosts(object, { there, installation }),
    ...writtenHeaders(object, installation),
  ])
}

/** Paths under which people sign in, and whose they are. */
function signInPlaces({ config, service }: Installation): readonly SignInPlace[] {
  if (config.signIn === undefined) return []
  const { pathPrefix, providers } = config.signIn
  const own = { path: `${pathPrefix}/`, owner: shortHost(serviceHost(service)) }
  const ofProviders = providers.flatMap(({ authorizationEndpoint = '', issuer }) => {
    const first = /^\/[^/]+\//.exec(authorizationEndpoint)?.[0]
    const host = URL.canParse(issuer.url) ? new URL(issuer.url).hostname : ''
    return first === undefined ? [] : [{ path: first, owner: shortHost(host) }]
  })
  return [own, ...ofProviders]
}

/** Of a Service in the mesh, `name.namespace`. */
function shortHost(host: string): string {
  return host.replace(/\.svc(?:\.cluster\.local)?$/, '')
}

function isAtOurGateways({ namespace, value }: Rendered, installation: Installation): boolean {
  const gateways = installation.ownPolicies.flatMap((policy) => gatewaysOf(policy, installation))
  // Without any it is for sidecars alone.
  return textsAt(value, 'spec', 'gateways').some((named) => {
    if (named === 'mesh') return false
    const [of, name] = named.includes('/') ? named.split('/') : [namespace, named]
    const found = installation
      .ofKind('Gateway')
      // The Gateway API has the same kind.
      .filter(({ apiVersion }) => apiVersion.startsWith('networking.istio.io/'))
      .find((gateway) => gateway.namespace === of && gateway.name === name)
    if (found === undefined) return true
    const selector = { matchLabels: at(found.value, 'spec', 'selector') ?? {} }
    return gateways.some(({ pod }) => selectedBy(selector, pod) !== 'no')
  })
}

function routesOf({ value }: Rendered): readonly Unread[] {
  return listAt(value, 'spec', 'http')
}

/** Where a route of a VirtualService leads, as `name.namespace`. */
function destinationsOf(route: Unread, { namespace }: Rendered): readonly string[] {
  return listAt(route, 'route').map((entry) => {
    const host = textAt(entry, 'destination', 'host') ?? ''
    return host.includes('.') ? shortHost(host) : `${host}.${namespace}`
  })
}

function takenPlace(object: Rendered, place: SignInPlace): readonly Finding[] {
  const route = routesOf(object).find((one) => {
    const to = destinationsOf(one, object)
    const isOwn = to.length > 0 && to.every((host) => host === place.owner)
    return !isOwn && takes(one, place)
  })
  if (route === undefined) return []
  const [to] = destinationsOf(route, object)
  return [
    warning(object, {
      what: `takes "${place.path}" at a gateway that asks Attaché, and leads ${to === undefined ? 'it elsewhere' : `it to ${to}`}`,
      effect:
        'people are sent there to sign in: whoever runs it can show them a form of their own, and learn passwords and codes',
      fix: `remove that match, or let it lead to ${place.owner}.svc.cluster.local`,
    }),
  ]
}

/** The platform's own name, which a VirtualService takes as a whole from all that are for "*". */
function takenHosts(
  object: Rendered,
  {
    there,
    installation,
  }: { readonly there: readonly Rendered[]; readonly installation: Installation },
): readonly Finding[] {
  const { config, service } = installation
  const own = shortHost(serviceHost(service))
  const shared = there
    .filter((one) => routesOf(one).some((route) => destinationsOf(route, one).includes(own)))
    .flatMap(hostsOf)
  const platform = (config.signIn?.externalURLs ?? []).map(({ hostname }) => hostname)
  return hostsOf(object)
    .filter((host) => host !== '*' && !shared.includes(host))
    .filter((host) => platform.some((name) => isUnder(name, host)))
    .map((host) =>
      warning(object, {
        what: `takes the host "${host}", which no VirtualService that leads to Attaché has`,
        effect:
          'Envoy sends every request for that host by it alone: sign-in and all applications whose VirtualServices are for "*" are gone there, and what they would get goes to it',
        fix: 'set hosts: ["*"], or let the VirtualServices of Attaché and of all applications have that host',
      }),
    )
}

function hostsOf({ value }: Rendered): readonly string[] {
  return textsAt(value, 'spec', 'hosts')
}

function isUnder(name: string, host: string): boolean {
  return host.startsWith('*.') ? name.endsWith(host.slice(1)) : host === name
}

function writtenHeaders(object: Rendered, { config }: Installation): readonly Finding[] {
  const places = routesOf(object).flatMap((route) => [route, ...listAt(route, 'route')])
  const names = places.flatMap((place) => [
    ...entriesAt(place, 'headers', 'request', 'set').map(([name]) => name),
    ...entriesAt(place, 'headers', 'request', 'add').map(([name]) => name),
    ...textsAt(place, 'headers', 'request', 'remove'),
  ])
  const found = [...new Set(names)].filter((name) => saysWhoTheUserIs(name, config))
  if (found.length === 0) return []
  return [
    warning(object, {
      what: `writes or removes ${found.map((name) => `"${name}"`).join(', ')} behind the check`,
      effect: 'upstreams read who the user is there, and not in what Attaché has said',
      fix: 'remove it from "headers"',
    }),
  ]
}
