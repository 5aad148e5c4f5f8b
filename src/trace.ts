/** One step of a decision in words, as `attache explain` prints it. Never a token or a credential. */
export interface TraceStep {
  /** What the step is about: `issuer`, `username`, `route` … */
  readonly part: string
  /** What came of it. */
  readonly text: string
}

/** Told each step of a decision as it is taken. Only `attache explain` listens. */
export type Trace = (part: TraceStep['part'], text: TraceStep['text']) => void
