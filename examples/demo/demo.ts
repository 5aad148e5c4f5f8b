/** The whole demo as one thing that starts and stops: provider, application, Attaché and Envoy. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Transport } from '../../src/check-input.ts'
import { startAttache } from '../../test/support/attache.ts'
import { startExampleEnvoy } from '../../test/support/example-envoy.ts'
import { envoy } from '../../test/support/parts.ts'
import { demoConfig } from './config.ts'
import { freePort } from './ports.ts'
import { type Person, startProvider } from './provider.ts'
import { startUpstream } from './upstream.ts'

/** The one who signs in. A comma within a group is legal, and lists of headers get it wrong. */
export const alice: Person = {
  login: 'alice',
  password: 'rabbit-hole',
  email: 'alice@example.com',
  groups: ['ml-users', 'platform-admins', 'research, wonderland'],
}

/** A running demo. */
export interface Demo {
  /** What a browser opens. */
  readonly url: URL
  /** Holds a token of {@link alice} that is good for an hour. */
  readonly tokenFile: string
  readonly token: string
  /** What Attaché has logged so far. */
  readonly log: () => string
  /** Stops every part and removes every file. */
  readonly stop: () => Promise<void>
}

const wantedPorts = { gateway: 10_000, provider: 10_001 }

/** Starts everything on the loopback address; what was started is stopped again when a part fails. */
export async function startDemo(transport: Transport): Promise<Demo> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).toReversed()) await each()
  }
  try {
    const binary = await envoy()
    const gatewayPort = await freePort(wantedPorts.gateway)
    // Not the host of the provider, or each would get the other's cookies: they know no ports.
    const externalURL = `http://localhost:${gatewayPort}`
    const client = { clientID: 'attache-demo', clientSecret: randomBytes(16).toString('hex') }
    const provider = await startProvider({
      ...client,
      port: await freePort(wantedPorts.provider),
      redirectURIs: [`${externalURL}/oauth2/callback`],
      postLogoutRedirectURIs: [`${externalURL}/oauth2/sign_out`],
      people: [alice],
    })
    stops.push(provider.stop)
    const upstream = await startUpstream()
    stops.push(upstream.stop)

    const { issuer } = provider
    const attache = await startAttache(demoConfig({ ...client, externalURL, issuer }))
    stops.push(attache.stop)
    const gateway = await startExampleEnvoy({
      transport,
      binary,
      attachePort: attache.ports[transport],
      upstream,
      edits: [['port_value: 0', `port_value: ${gatewayPort}`]],
    })
    stops.push(gateway.stop)

    const token = await provider.mint(alice, { validSeconds: 3600 })
    const tokenFile = join(attache.folder, 'token')
    await writeFile(tokenFile, token, { mode: 0o600 })
    return { url: new URL(`${externalURL}/`), token, tokenFile, log: attache.output, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
