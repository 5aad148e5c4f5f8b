import type { IssuerConfig } from '../../config/types.ts'
import type { CountCallTo } from '../../outgoing-call.ts'
import { createJwtVerifier } from '../jwt/jwt.ts'
import { tokenUnion } from '../token-union.ts'
import { createIssuer, type IssuerOptions, type Issuers, type TrustedIssuer } from './issuer.ts'

/** Issuers that a later configuration can take over from. */
export interface ReloadableIssuers extends Issuers {
  readonly get: (url: string) => TrustedIssuer | undefined
  /** Closes those that `successor`, which is in force now, does not use; the others are its own. */
  readonly retire: (successor: ReloadableIssuers) => Promise<void>
}

export interface IssuersOptions extends Omit<IssuerOptions, 'onCall'> {
  /** The issuers before a reload: one whose configuration is equal keeps its keys, also while it is away. */
  readonly previous?: ReloadableIssuers | undefined
  /** Told about each request, with the URL of the issuer that is configured. */
  readonly onCall?: CountCallTo | undefined
}

/** All trusted issuers. What was verified before a reload is verified again after it. */
export function createIssuers(
  configs: readonly IssuerConfig[],
  options: IssuersOptions,
): ReloadableIssuers {
  const { onCall } = options
  const open = (config: IssuerConfig) =>
    createIssuer(config, {
      ...options,
      onCall: (result, details) => onCall?.(config.url, result, details),
    })
  const issuers = new Map<string, TrustedIssuer>()
  for (const config of configs) {
    const before = options.previous?.get(config.url)
    const same = before !== undefined && isSame(before.config, config) ? before : undefined
    issuers.set(config.url, same ?? open(config))
  }
  const verifiers = new Map(
    [...issuers].map(([url, issuer]) => [url, createJwtVerifier(issuer, options)]),
  )
  const all: readonly TrustedIssuer[] = [...issuers.values()]
  const owned = [...all]
  const verifyToken = tokenUnion(verifiers)

  return {
    verifyToken,
    get: (url) => issuers.get(url),
    missing: () => all.filter(({ keySet }) => keySet.isMissing()).map(({ config }) => config.url),
    retire: (successor) =>
      closeAll(owned.splice(0).filter((issuer) => successor.get(issuer.config.url) !== issuer)),
    close: () => closeAll(owned.splice(0)),
  }
}

/** Of an expression JSON keeps the source, and that is all that makes it. */
function isSame(a: IssuerConfig, b: IssuerConfig): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

async function closeAll(issuers: readonly TrustedIssuer[]): Promise<void> {
  await Promise.all(issuers.map((issuer) => issuer.close()))
}
