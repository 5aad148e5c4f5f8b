import type { CallExpr, Expr, ExprId } from '../expr.ts'
import type { FunctionDeclaration, Overload } from '../library.ts'
import { boolType, type CelType, dynType } from '../type.ts'
import type { CheckContext, Typed } from './context.ts'
import { qualifiedName } from './qualified-name.ts'
import { checkOptionalSelect } from './selections.ts'
import { formatType, isDyn, isSameType, mapParts } from './type-relations.ts'

/** A function, a method, or the function of a namespace, which is written like a method. */
export function checkCall(expr: CallExpr, context: CheckContext): Typed {
  if (expr.function === '_?._') return checkOptionalSelect(expr, context)
  const args = expr.args.map((arg) => context.check(arg))
  const checkedArgs = args.map((arg) => arg.expr)
  if (expr.target === undefined) {
    const declaration = context.scope().findFunction(expr.function)
    const name = declaration?.name ?? expr.function
    const call = { ...expr, function: name, args: checkedArgs }
    return { expr: call, type: callType(context, { id: expr.id, name, declaration, args }) }
  }
  const declaration = namespacedFunction(expr.target, expr.function, context)
  if (declaration !== undefined) {
    const { name } = declaration
    const call = { ...expr, function: name, target: undefined, args: checkedArgs }
    return { expr: call, type: callType(context, { id: expr.id, name, declaration, args }) }
  }
  const target = context.check(expr.target)
  const name = expr.function
  const type = callType(context, {
    id: expr.id,
    name,
    declaration: context.scope().findFunction(name),
    target,
    args,
  })
  return { expr: { ...expr, target: target.expr, args: checkedArgs }, type }
}

function namespacedFunction(
  target: Expr,
  name: string,
  context: CheckContext,
): FunctionDeclaration | undefined {
  const namespace = qualifiedName(target)
  return namespace === undefined ? undefined : context.scope().findFunction(`${namespace}.${name}`)
}

interface Call {
  readonly id: ExprId
  readonly name: string
  readonly declaration: FunctionDeclaration | undefined
  readonly target?: Typed
  readonly args: readonly Typed[]
}

function callType(context: CheckContext, call: Call): CelType {
  const { id, name, declaration, target, args } = call
  if (declaration === undefined) {
    return context.refuse(id, `Cannot find function ${JSON.stringify(name)}`)
  }
  if (name === '_&&_' || name === '_||_') return logicType(context, { ...call, declaration })
  const types = [...(target === undefined ? [] : [target]), ...args].map(({ type }) => type)
  const isMember = target !== undefined
  const candidates = declaration.overloads.filter((overload) => overload.isMember === isMember)
  const matching: Overload[] = []
  let result: CelType | undefined
  for (const overload of candidates) {
    const overloadResult = resultType(context, { overload, types })
    if (overloadResult === undefined) continue
    matching.push(overload)
    result = joinResults(result, overloadResult)
  }
  if (result === undefined)
    return context.refuse(id, noOverload(context, { name, types, isMember }))
  context.noteOverloads(id, matching)
  return result
}

/** The result of an overload, or undefined when it does not take these arguments. */
function resultType(
  { substitutions }: CheckContext,
  { overload, types }: { overload: Overload; types: readonly CelType[] },
): CelType | undefined {
  const parameters = new Map<string, CelType>()
  const instantiate = (type: CelType): CelType => {
    if (type.kind !== 'parameter') return mapParts(type, instantiate)
    const fresh = parameters.get(type.name) ?? substitutions.fresh()
    parameters.set(type.name, fresh)
    return fresh
  }
  if (!substitutions.isAssignable(types, overload.parameters.map(instantiate))) return undefined
  return substitutions.resolve(instantiate(overload.result))
}

/** Where several overloads apply and their results differ, only the values can say. */
function joinResults(previous: CelType | undefined, next: CelType): CelType {
  if (previous === undefined) return next
  return isDyn(previous) || isSameType(previous, next) ? previous : dynType
}

function logicType(
  context: CheckContext,
  { id, args, declaration }: Call & { declaration: FunctionDeclaration },
): CelType {
  const { substitutions, refuse } = context
  let isBool = true
  for (const { expr, type } of args) {
    if (substitutions.isAssignable([type], [boolType])) continue
    refuse(expr.id, `Cannot use ${formatType(type)} here: the type must be bool`)
    isBool = false
  }
  context.noteOverloads(id, declaration.overloads)
  return isBool ? boolType : { kind: 'error' }
}

function noOverload(
  { substitutions }: CheckContext,
  { name, types, isMember }: { name: string; types: readonly CelType[]; isMember: boolean },
): string {
  const [first = '', ...rest] = types.map((type) => formatType(substitutions.resolveToDyn(type)))
  const operator = operatorOf(name)
  if (operator !== undefined) {
    return `Cannot apply ${operator} to ${[first, ...rest].join(', ')}: it does not take these types`
  }
  const signature = isMember
    ? `${first}.${name}(${rest.join(', ')})`
    : `${name}(${[first, ...rest].join(', ')})`
  return `Cannot call ${signature}: ${JSON.stringify(name)} does not take these types`
}

/** An operator as it is written, for its name in the tree: `in` for `@in`, `?:` for `_?_:_`; in quotes. */
function operatorOf(name: string): string | undefined {
  return /[^\w.]/.test(name) ? JSON.stringify(name.replaceAll(/[_@]/g, '')) : undefined
}
