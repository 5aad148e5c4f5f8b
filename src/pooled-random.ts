import type { Random } from './session/seal.ts'

/** Bytes that one call of the random source makes. */
const poolBytes = 4096

/**
 * A random source that asks `random` for many bytes at once, as each call of it costs more than its bytes.
 * No byte is given twice, and those that were given stay as they are.
 */
export function pooledRandom(random: Random): Random {
  let left: Uint8Array = new Uint8Array()
  return (size) => {
    if (size > left.length) left = random(Math.max(size, poolBytes))
    const given = left.subarray(0, size)
    left = left.subarray(size)
    return given
  }
}
