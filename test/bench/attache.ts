/** Attaché as the image runs it, with the configurations that the cases need. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../examples/demo/ports.ts'
import { startChild } from '../support/child.ts'
import { audience } from './issuers.ts'
import { residentMegabytesOf } from './processes.ts'

/** One running Attaché, which takes checks over both transports. */
export interface Attache {
  readonly pid: number
  readonly grpcPort: number
  readonly httpPort: number
  /** From the start of the process to the first 200 of `/readyz`. */
  readonly readyMs: number
  /** Resident memory when it had just become ready. */
  readonly idleMegabytes: number
  readonly stop: () => Promise<unknown>
}

/** What differs between the configurations. */
export interface AttacheOptions {
  readonly folder: string
  readonly name: string
  readonly issuers: readonly string[]
  /** Routes before the last, which matches everything else; none of them matches a request. */
  readonly routes: number
  readonly signIn: SignInOptions
  /** Where sessions are kept. Default: in cookies. */
  readonly redisURL?: string
}

export interface SignInOptions {
  readonly issuer: string
  readonly clientID: string
  readonly clientSecret: string
  readonly externalURLs: readonly string[]
}

/** Compiled, since the image carries no TypeScript: `npm run bench` has it built before. */
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** As in the Dockerfile. */
export const youngGeneration = '--max-semi-space-size=4'

/** Starts it and resolves when it is ready. */
export async function startAttache(options: AttacheOptions): Promise<Attache> {
  const { folder, name } = options
  const [grpcPort, httpPort, adminPort] = [await freePort(), await freePort(), await freePort()]
  await writeFile(join(folder, 'session-keys'), `${randomBytes(32).toString('base64')}\n`)
  await writeFile(join(folder, 'client-secret'), options.signIn.clientSecret)
  await writeFile(join(folder, 'token'), 'a-token-of-its-own')
  await writeFile(join(folder, 'redis-url'), options.redisURL ?? '')
  const configFile = join(folder, `${name}.yaml`)
  const listen = { grpc: grpcPort, http: httpPort, admin: adminPort }
  await writeFile(configFile, configText(options, listen))
  const startedAt = performance.now()
  // Its log goes to a file, as a container's does; nobody shall be busy reading it meanwhile.
  const child = startChild(
    '/bin/sh',
    [
      ...['-c', 'exec "$0" "$@" >"$LOG"', process.execPath, youngGeneration, main],
      ...['serve', '--config', configFile],
    ],
    { env: { LOG: join(folder, `${name}.log`) } },
  )
  while (
    (await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined))?.ok !== true
  ) {
    if (child.exit() !== undefined) throw new Error(`Cannot start Attaché: ${child.stderr()}`)
    await delay(5)
  }
  const readyMs = performance.now() - startedAt
  await delay(500)
  const idleMegabytes = await residentMegabytesOf(child.pid)
  return { pid: child.pid, grpcPort, httpPort, readyMs, idleMegabytes, stop: () => child.stop() }
}

function configText(
  { issuers, routes, signIn, redisURL }: AttacheOptions,
  ports: Readonly<Record<string, number>>,
): string {
  const { issuer, clientID, externalURLs } = signIn
  return JSON.stringify({
    listen: Object.fromEntries(
      Object.entries(ports).map(([name, port]) => [name, `127.0.0.1:${port}`]),
    ),
    authentication: {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthenticationConfiguration',
      jwt: [
        ...issuers.map((url, index) => ({ ...jwt(url, audience), ...expressions(index) })),
        jwt(issuer, clientID),
      ],
    },
    insecureIssuers: [...issuers, issuer],
    signIn: {
      externalURL: externalURLs,
      providers: [{ id: 'bench', issuer, clientID, clientSecretFile: 'client-secret' }],
    },
    session: {
      keysFile: 'session-keys',
      cookie: { name: 'attache', secure: false },
      ...(redisURL !== undefined && { store: 'redis', redis: { urlFile: 'redis-url' } }),
    },
    impersonate: { tokenFile: 'token' },
    routes: [
      { match: { paths: ['/kubernetes/*'] }, identity: 'impersonate' },
      ...Array.from({ length: routes }, (_, index) => ({
        match: { paths: [`/apps/{namespace}/app-${index}/*`] },
        identity: 'kubeflow',
      })),
      { identity: 'kubeflow' },
    ],
  })
}

function jwt(issuer: string, audienceName: string): object {
  return {
    issuer: { url: issuer, audiences: [audienceName] },
    claimMappings: {
      username: { claim: 'email', prefix: '' },
      groups: { claim: 'groups', prefix: '' },
    },
  }
}

/** The issuers, by their position, whose entries compute: everything about the user, or 100 rules. */
export const computing = { mapped: 1, ruled: 62 } as const

/** What such an entry has in the place of, or beside, the plain claims. */
function expressions(index: number): object {
  switch (index) {
    case computing.mapped:
      return {
        claimMappings: {
          username: { expression: "'bench:' + claims.email" },
          groups: { expression: "dyn(claims.groups).map(g, 'bench:' + g)" },
          uid: { expression: 'claims.sub' },
        },
        claimValidationRules: [
          {
            expression:
              "claims.email.endsWith('@example.com') && claims.?email_verified != optional.of(false)",
          },
        ],
      }
    case computing.ruled:
      return {
        claimValidationRules: Array.from({ length: 100 }, (_, rule) => ({
          expression: `claims.email != 'nobody-${rule}@example.com'`,
        })),
      }
    default:
      return {}
  }
}
