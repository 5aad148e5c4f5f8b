import { setTimeout as pause } from 'node:timers/promises'
import { createIssuers, type ReloadableIssuers } from '../../../src/authn/issuers.ts'
import { ConfigError, DependencyError } from '../../../src/errors.ts'
import { capturedLog } from '../../authn/issuer-fixtures.ts'
import { issuersOfFile } from '../../config/entry.ts'
import type { Comparison } from '../differences.ts'
import type { Oracle, OracleUser, TokenAnswer } from '../oracle.ts'

/** A token and the file that is in force. */
export interface TokenCase {
  readonly name: string
  readonly file: string
  readonly token: string
  /**
   * How often each may be asked before its answer counts. kube-apiserver refuses what it still has to
   * fetch something for. Default 1.
   */
  readonly attempts?: number
}

/** Asks both, and ends what was started for it. */
export interface TokenComparer {
  readonly compare: (cases: readonly TokenCase[]) => Promise<Comparison[]>
  readonly close: () => Promise<void>
}

export function createTokenComparer(oracle: Oracle): TokenComparer {
  const issuersByFile = new Map<string, ReloadableIssuers>()
  const issuersOf = (file: string): ReloadableIssuers => {
    const known = issuersByFile.get(file)
    if (known !== undefined) return known
    const made = createIssuers(issuersOfFile(file), { now: Date.now, log: capturedLog().log })
    issuersByFile.set(file, made)
    return made
  }
  const ours = async ({ file, token }: TokenCase): Promise<string> => {
    try {
      const outcome = await issuersOf(file).authenticateToken(token)
      if (outcome.kind === 'no-credential') return 'not mine'
      if (outcome.kind === 'rejected') return 'refused'
      const { name, uid, groups, extra } = outcome.user
      return sayUser({ username: name, uid, groups, extra: Object.fromEntries(extra) })
    } catch (error) {
      if (error instanceof ConfigError) return 'file refused'
      if (error instanceof DependencyError) return 'refused'
      throw error
    }
  }
  return {
    compare: async (cases) =>
      inTurn(cases, async (one) => ({
        name: one.name,
        kube: await settled(one, async () =>
          say(await oracle.ask({ op: 'authenticate', yaml: one.file, token: one.token })),
        ),
        ours: await settled(one, async () => ours(one)),
      })),
    close: async () => {
      await Promise.all([...issuersByFile.values()].map((issuers) => issuers.close()))
    },
  }
}

/** A few at a time: an issuer that answers late because of the others would count as away. */
async function inTurn<T, R>(items: readonly T[], each: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const rest = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await each(item)
  }
  await Promise.all(Array.from({ length: 12 }, worker))
  return results
}

async function settled({ attempts = 1 }: TokenCase, ask: () => Promise<string>): Promise<string> {
  for (let left = attempts; ; left -= 1) {
    const answer = await ask()
    if (answer !== 'refused' || left <= 1) return answer
    await pause(40)
  }
}

function say(answer: TokenAnswer): string {
  if (answer.ok) return sayUser(answer.user)
  if (answer.errors !== undefined) return 'file refused'
  return answer.notMine === true ? 'not mine' : 'refused'
}

/** Absent groups and extra are no different from empty ones: nothing downstream tells them apart. */
function sayUser({ username, uid = '', groups, extra }: OracleUser): string {
  const sorted = Object.entries(extra ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify({ username, uid, groups: groups ?? [], extra: sorted })
}
