import { isDeepStrictEqual } from 'node:util'
import type { IssuerConfig } from '../config/types.ts'
import { createIssuer, type IssuerOptions, type Issuers, type TrustedIssuer } from './issuer.ts'
import { createJwtVerifier } from './jwt.ts'
import { cacheTokens } from './token-cache.ts'
import { tokenUnion } from './token-union.ts'

/** Issuers that a later configuration can take over from. */
export interface ReloadableIssuers extends Issuers {
  readonly get: (url: string) => TrustedIssuer | undefined
  /**
   * Gives away the issuers whose configuration is among `configs`, and closes the others. From then on
   * `close` has nothing to do; what is under way still comes to its end.
   */
  readonly handOver: (configs: readonly IssuerConfig[]) => readonly TrustedIssuer[]
}

export interface IssuersOptions extends IssuerOptions {
  /** The issuers before a reload: one whose configuration is equal keeps its keys, also while it is away. */
  readonly previous?: ReloadableIssuers | undefined
}

/** All trusted issuers. What was verified before a reload is verified again after it. */
export function createIssuers(
  configs: readonly IssuerConfig[],
  options: IssuersOptions,
): ReloadableIssuers {
  const kept = options.previous?.handOver(configs) ?? []
  const issuers = new Map<string, TrustedIssuer>()
  for (const config of configs) {
    const same = kept.find((issuer) => isDeepStrictEqual(issuer.config, config))
    issuers.set(config.url, same ?? createIssuer(config, options))
  }
  const verifiers = new Map(
    [...issuers].map(([url, issuer]) => [url, createJwtVerifier(issuer, options.now)]),
  )
  let owned = [...issuers.values()]

  return {
    authenticateToken: cacheTokens(tokenUnion(verifiers), { now: options.now }),
    get: (url) => issuers.get(url),
    missing: () =>
      [...issuers.values()]
        .filter(({ keySet }) => keySet.isMissing())
        .map(({ config }) => config.url),
    handOver: (next) => {
      const isKept = (issuer: TrustedIssuer) =>
        next.some((config) => isDeepStrictEqual(issuer.config, config))
      const given = owned.filter(isKept)
      const closing = closeAll(owned.filter((issuer) => !isKept(issuer)))
      closing.catch((err: unknown) => options.log.warn({ err }, 'an issuer was not closed'))
      owned = []
      return given
    },
    close: () => closeAll(owned.splice(0)),
  }
}

async function closeAll(issuers: readonly TrustedIssuer[]): Promise<void> {
  await Promise.all(issuers.map((issuer) => issuer.close()))
}
