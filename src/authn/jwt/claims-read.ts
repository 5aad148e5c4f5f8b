import type { Expr } from '../../cel/expr.ts'
import { childrenOf } from '../../cel/syntax/children.ts'
import { parse } from '../../cel/syntax/parse.ts'
import type { Expression, IssuerConfig } from '../../config/types.ts'
import type { Claims } from './claims.ts'

/** Characters of one claim that are shown. */
const maxShown = 200

/**
 * The claims that an issuer's mappings and rules read, with their values: what somebody who wonders about
 * an answer wants to see.
 */
export function describeClaimsRead(claims: Claims, config: IssuerConfig): string {
  const described = [...namesRead(config)].map((name) => {
    if (!Object.hasOwn(claims, name)) return `${name} is absent`
    const text = shown(claims[name])
    return `${name} = ${text.length > maxShown ? `${text.slice(0, maxShown)}…` : text}`
  })
  return described.length === 0 ? 'none is read' : described.join(', ')
}

function shown(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    // A claim may be nested deeper than JavaScript's stack.
    if (error instanceof RangeError) return 'something nested too deep to show'
    throw error
  }
}

function namesRead({ claimMappings, claimValidationRules }: IssuerConfig): ReadonlySet<string> {
  const { username, groups, uid, extra } = claimMappings
  const sources = [username, groups, uid, ...claimValidationRules]
  const names = new Set<string>()
  for (const source of sources) {
    if (source === undefined) continue
    if ('expression' in source) addSelected(names, source.expression)
    else names.add(source.claim)
    if ('claim' in source && source.claim === 'email') names.add('email_verified')
  }
  for (const { valueExpression } of extra) addSelected(names, valueExpression)
  return names
}

/** Every `claims.x`, `claims.?x` and `claims["x"]` of an expression. */
function addSelected(names: Set<string>, { source }: Expression): void {
  const parsed = parse(source)
  if ('root' in parsed) visit(parsed.root, names)
}

function visit(expr: Expr, names: Set<string>): void {
  const selected = selectedClaim(expr)
  if (selected !== undefined) names.add(selected)
  for (const child of childrenOf(expr)) visit(child, names)
}

function selectedClaim(expr: Expr): string | undefined {
  if (expr.kind === 'select') return isClaims(expr.operand) ? expr.field : undefined
  if (expr.kind !== 'call' || !['_?._', '_[_]', '_[?_]'].includes(expr.function)) return undefined
  const [operand, key] = expr.args
  if (operand === undefined || !isClaims(operand)) return undefined
  return key?.kind === 'constant' && key.constant.type === 'string' ? key.constant.value : undefined
}

function isClaims(expr: Expr): boolean {
  return expr.kind === 'identifier' && expr.name === 'claims'
}
