/** Attaché in the demo: a configuration file as an operator writes it, and the process that serves it. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Transport } from '../../src/check-input.ts'
import { type Child, startChild } from '../../test/support/child.ts'

/** What the configuration says of the demo's other parts. */
export interface DemoConfigOptions {
  /** Where the configuration and its secrets are written. */
  readonly folder: string
  readonly externalURL: string
  readonly issuer: string
  readonly clientID: string
  readonly clientSecret: string
  readonly transport: Transport
  readonly checkPort: number
  readonly adminPort: number
}

/** Attaché's own credential for the API server, which the demo's application stands for. */
export const ownToken = 'attaches-own-token-for-the-API-server'

/** Writes the configuration and resolves with its path. */
export async function writeConfig(options: DemoConfigOptions): Promise<string> {
  const { folder, clientSecret } = options
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  await write('session-keys', `${randomBytes(32).toString('base64')}\n`)
  await write('client-secret', clientSecret)
  await write('api-server-token', ownToken)
  return write('attache.yaml', configText(options))
}

function configText(options: DemoConfigOptions): string {
  const { externalURL, issuer, clientID, transport, checkPort, adminPort } = options
  return `listen:
  ${transport}: 127.0.0.1:${checkPort}
  admin: 127.0.0.1:${adminPort}
authentication:
  apiVersion: apiserver.config.k8s.io/v1
  kind: AuthenticationConfiguration
  jwt:
  - issuer: { url: "${issuer}", audiences: [${clientID}] }
    claimMappings:
      username: { claim: email, prefix: "" }
      groups: { claim: groups, prefix: "" }
insecureIssuers: ["${issuer}"]    # plain http, as everything here is on this machine
signIn:
  externalURL: ${externalURL}
  providers:
  - id: demo
    displayName: Demo identity provider
    issuer: "${issuer}"
    clientID: ${clientID}
    clientSecretFile: client-secret
    scopes: [openid, email, groups, profile]
  logoutPaths: [/logout]
session:
  keysFile: session-keys
  cookie: { name: attache, secure: false }
impersonate:
  tokenFile: api-server-token
routes:
- match: { paths: [/public/*] }
  access: public
- match: { paths: [/kubernetes/*] }
  identity: impersonate
- identity: kubeflow
`
}

const readyWithinMs = 15_000

/** Starts `attache serve` and resolves when it is ready; rejects with what it said when it is not. */
export async function startAttache(configFile: string, adminPort: number): Promise<Child> {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
  const child = startChild(process.execPath, [main, 'serve', '--config', configFile])
  const giveUpAt = performance.now() + readyWithinMs
  while (child.exit() === undefined && performance.now() < giveUpAt) {
    const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined)
    if (response?.ok === true) return child
    await delay(20)
  }
  await child.stop()
  throw new Error(`Cannot start Attaché:\n${child.stderr()}${child.stdout()}`)
}
