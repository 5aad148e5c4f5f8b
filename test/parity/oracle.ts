import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { goProgram } from '../support/go-program.ts'
import { type Part, part } from '../support/require.ts'

/**
 * A CEL value with its type: `{ int: '5' }`, `{ double: '1.5' }`, `{ string: 'a' }`, `{ list: […] }`,
 * `{ map: [[key, value], …] }` …, as oracle/value.go writes it. Numbers are text, bytes are
 * hexadecimal, a duration is in nanoseconds.
 */
export type TaggedValue = Readonly<Record<string, unknown>>

/** What an expression is asked with: the JSON text of the claims, or a user. */
export interface CelQuestion {
  readonly op: 'cel'
  /** Which variable there is. Default: claims. */
  readonly env?: 'claims' | 'user'
  readonly expression: string
  /** JSON text, so that large numbers and repeated members reach the decoder as they are. */
  readonly claims?: string
  readonly user?: OracleUser
}

/** kube-apiserver's answer to an expression. `cost` is what it counted, in its own units. */
export type CelAnswer =
  | { readonly compiled: false; readonly ok: false; readonly error: string }
  | {
      readonly compiled: true
      readonly ok: false
      readonly type: string
      readonly error: string
      readonly cost?: number
    }
  | {
      readonly compiled: true
      readonly ok: true
      readonly type: string
      readonly value: TaggedValue
      readonly cost: number
      /** The value as groups or as an extra; undefined where such a value is refused. */
      readonly strings?: readonly string[] | null
    }

/** A file to load as `--authentication-config`. */
export interface ConfigQuestion {
  readonly op: 'config'
  readonly yaml: string
  readonly serviceAccountIssuers?: readonly string[]
}

/** Why kube-apiserver refuses a file, and at which stage it found out. */
export interface ConfigProblem {
  readonly stage: 'decode' | 'validate' | 'construct'
  readonly field?: string
  readonly detail: string
}

export type ConfigAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly errors: readonly ConfigProblem[] }

/** A token to authenticate with the JWT entries of a file. */
export interface TokenQuestion {
  readonly op: 'authenticate'
  readonly yaml: string
  readonly token: string
  readonly serviceAccountIssuers?: readonly string[]
  /** How long the first question of a file waits for its issuers' discovery. Default 3000. */
  readonly waitMs?: number
}

export interface OracleUser {
  readonly username: string
  readonly uid?: string
  readonly groups?: readonly string[] | null
  readonly extra?: Readonly<Record<string, readonly string[]>> | null
}

/** Accepted, refused, none of the issuers' (`notMine`), or the file itself is refused (`errors`). */
export type TokenAnswer =
  | { readonly ok: true; readonly user: OracleUser }
  | {
      readonly ok: false
      readonly notMine?: boolean
      readonly error?: string
      readonly errors?: readonly ConfigProblem[]
    }

/** kube-apiserver's own authenticator in a process of its own. */
export interface Oracle {
  ask(question: CelQuestion): Promise<CelAnswer>
  ask(question: ConfigQuestion): Promise<ConfigAnswer>
  ask(question: TokenQuestion): Promise<TokenAnswer>
  /** Forgets every authenticator that it built, their keys with them. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** The path of the oracle's binary; building it takes some two minutes the first time. */
export async function oracleProgram(): Promise<string> {
  return goProgram({ module: fileURLToPath(new URL('oracle', import.meta.url)), name: 'oracle' })
}

/** The oracle's binary; tests skip where there is no Go. */
export async function oraclePart(): Promise<Part<string>> {
  return part("kube-apiserver's authenticator", oracleProgram)
}

/** Starts the oracle; questions may be asked side by side. */
export function startOracle(binary: string): Oracle {
  // The time zone `Local` is that of the process; a cluster has UTC.
  const env = { ...process.env, TZ: 'UTC' }
  const child = spawn(binary, { stdio: ['pipe', 'pipe', 'inherit'], env })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let asked = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as { id: number }
    waiting.get(answer.id)?.resolve(answer)
    waiting.delete(answer.id)
  })
  const ended = new Promise<void>((resolve) => {
    child.on('close', (code) => {
      for (const { reject } of waiting.values()) {
        reject(new Error(`Cannot ask the oracle: it ended with ${code}`))
      }
      resolve()
    })
  })
  const ask = async (question: object): Promise<unknown> => {
    const id = (asked += 1)
    const answer = Promise.withResolvers<unknown>()
    waiting.set(id, answer)
    child.stdin.write(`${JSON.stringify({ ...question, id })}\n`)
    return answer.promise
  }
  return {
    ask: ask as Oracle['ask'],
    reset: async () => void (await ask({ op: 'reset' })),
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
