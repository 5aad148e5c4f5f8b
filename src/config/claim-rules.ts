import type { Reporter } from './document.ts'
import { type Compiled, type Compilers, compileExpression } from './expressions.ts'
import type { RawJwt } from './schema/authentication.ts'
import type { ClaimValidationRule, ValidationRule } from './types.ts'
import { childPath } from './yaml-tree.ts'

/** One entry of `jwt` being checked. */
export interface EntryContext {
  readonly document: Reporter
  /** `jwt[0]`. */
  readonly path: string
  readonly compilers: Compilers
}

/** The rules, those that are faulty left out, and their expressions for the rule about e-mail. */
export interface ClaimRules {
  readonly rules: readonly ClaimValidationRule[]
  readonly compiled: readonly Compiled[]
}

type RawClaimRule = NonNullable<RawJwt['claimValidationRules']>[number]

/** `claimValidationRules`: each names a claim and its value, or has an expression, which is true. */
export function buildClaimRules(
  { document, path, compilers }: EntryContext,
  raw: readonly RawClaimRule[],
): ClaimRules {
  const base = childPath(path, 'claimValidationRules')
  const claims = distinct(document)
  const expressions = distinct(document)
  const compiled: Compiled[] = []
  const rules = raw.flatMap((rule, index): ClaimValidationRule[] => {
    const at = childPath(base, index)
    const { claim = '', requiredValue = '', expression = '', message = '' } = rule
    if ((claim === '') === (expression === '')) {
      document.report(at, claim === '' ? 'must have claim or expression' : bothFault)
      return []
    }
    if (claim !== '') {
      if (message !== '') document.report(childPath(at, 'message'), 'must not stand beside claim')
      claims(childPath(at, 'claim'), claim)
      return [{ claim, requiredValue }]
    }
    if (requiredValue !== '') {
      document.report(childPath(at, 'requiredValue'), 'must not stand beside expression')
    }
    const place = childPath(at, 'expression')
    if (!expressions(place, expression)) return []
    const program = compileExpression(document, {
      path: place,
      source: expression,
      compile: compilers.claims,
      result: 'bool',
    })
    if (program === undefined) return []
    compiled.push(program)
    return [{ expression: program.expression, message }]
  })
  return { rules, compiled }
}

/** Said where `claim` and `expression` stand side by side. */
export const bothFault = 'must have claim or expression, not both'

/** `userValidationRules`: expressions about the user, which are true. */
export function buildUserRules(
  { document, path, compilers }: EntryContext,
  raw: NonNullable<RawJwt['userValidationRules']>,
): readonly ValidationRule[] {
  const base = childPath(path, 'userValidationRules')
  const isNew = distinct(document)
  return raw.flatMap(({ expression: source = '', message = '' }, index) => {
    const place = childPath(childPath(base, index), 'expression')
    if (source === '') document.report(place, 'is missing')
    if (source === '' || !isNew(place, source)) return []
    const program = compileExpression(document, {
      path: place,
      source,
      compile: compilers.user,
      result: 'bool',
    })
    return program === undefined ? [] : [{ expression: program.expression, message }]
  })
}

/** Reports what is named a second time, and says whether it is new. */
function distinct(document: Reporter): (path: string, text: string) => boolean {
  const seen = new Set<string>()
  return (path, text) => {
    const isNew = !seen.has(text)
    if (!isNew) document.report(path, `must not be named twice${document.got(path, text)}`)
    seen.add(text)
    return isNew
  }
}
