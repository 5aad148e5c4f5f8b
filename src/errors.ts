/** Which part gave no answer. */
export type Dependency =
  | 'issuer'
  | 'provider'
  | 'session-store'
  | 'kubernetes'
  | 'revocation-list'
  | 'password-workers'

/** A part that the verdict needs gave no answer; `check.ts` turns it into the unavailable answer. */
export class DependencyError extends Error {
  override readonly name = 'DependencyError'
  readonly dependency: Dependency

  constructor(dependency: Dependency, message: string, options?: { cause: unknown }) {
    super(message, options)
    this.dependency = dependency
  }
}

/** A port or socket cannot be opened. The message names it and says why. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** One thing wrong with the configuration, and where. Lines and columns count from 1. */
export interface ConfigProblem {
  /** Or a flag, which has no lines: line and column are 0 then. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** `routes[0].match.paths`; empty for the document itself. */
  readonly path: string
  readonly message: string
}

/** The configuration cannot be used. Holds every problem that was found, not the first alone. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(
      problems
        .map(({ file, line, column, path, message }) =>
          [
            line === 0 ? file : `${file}:${line}:${column}`,
            ...(path === '' ? [] : [path]),
            message,
          ].join(': '),
        )
        .join('\n'),
    )
    this.problems = problems
  }
}
