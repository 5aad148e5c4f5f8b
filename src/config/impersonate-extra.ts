import { formatType } from '../cel/check/type-relations.ts'
import type { CelType } from '../cel/type.ts'
import { extraValues } from '../headers/configured-extra.ts'
import { isOriginalUserKey } from '../headers/original-user.ts'
import { isSayable } from '../headers/values.ts'
import { capturedNames } from './captures.ts'
import type { Document } from './document.ts'
import { type Compile, type CompileCondition, compileExpression } from './expressions.ts'
import { extraKeyFault } from './extra-key.ts'
import type { ImpersonateExtra, RouteConfig } from './types.ts'
import { childPath } from './yaml-tree.ts'

const path = 'impersonate.extra'

/** Each is evaluated for each request. */
const maxExtras = 32

/**
 * `impersonate.extra`. Its expressions see what a route's `when` sees; of captures those that every route
 * with `identity: impersonate` has, as they are for all of these.
 */
export function buildImpersonateExtra(
  document: Document,
  raw: Readonly<Record<string, string>>,
  {
    impersonating,
    compile,
  }: { readonly impersonating: readonly RouteConfig[]; readonly compile: CompileCondition },
): readonly ImpersonateExtra[] {
  const entries = Object.entries(raw)
  if (entries.length > maxExtras) {
    document.report(path, `must have ${maxExtras} keys at most, but has ${entries.length}`)
  }
  if (entries.length > 0 && impersonating.length === 0 && document.usable('routes')) {
    document.report(path, 'has no use: no route has identity: impersonate. Remove it', {
      at: 'key',
    })
  }
  const compileHere = compile(commonCaptures(impersonating))
  return entries.flatMap(([key, source]) => {
    const place = childPath(path, key)
    const fault = keyFault(key)
    if (fault !== undefined) {
      document.report(place, `${fault}${document.got(place, key)}`, { at: 'key' })
    }
    return buildOne(document, { key, source, place, compile: compileHere })
  })
}

function buildOne(
  document: Document,
  at: { readonly key: string; readonly source: string; place: string; compile: Compile },
): readonly ImpersonateExtra[] {
  const { key, source, place, compile } = at
  const compiled = compileExpression(document, { path: place, source, compile, result: 'any' })
  if (compiled === undefined) return []
  const { type, expression } = compiled
  if (!isStrings(type)) {
    document.report(
      place,
      `must be of type string or list(string), but is ${formatType(type)}: write text in quotes of its own, as in "'text'", and string(…) around a value of another type`,
    )
    return []
  }
  // What needs no variable is the same for every request: without them it would be an error.
  const constant = extraValues(expression.evaluate({}))
  if (constant?.every(isSayable) === false) {
    document.report(place, 'fits no header: it has a control character or a blank at an edge')
  }
  return [{ key, expression, constant }]
}

function isStrings(type: CelType): boolean {
  return type.kind === 'string' || (type.kind === 'list' && type.element.kind === 'string')
}

/** Without a domain: as kube-oidc-proxy's flags are used, and plain impersonation takes them. */
const plainKey = /^[a-z0-9](?:[-_.a-z0-9]*[a-z0-9])?$/

function keyFault(key: string): string | undefined {
  if (isOriginalUserKey(key)) {
    return 'must not be a key that names the original user of kubectl --as: see impersonate.originalUserExtra'
  }
  if (key !== '' && !key.includes('/')) {
    return plainKey.test(key)
      ? undefined
      : 'must be a domain, "/" and a path, or a name of lower-case letters, digits, "-", "_" and "."'
  }
  return extraKeyFault(key)
}

function commonCaptures(routes: readonly RouteConfig[]): readonly string[] {
  const [first, ...others] = routes.map(({ match }) => capturedNames(match))
  return [...(first ?? [])].filter((name) => others.every((names) => names.has(name)))
}
