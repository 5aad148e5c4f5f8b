/**
 * A real Keycloak on loopback. It takes some ten seconds and 300 MB, so a test file starts one and
 * makes realms in it (keycloak-realm.ts), each of which is an issuer of its own.
 */
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../examples/demo/ports.ts'
import type { Child } from './child.ts'
import { createKeycloakAdmin } from './keycloak-admin.ts'
import {
  answers,
  type KeycloakDistribution,
  startKeycloakProcess,
} from './keycloak-distribution.ts'
import { createRealm, type KeycloakRealm, type RealmOptions } from './keycloak-realm.ts'
import { untilReady } from './until-ready.ts'

/** A Keycloak that runs. */
export interface Keycloak {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly createRealm: (options: RealmOptions) => Promise<KeycloakRealm>
  readonly log: () => string
  /** Takes it away, as a crash would. */
  readonly halt: () => Promise<void>
  /** Brings it back at the same address with what it knew, sessions too. */
  readonly resume: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Starts a Keycloak without realms and resolves when it answers; rejects with its log otherwise. */
export async function startKeycloak({ home, database }: KeycloakDistribution): Promise<Keycloak> {
  const folder = await mkdtemp(join(tmpdir(), 'attache-keycloak-'))
  await copyFile(database, join(folder, 'keycloak.mv.db'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child: Child | undefined
  const log = () => (child === undefined ? '' : child.stderr() + child.stdout())
  const resume = async () => {
    const args = [`--http-port=${port}`, `--hostname=${url}`]
    child = startKeycloakProcess({ home, folder, args })
    await untilReady('Keycloak', { child, probe: async () => answers(port), withinMs: 120_000 })
  }
  const halt = async () => {
    await child?.stop()
  }
  const stop = async () => {
    await halt()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await resume()
  } catch (cause) {
    await stop()
    throw new Error(`Cannot start Keycloak. Its log:\n${log()}`, { cause })
  }
  return {
    url,
    createRealm: async (options) => createRealm(createKeycloakAdmin(url), options),
    log,
    halt,
    resume,
    stop,
  }
}
