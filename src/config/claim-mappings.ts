import { bothFault, type EntryContext } from './claim-rules.ts'
import { type Compiled, compileExpression } from './expressions.ts'
import { extraKeyFault } from './extra-key.ts'
import type { RawMapping } from './schema/authentication.ts'
import type { Computed, IssuerConfig, PrefixedClaim } from './types.ts'
import { childPath } from './yaml-tree.ts'

type ClaimMappings = IssuerConfig['claimMappings']

/** `claimMappings`; a stand-in where it is faulty, which is reported. */
export function buildMappings(
  context: EntryContext,
  raw: RawMapping,
  /** Those of the claim validation rules that compile. */
  rules: readonly Compiled[],
): ClaimMappings {
  const { document } = context
  const base = childPath(context.path, 'claimMappings')
  const path = childPath(base, 'username')
  const { claim = '', expression = '' } = raw.username ?? {}
  if (claim === '' && expression === '') document.report(path, 'must have claim or expression')
  const username = buildPrefixed(context, path, raw.username ?? {})
  const groups = buildPrefixed(context, childPath(base, 'groups'), raw.groups ?? {})
  const uid = buildUid(context, childPath(base, 'uid'), raw.uid ?? {})
  const extra = buildExtra(context, childPath(base, 'extra'), raw.extra ?? [])
  const verifying = [...rules, ...extra.map(({ value }) => value)]
  reportEmail(context, childPath(path, 'expression'), { username: username?.compiled, verifying })
  return {
    username: username?.mapping ?? { claim: '', prefix: '' },
    groups: groups?.mapping,
    uid,
    extra: extra.map(({ key, value }) => ({ key, valueExpression: value.expression })),
  }
}

interface Prefixed {
  readonly mapping: PrefixedClaim | Computed
  /** Without a fault at all. */
  readonly compiled: Compiled | undefined
}

function buildPrefixed(
  context: EntryContext,
  path: string,
  { claim = '', prefix, expression = '' }: NonNullable<RawMapping['username']>,
): Prefixed | undefined {
  const { document } = context
  if (claim !== '' && expression !== '') return reported(context, path, bothFault)
  const place = childPath(path, 'prefix')
  if (expression !== '') {
    if (prefix !== undefined) document.report(place, 'must not stand beside expression')
    const compiled = compile(context, childPath(path, 'expression'), expression)
    if (compiled === undefined) return undefined
    const { expression: program } = compiled
    return {
      mapping: { expression: program },
      compiled: prefix === undefined ? compiled : undefined,
    }
  }
  // A lone prefix counts for nothing, as in kube-apiserver.
  if (claim === '') return undefined
  if (prefix === undefined) document.report(place, 'must stand beside claim; "" for none')
  return { mapping: { claim, prefix: prefix ?? '' }, compiled: undefined }
}

function buildUid(
  context: EntryContext,
  path: string,
  { claim = '', expression = '' }: NonNullable<RawMapping['uid']>,
): ClaimMappings['uid'] {
  if (claim !== '' && expression !== '') return reported(context, path, bothFault)
  if (claim !== '') return { claim }
  if (expression === '') return undefined
  const compiled = compile(context, childPath(path, 'expression'), expression)
  return compiled && { expression: compiled.expression }
}

interface Extra {
  readonly key: string
  readonly value: Compiled
}

function buildExtra(
  context: EntryContext,
  path: string,
  raw: NonNullable<RawMapping['extra']>,
): readonly Extra[] {
  const { document } = context
  const seen = new Set<string>()
  return raw.flatMap(({ key = '', valueExpression = '' }, index) => {
    const at = childPath(path, index)
    const place = childPath(at, 'key')
    const repeated = seen.has(key)
    const fault = extraKeyFault(key) ?? (repeated ? 'must not be named twice' : undefined)
    if (fault !== undefined) document.report(place, `${fault}${document.got(place, key)}`)
    seen.add(key)
    const expressionPath = childPath(at, 'valueExpression')
    if (valueExpression === '') document.report(expressionPath, 'is missing')
    if (valueExpression === '' || repeated) return []
    const value = compile(context, expressionPath, valueExpression)
    return value === undefined ? [] : [{ key, value }]
  })
}

/**
 * Who takes the user name from the e-mail has to look at whether it is verified: as kube-apiserver has
 * it, anywhere in this expression, an extra's or a claim validation rule's.
 */
function reportEmail(
  { document }: EntryContext,
  path: string,
  {
    username,
    verifying,
  }: { readonly username: Compiled | undefined; readonly verifying: readonly Compiled[] },
): void {
  if (username?.selectsClaim('email') !== true) return
  if ([username, ...verifying].some(({ selectsClaim }) => selectsClaim('email_verified'))) return
  document.report(
    path,
    'uses claims.email, so claims.email_verified must be used too: here, in an expression of claimValidationRules, such as claims.?email_verified.orValue(true) == true, or in a valueExpression of extra',
  )
}

function compile(
  { document, compilers }: EntryContext,
  path: string,
  source: string,
): Compiled | undefined {
  return compileExpression(document, { path, source, compile: compilers.claims, result: 'any' })
}

function reported({ document }: EntryContext, path: string, fault: string): undefined {
  document.report(path, fault)
}
