/**
 * A real Keycloak on loopback. It takes some ten seconds and 300 MB, so a test file starts one and
 * makes realms in it (keycloak-realm.ts), each of which is an issuer of its own.
 */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { createKeycloakAdmin } from './keycloak-admin.ts'
import {
  answers,
  type KeycloakDistribution,
  startKeycloakProcess,
} from './keycloak-distribution.ts'
import { createRealm, type KeycloakRealm, type RealmOptions } from './keycloak-realm.ts'
import { startRestartable } from './restartable.ts'
import { ownFolder, started } from './started.ts'

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
  return started(async (onStop) => {
    const folder = await ownFolder('keycloak', onStop)
    await copyFile(database, join(folder, 'keycloak.mv.db'))
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const args = [`--http-port=${port}`, `--hostname=${url}`]
    const { log, halt, resume } = await startRestartable('Keycloak', {
      start: () => startKeycloakProcess({ home, folder, args }),
      probe: async () => answers(port),
      withinMs: 120_000,
      onStop,
    })
    return {
      url,
      createRealm: async (options) => createRealm(createKeycloakAdmin(url), options),
      log,
      halt,
      resume,
    }
  })
}
