import type { Config } from '../config/types.ts'
import type { Manifest } from './manifest.ts'
import type { ManifestOptions } from './options.ts'
import { named, type Standing } from './place.ts'
import { jwksPath, portOf, providerName, serviceHost } from './provider.ts'
import { pathsWithoutToken } from './without-token.ts'

/** The policies at one place: who is asked, and what is made of the token that Attaché adds. */
export function policies(
  config: Config,
  { standing, options }: { readonly standing: Standing; readonly options: ManifestOptions },
): readonly Manifest[] {
  const { identityToken } = config
  if (identityToken === undefined) return [custom(standing, options)]
  return [
    custom(standing, options),
    requestAuthentication(config, { standing, options, identityToken }),
    ...requireToken(config, { standing, options }),
  ]
}

function custom(standing: Standing, { transport, uncheckedPaths }: ManifestOptions): Manifest {
  const all =
    "Every request is checked, those with a token too: what is public, Attaché's own routes say, and only what it has seen is free of a client's identity headers."
  const but = `Every request is checked but those to paths of a CDN: they go upstream without anybody's identity, and to whatever answers there. Name files alone, never a page: an upstream may take a request without a user for its administrator's.`
  return {
    why: uncheckedPaths.length === 0 ? all : but,
    object: {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: named(standing),
      spec: {
        ...standing.attachment,
        action: 'CUSTOM',
        provider: { name: providerName(transport) },
        rules:
          uncheckedPaths.length === 0
            ? [{}]
            : [{ to: [{ operation: { notPaths: uncheckedPaths } }] }],
      },
    },
  }
}

function requestAuthentication(
  { listen, routes, issuers }: Config,
  {
    standing,
    options,
    identityToken,
  }: {
    readonly standing: Standing
    readonly options: ManifestOptions
    readonly identityToken: NonNullable<Config['identityToken']>
  },
): Manifest {
  const audiences = [identityToken.audience, ...routes.map(({ audience }) => audience)]
  const own = {
    issuer: identityToken.issuer,
    audiences: [...new Set(audiences.filter((audience) => audience !== undefined))],
    jwksUri: `http://${serviceHost(options.service)}:${portOf(listen, 'pages')}${jwksPath}`,
  }
  const sendsTokens = routes.some(
    ({ authorization, identity }) => authorization === 'token' || identity === 'forward',
  )
  const others = sendsTokens
    ? issuers.map(({ url, audiences: of }) => ({ issuer: url, audiences: of }))
    : []
  const otherWhy =
    ' Tokens of the other issuers go on as they came on some routes, and a token of an issuer that is not listed would be refused.'
  return {
    why: `The token that Attaché adds to an allowed request becomes request.auth of Istio's policies: one issuer, whoever has signed in and however.${sendsTokens ? otherWhy : ''} It stays on the request for policies at the upstream. Never outputClaimToHeaders for a name that Attaché sets: Istio would first remove the header.`,
    object: {
      apiVersion: 'security.istio.io/v1',
      kind: 'RequestAuthentication',
      metadata: named(standing),
      spec: { ...standing.attachment, jwtRules: [own, ...others].map(jwtRule) },
    },
  }
}

function jwtRule(issuer: object): object {
  return {
    ...issuer,
    forwardOriginalToken: true,
    // Istio's default reads a query parameter too, in which nobody but a client can have put a token.
    fromHeaders: [{ name: 'Authorization', prefix: 'Bearer ' }],
  }
}

function requireToken(
  config: Config,
  { standing, options }: { readonly standing: Standing; readonly options: ManifestOptions },
): readonly Manifest[] {
  const paths = pathsWithoutToken(config)
  if (paths === undefined) return []
  const notPaths = [...paths, ...options.uncheckedPaths]
  return [
    {
      why: "The second lock: should somebody take the CUSTOM policy away, nothing passes without a token of Attaché's, as an upstream may take a request without a user for its administrator's.",
      object: {
        apiVersion: 'security.istio.io/v1',
        kind: 'AuthorizationPolicy',
        metadata: named(standing, 'require-token'),
        spec: {
          ...standing.attachment,
          action: 'DENY',
          rules: [
            {
              from: [{ source: { notRequestPrincipals: ['*'] } }],
              ...(notPaths.length === 0 ? {} : { to: [{ operation: { notPaths } }] }),
            },
          ],
        },
      },
    },
  ]
}
