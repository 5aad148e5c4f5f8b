/** A difference from kube-apiserver that is meant, and the cases that show it. */
export interface Deviation {
  /** As docs/parity.md names it. */
  readonly name: string
  /** In which table: of expressions, of configurations or of tokens. */
  readonly table: 'cel' | 'config' | 'token'
  /** Why it is meant. */
  readonly reason: string
  /** Names of cases; each of them must differ. */
  readonly cases: readonly string[]
}

/** Every difference that is meant; any other fails the tests, and so does one that no longer shows. */
export const deviations: readonly Deviation[] = []
