import type { Document } from './document.ts'
import type { RawJwt, RawMapping } from './schema/authentication.ts'
import type { IssuerConfig } from './types.ts'
import { childPath } from './yaml-tree.ts'

type RawRules = NonNullable<RawJwt['claimValidationRules']>

/** `claimValidationRules`; those with an `expression` are refused by `not-yet.ts`. */
export function buildRules(
  document: Document,
  path: string,
  raw: RawRules,
): IssuerConfig['claimValidationRules'] {
  const seen = new Set<string>()
  const base = childPath(path, 'claimValidationRules')
  return raw.flatMap(({ claim = '', requiredValue = '', expression = '', message = '' }, index) => {
    const at = childPath(base, index)
    if (claim !== '' && expression !== '') {
      document.report(at, 'must have claim or expression, not both')
    } else if (claim === '' && expression === '') {
      document.report(at, 'must have claim or expression')
    } else if (expression !== '') {
      if (requiredValue !== '')
        document.report(childPath(at, 'requiredValue'), 'must not stand beside expression')
      return []
    }
    if (message !== '') document.report(childPath(at, 'message'), 'must not stand beside claim')
    if (claim !== '' && seen.has(claim)) {
      const place = childPath(at, 'claim')
      document.report(place, `must not be named twice${document.got(place, claim)}`)
    }
    seen.add(claim)
    return [{ claim, requiredValue }]
  })
}

/** `claimMappings` and what stands with it; expressions are refused by `not-yet.ts`. */
export function buildMappings(
  document: Document,
  path: string,
  raw: RawMapping,
): IssuerConfig['claimMappings'] {
  const base = childPath(path, 'claimMappings')
  const { username = {}, groups = {}, uid = {}, extra = [] } = raw
  const at = childPath(base, 'username')
  if ((username.claim ?? '') === '' && (username.expression ?? '') === '') {
    document.report(at, 'must have claim or expression')
  }
  reportPrefixed(document, at, username)
  reportPrefixed(document, childPath(base, 'groups'), groups)
  if ((uid.claim ?? '') !== '' && (uid.expression ?? '') !== '') {
    document.report(childPath(base, 'uid'), 'must have claim or expression, not both')
  }
  reportExtra(document, childPath(base, 'extra'), extra)
  return {
    username: { claim: username.claim ?? '', prefix: username.prefix ?? '' },
    groups:
      (groups.claim ?? '') === ''
        ? undefined
        : { claim: groups.claim ?? '', prefix: groups.prefix ?? '' },
    uid: (uid.claim ?? '') === '' ? undefined : { claim: uid.claim ?? '' },
    extra: [],
  }
}

function reportPrefixed(
  document: Document,
  path: string,
  { claim = '', prefix, expression = '' }: NonNullable<RawMapping['username']>,
): void {
  if (claim !== '' && expression !== '') {
    document.report(path, 'must have claim or expression, not both')
  }
  if (expression !== '' && prefix !== undefined) {
    document.report(childPath(path, 'prefix'), 'must not stand beside expression')
  }
  if (claim !== '' && expression === '' && prefix === undefined) {
    document.report(childPath(path, 'prefix'), 'must stand beside claim; "" for none')
  }
}

/** RFC 1123 subdomain, "/", and a path; as kube-apiserver has it. */
const extraKey = /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/

function reportExtra(
  document: Document,
  path: string,
  extra: NonNullable<RawMapping['extra']>,
): void {
  const seen = new Set<string>()
  for (const [index, { key = '', valueExpression = '' }] of extra.entries()) {
    const at = childPath(path, index)
    const place = childPath(at, 'key')
    const fault = extraKeyFault(key, seen)
    if (fault !== undefined) document.report(place, `${fault}${document.got(place, key)}`)
    if (valueExpression === '') document.report(childPath(at, 'valueExpression'), 'is missing')
    seen.add(key)
  }
}

function extraKeyFault(key: string, seen: ReadonlySet<string>): string | undefined {
  const domain = extraKey.exec(key)?.[1]
  if (domain === undefined) return 'must be a domain, "/" and a path'
  if (key !== key.toLowerCase()) return 'must be lower-case'
  if (/(?:^|\.)(?:kubernetes|k8s)\.io$/.test(domain)) return 'must not be a domain of Kubernetes'
  return seen.has(key) ? 'must not be named twice' : undefined
}

/** `userValidationRules`; their expressions are refused by `not-yet.ts`. */
export function reportUserRules(
  document: Document,
  path: string,
  rules: NonNullable<RawJwt['userValidationRules']>,
): void {
  for (const [index, { expression = '' }] of rules.entries()) {
    if (expression !== '') continue
    const at = childPath(childPath(path, 'userValidationRules'), index)
    document.report(childPath(at, 'expression'), 'is missing')
  }
}
