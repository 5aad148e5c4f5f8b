import assert from 'node:assert/strict'
import { type Deviation, deviations } from './deviations.ts'

/** Two answers to one question; a difference when the texts are not the same. */
export interface Comparison {
  /** Unique within its table. */
  readonly name: string
  readonly kube: string
  readonly ours: string
}

/**
 * Fails with all differences that are not meant, and with all that are meant and do not show. The
 * comparisons may be a part of the table.
 */
export function assertParity(
  table: Deviation['table'],
  comparisons: readonly Comparison[],
  meant: readonly Deviation[] = deviations,
): void {
  const allowed = new Set(
    meant.filter((deviation) => deviation.table === table).flatMap(({ cases }) => cases),
  )
  const wrong = comparisons.filter(({ name, kube, ours }) => (kube !== ours) !== allowed.has(name))
  const report = wrong.map(({ name, kube, ours }) =>
    kube === ours
      ? `${name}\n  is a deviation in deviations.ts, but both answer: ${kube}`
      : `${name}\n  kube-apiserver: ${kube}\n  Attaché:        ${ours}`,
  )
  assert.equal(
    wrong.length,
    0,
    `${wrong.length} of ${comparisons.length} differ\n${report.join('\n')}`,
  )
}
