import type { Checker } from '../../src/check.ts'
import { allow, reply } from './check-servers.ts'

/** A checker that allows, and whose refusals say why, with what a test wants to differ. */
export function fakeChecker(parts: Partial<Checker> = {}): Checker {
  return {
    check: async () => allow({}),
    refuse: (reason, detail) => reply({ body: `${reason}: ${detail}` }),
    ...parts,
  }
}
