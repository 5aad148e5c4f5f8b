import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.ts'
import { type Child, startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { untilReady } from './until-ready.ts'

const run = promisify(execFile)

const version = '26.4.2'
const copyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'

/** A Keycloak to start with `startKeycloak()`. */
export interface KeycloakDistribution {
  /** Its folder, which stays as it is. */
  readonly home: string
  /** A database that knows {@link bootstrapAdmin} and nothing else. */
  readonly database: string
}

/** The administrator of every Keycloak here: a client, as the password of a person costs a hash. */
export const bootstrapAdmin = { clientID: 'admin', clientSecret: 'an administrator of tests' }

/**
 * Keycloak from Maven, built for its database and with that database set up: both would otherwise
 * be done at each start and take longer than the rest of it. The first time takes about a minute and
 * needs Java 17 and Maven.
 */
export async function keycloakDistribution(): Promise<KeycloakDistribution> {
  const root = await cached(`keycloak-${version}`, async (folder) => {
    const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:zip`
    await run('mvn', [
      ...['--batch-mode', '--quiet', copyPlugin, `-Dartifact=${artifact}`],
      // The zip would stay in the user's own repository of artifacts, where nothing uses it again.
      ...[`-DoutputDirectory=${folder}`, `-Dmaven.repo.local=${join(folder, 'artifacts')}`],
    ])
    const zip = join(folder, `keycloak-quarkus-dist-${version}.zip`)
    const target = join(folder, 'kept')
    await mkdir(target)
    await run('python3', ['-m', 'zipfile', '-e', zip, folder])
    await rename(join(folder, `keycloak-${version}`), join(target, 'home'))
    const home = join(target, 'home')
    await run('sh', [join(home, 'bin', 'kc.sh'), 'build', '--db=dev-file'])
    await setUpDatabase(home, join(target, 'database.mv.db'))
    return target
  })
  return { home: join(root, 'home'), database: join(root, 'database.mv.db') }
}

async function setUpDatabase(home: string, file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'attache-keycloak-'))
  const port = await freePort()
  const child = startKeycloakProcess({
    home,
    folder,
    args: [`--http-port=${port}`, '--hostname-strict=false'],
    env: {
      KC_BOOTSTRAP_ADMIN_CLIENT_ID: bootstrapAdmin.clientID,
      KC_BOOTSTRAP_ADMIN_CLIENT_SECRET: bootstrapAdmin.clientSecret,
    },
  })
  try {
    await untilReady('Keycloak', { child, probe: async () => answers(port), withinMs: 180_000 })
    // On a signal it writes the last of its database before it ends.
    await child.stop('SIGTERM')
    await copyFile(join(folder, 'keycloak.mv.db'), file)
  } finally {
    await child.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whether a Keycloak on that port has started. */
export async function answers(port: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}/realms/master`)).status === 200
}

interface ProcessOptions {
  readonly home: string
  /** Where its database is, and what else it writes. */
  readonly folder: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Starts a server that has at most 384 MB of heap. This is what `kc.sh` would run, without the shell
 * in between that a signal would have to pass.
 */
export function startKeycloakProcess({ home, folder, args, env = {} }: ProcessOptions): Child {
  // A kill loses nothing that was answered.
  const options = 'NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0'
  const database = `jdbc:h2:file:${join(folder, 'keycloak')};${options}`
  const opened = ['java.util', 'java.util.concurrent', 'java.security']
  return startChild(
    'java',
    [
      ...['-Xms64m', '-Xmx384m', '-XX:MaxMetaspaceSize=256m', '-XX:+UseSerialGC'],
      // Code that is compiled well only pays on servers that live longer.
      ...['-XX:TieredStopAtLevel=1', '-Djava.security.egd=file:/dev/urandom'],
      ...opened.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
      '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
      '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
      ...[`-Dkc.home.dir=${home}`, `-Djboss.server.config.dir=${join(home, 'conf')}`],
      ...['-cp', join(home, 'lib', 'quarkus-run.jar')],
      ...['io.quarkus.bootstrap.runner.QuarkusEntryPoint', 'start', '--optimized'],
      ...['--cache=local', '--http-enabled=true', '--http-host=127.0.0.1'],
      ...[`--db-url=${database}`, ...args],
    ],
    { env },
  )
}
