import { randomBytes } from 'node:crypto'
import { createCookieStore } from '../../src/session/cookie.ts'
import { createCookieMemory } from '../../src/session/cookie-memory.ts'
import { sessionConfig } from '../support/config.ts'
import { describeStore } from './conformance.ts'
import type { StorePlace } from './store-place.ts'

async function openPlace(): Promise<StorePlace> {
  let nowMs = Date.UTC(2026, 0, 1)
  const memory = createCookieMemory()
  const now = () => nowMs
  return {
    open: () => createCookieStore({ config: sessionConfig(), random: randomBytes, now, memory }),
    now,
    elapse: async (ms) => {
      nowMs += ms
    },
  }
}

describeStore('cookies of one replica', openPlace)
