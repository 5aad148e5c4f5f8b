import { hash, timingSafeEqual } from 'node:crypto'

/** True when the caller of a check may ask (contract: Who may ask). */
export type CallerGate = (presented: string | undefined) => boolean

/**
 * Creates the gate before the check ports. Without a secret everybody passes: the configuration has
 * made sure that the network, mutual TLS or the kind of routes allows it. The comparison takes the same
 * time for every presented value of one length; hashing first makes the two sides equally long.
 */
export function createCallerGate(callerSecret: string | undefined): CallerGate {
  if (callerSecret === undefined) return () => true
  // An empty secret would be met by a caller that sends an empty header.
  if (callerSecret === '') throw new RangeError('Cannot guard the check ports: the secret is empty')
  const expected = digest(callerSecret)
  return (presented) => presented !== undefined && timingSafeEqual(digest(presented), expected)
}

function digest(value: string): Buffer {
  return hash('sha256', value, 'buffer')
}
