/** Counts what an evaluation really does, where cel-go's cost says little about it. */
export interface Meter {
  /** In units of about a nanosecond. */
  work: number
  /** What ends the evaluation. */
  readonly limit: number
}

/**
 * How much one evaluation may do, in units of about a nanosecond: it has the only thread of the process, so
 * that all other checks wait for it. Counted, not measured, so that the same expression and the same claims
 * always end the same way.
 */
export const maxWork = 40_000_000

/** Ends an evaluation that does too much; unlike an error of CEL it is not absorbed by `||`. */
export class WorkLimitExceeded extends Error {
  override readonly name = 'WorkLimitExceeded'

  constructor() {
    super('operation cancelled: it takes too much work')
  }
}

/** Counts work, before it is done; what is too much is neither done nor counted. */
export function chargeWork(meter: Meter, units: number): void {
  const work = meter.work + units
  // Written so that work that is no number ends the evaluation too.
  if (!(work <= meter.limit)) throw new WorkLimitExceeded()
  meter.work = work
}

/** Ends the evaluation if what comes next could take more than there is left, without counting it yet. */
export function allowWork(meter: Meter, units: number): void {
  if (!(meter.work + units <= meter.limit)) throw new WorkLimitExceeded()
}

/** For what is done once, when an expression is compiled: how much that is lies with who wrote it. */
export function unlimitedMeter(): Meter {
  return { work: 0, limit: Number.POSITIVE_INFINITY }
}
