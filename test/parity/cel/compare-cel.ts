import type { Environment, Variables } from '../../../src/cel/environment.ts'
import {
  createClaimsEnvironment,
  createUserEnvironment,
} from '../../../src/cel/kubernetes/environment.ts'
import { lazyClaims, userInfo } from '../../../src/cel/kubernetes.ts'
import { isCelError } from '../../../src/cel/value.ts'
import { parseObject } from '../../../src/json/go-json.ts'
import type { Comparison } from '../differences.ts'
import type { CelAnswer, Oracle } from '../oracle.ts'
import { type CelCases, commonClaims } from './cases/cel-cases.ts'
import { commonUser } from './cases/user.ts'
import { normalise, tagValue, typeText } from './tag-value.ts'

/** Asks both what each expression comes to, its type and cost included. */
export type CompareCel = (cases: CelCases) => Promise<Comparison[]>

/** What we say of an expression. */
interface OurAnswer {
  readonly said: string
  readonly cost: number | undefined
}

export function createCelComparer(oracle: Oracle): CompareCel {
  const environments = { claims: createClaimsEnvironment(), user: createUserEnvironment() }
  return async ({ about, env = 'claims', claims = commonClaims, expressions }) => {
    const variables = (): Variables =>
      env === 'user' ? { user: ourUser() } : { claims: lazyClaims(claimsOf(claims)) }
    const comparisons = await Promise.all(
      expressions.map(async (expression) => {
        const question = { op: 'cel', env, expression, claims, user: commonUser } as const
        const theirs = await oracle.ask(question)
        const ours = answer(environments[env], expression, variables)
        const name = `${about}: ${shortened(expression)}`
        const both: Comparison[] = [{ name, kube: sayTheirs(theirs), ours: ours.said }]
        if (theirs.ok && ours.cost !== undefined) {
          both.push({ name: `cost of ${name}`, kube: `${theirs.cost}`, ours: `${ours.cost}` })
        }
        return both
      }),
    )
    return comparisons.flat()
  }
}

function answer(
  environment: Environment,
  expression: string,
  variables: () => Variables,
): OurAnswer {
  try {
    const program = environment.compile(expression)
    if (program.kind === 'faults') return { said: 'does not compile', cost: undefined }
    const type = typeText(program.type)
    const { result, cost } = program.measure(variables())
    if (isCelError(result)) return { said: `fails; ${type}`, cost: undefined }
    return { said: `${JSON.stringify(tagValue(result))} ${type}`, cost }
  } catch (error) {
    return { said: `throws: ${String(error)}`, cost: undefined }
  }
}

/** kube-apiserver ends when its checker panics, which refuses the file as well. */
function sayTheirs(answered: CelAnswer): string {
  if (!answered.compiled) return 'does not compile'
  if (!answered.ok) return `fails; ${answered.type}`
  return `${JSON.stringify(normalise(answered.value))} ${answered.type}`
}

function ourUser(): ReturnType<typeof userInfo> {
  const { username, uid, groups, extra } = commonUser
  return userInfo({ name: username, uid, groups, extra: new Map(Object.entries(extra)) })
}

function claimsOf(text: string): Readonly<Record<string, unknown>> {
  const claims = parseObject(text)
  if (claims === undefined) throw new TypeError(`Cannot read the claims of a table: ${text}`)
  return claims.value
}

function shortened(expression: string): string {
  return expression.length <= 200
    ? expression
    : `${expression.slice(0, 160)}… (${expression.length})`
}
