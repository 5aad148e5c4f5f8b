/**
 * Options of an LRU cache of so many small entries. Its `max` would take the memory of all of them at
 * once, and a reload makes new ones.
 */
export function atMost(entries: number): {
  readonly maxSize: number
  readonly sizeCalculation: () => number
} {
  return { maxSize: entries, sizeCalculation: () => 1 }
}
