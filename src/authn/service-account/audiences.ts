import { readUnverified } from '../jwt/prove-jwt.ts'
import { stringOrList } from '../jwt/registered-claims.ts'

/** Whom a ServiceAccount's token may be meant for. */
export interface AcceptedAudiences {
  readonly named: readonly string[]
  /** Also the API server itself, whatever it calls itself in this cluster. */
  readonly ofApiServer: boolean
}

/** What stands for the API server's own audiences, which no two kinds of cluster spell alike. */
const ofApiServer = 'default'

/** Reads `serviceAccounts.audiences`; undefined: those of the API server alone. */
export function acceptedAudiences(configured: readonly string[] | undefined): AcceptedAudiences {
  if (configured === undefined) return { named: [], ofApiServer: true }
  return {
    named: configured.filter((name) => name !== ofApiServer),
    ofApiServer: configured.includes(ofApiServer),
  }
}

/**
 * What to ask the API server about a token: named audiences, or with undefined its own, as one review
 * cannot ask for both. The token's own word decides, which nobody vouches for: whichever it is, only
 * the API server can answer it with a yes.
 */
export function audiencesToReview(
  token: string,
  { named, ofApiServer: mayBeDefault }: AcceptedAudiences,
): readonly string[] | undefined {
  if (!mayBeDefault) return named
  const claimed = stringOrList(readUnverified(token)?.claims.value['aud']) ?? []
  return claimed.some((name) => named.includes(name)) ? named : undefined
}
