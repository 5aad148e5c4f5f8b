import { readFileSync } from 'node:fs'
import type { Config } from '../config/types.ts'
import { explain } from './explain.ts'
import { readRequest } from './request.ts'

/** The options of `attache explain`, as they were typed. */
export interface ExplainArguments {
  readonly 'token-file'?: string | undefined
  /** Default: the root of the first `signIn.externalURL`, or of `localhost`. */
  readonly url?: string | undefined
  /** Default: GET. */
  readonly method?: string | undefined
  readonly header?: readonly string[] | undefined
  /** Address of Envoy's peer. Default: not known. */
  readonly source?: string | undefined
  readonly offline?: boolean | undefined
  /** `ISSUER=FILE`, several times. */
  readonly jwks?: readonly string[] | undefined
  /** RFC 3339, or seconds since the epoch. */
  readonly now?: string | undefined
}

/** What `attache explain` prints, and its exit code: 0 allowed, 3 denied, 4 not decidable. */
export interface Explained {
  readonly text: string
  readonly exitCode: 0 | 3 | 4
}

const exitCodes = { allowed: 0, denied: 3, undecidable: 4 } as const

/** Runs the command. Throws `SyntaxError` for an option that cannot be used, and says which. */
export async function explainCommand(config: Config, given: ExplainArguments): Promise<Explained> {
  const offline = given.offline === true
  if (!offline && (given.jwks ?? []).length > 0) {
    throw new SyntaxError('Cannot use --jwks without --offline: the keys are fetched then')
  }
  if (!offline && given.now !== undefined) {
    throw new SyntaxError('Cannot use --now without --offline')
  }
  const token = given['token-file'] === undefined ? undefined : readText(given['token-file']).trim()
  const input = readRequest({
    url: given.url ?? defaultURL(config),
    method: given.method ?? 'GET',
    headers: given.header ?? [],
    token,
    source: given.source,
  })
  const { steps, outcome } = await explain({
    config,
    input,
    token,
    now: given.now === undefined ? Date.now : fixedTime(given.now),
    offlineKeys: offline ? new Map((given.jwks ?? []).map(readKeys)) : undefined,
  })
  const width = Math.max(...steps.map(({ part }) => part.length))
  const lines = steps.map(({ part, text }) => `${part.padEnd(width)}  ${text}\n`)
  return { text: lines.join(''), exitCode: exitCodes[outcome] }
}

function defaultURL({ signIn }: Config): string {
  return signIn?.externalURLs[0]?.href ?? 'https://localhost/'
}

/** An issuer's URL may hold `=`, a file's name seldom does: the last one separates. */
function readKeys(argument: string): [string, string] {
  const at = argument.lastIndexOf('=')
  if (at <= 0) throw new SyntaxError(`Cannot use --jwks "${argument}": write ISSUER=FILE`)
  return [argument.slice(0, at), readText(argument.slice(at + 1))]
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new SyntaxError(`Cannot read "${file}": ${why}`)
  }
}

function fixedTime(text: string): () => number {
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  if (Number.isNaN(ms)) {
    throw new SyntaxError(`Cannot use --now "${text}": write 2026-01-31T12:00:00Z, or seconds`)
  }
  return () => ms
}
