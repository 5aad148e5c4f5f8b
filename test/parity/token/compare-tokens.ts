import { setTimeout as pause } from 'node:timers/promises'
import { createIssuers, type ReloadableIssuers } from '../../../src/authn/issuer/issuers.ts'
import { ConfigError, DependencyError } from '../../../src/errors.ts'
import {
  capturedLog,
  type ManualSchedule,
  manualSchedule,
} from '../../authn/issuer/issuer-fixtures.ts'
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
  /** How long kube-apiserver has for discovery. Default 3000. */
  readonly waitMs?: number
  /**
   * Runs before either is asked; cases with it are asked one after the other. `passTime` lets our own
   * timers run, as if minutes had passed; kube-apiserver has none that matter here.
   */
  readonly before?: (passTime: () => Promise<void>) => void | Promise<void>
}

/** Asks both, and ends what was started for it. */
export interface TokenComparer {
  readonly compare: (cases: readonly TokenCase[]) => Promise<Comparison[]>
  readonly close: () => Promise<void>
}

export function createTokenComparer(oracle: Oracle): TokenComparer {
  const byFile = new Map<string, Ours>()
  const oursOf = (file: string): Ours => {
    const known = byFile.get(file)
    if (known !== undefined) return known
    const timers = manualSchedule()
    const configs = issuersOfFile(file)
    const { log } = capturedLog()
    const issuers = createIssuers(configs, { now: Date.now, log, schedule: timers.schedule })
    const made = { issuers, timers, urls: configs.map(({ url }) => url) }
    byFile.set(file, made)
    return made
  }
  const passTime = async (file: string): Promise<void> => {
    const { issuers, timers, urls } = oursOf(file)
    timers.run()
    await Promise.all(urls.map(async (url) => issuers.get(url)?.keySet.settled()))
  }
  const ours = async ({ file, token }: TokenCase): Promise<string> => {
    try {
      const outcome = await oursOf(file).issuers.verifyToken(token)
      if (outcome.kind === 'no-credential') return 'not mine'
      if (outcome.kind === 'rejected') return 'refused'
      const { name, uid, groups, extra } = outcome.authenticated.user
      return sayUser({ username: name, uid, groups, extra: Object.fromEntries(extra) })
    } catch (error) {
      if (error instanceof ConfigError) return 'file refused'
      if (error instanceof DependencyError) return 'refused'
      throw error
    }
  }
  return {
    compare: async (cases) =>
      inTurn(cases, async (one) => {
        await one.before?.(async () => passTime(one.file))
        const { file: yaml, token, waitMs = 3_000 } = one
        const question = { op: 'authenticate', yaml, token, waitMs } as const
        return {
          name: one.name,
          kube: await settled(one, async () => say(await oracle.ask(question))),
          ours: await settled(one, async () => ours(one)),
        }
      }),
    close: async () => {
      await Promise.all([...byFile.values()].map(({ issuers }) => issuers.close()))
    },
  }
}

/** Our side of one file. */
interface Ours {
  readonly issuers: ReloadableIssuers
  readonly timers: ManualSchedule
  readonly urls: readonly string[]
}

/** A few at a time: an issuer that answers late because of the others would count as away. */
async function inTurn<R>(
  items: readonly TokenCase[],
  each: (item: TokenCase) => Promise<R>,
): Promise<R[]> {
  const atOnce = items.some(({ before }) => before !== undefined) ? 1 : 12
  const results: R[] = []
  const rest = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await each(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
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
