/** How many ids one call of the random source makes. */
const batch = 256
const idBytes = 16

/**
 * Creates the source of decision ids: 128 random bits each, 22 characters of base64url. `random` fills
 * the given bytes; it is asked for many ids at once, as one call costs more than one id.
 */
export function createDecisionIds(random: (bytes: Buffer) => void): () => string {
  const pool = Buffer.alloc(batch * idBytes)
  let used = pool.length
  return () => {
    if (used === pool.length) {
      random(pool)
      used = 0
    }
    used += idBytes
    return pool.toString('base64url', used - idBytes, used)
  }
}
