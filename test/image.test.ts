/**
 * No container engine is needed to know that the image works: its files are put together as the
 * Dockerfile says, made read-only, and run as a user that owns nothing.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { startChild } from './support/child.ts'
import { buildImage, type Image } from './support/image.ts'

const run = promisify(execFile)
const repository = fileURLToPath(new URL('..', import.meta.url))

/** Nothing that the image needs is given, and the last route shows that it decides. */
const configuration = `
listen: { http: 127.0.0.1:0, grpc: 127.0.0.1:0, admin: 127.0.0.1:0 }
routes:
- match: { paths: [/public/*] }
  access: public
`

describe('the image', () => {
  let folder: string
  let image: Image
  let node: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attache-image-'))
    await chmod(folder, 0o755)
    image = await buildImage(repository, folder)
    // The home of the one that runs these tests may be closed to other users.
    node = join(folder, 'node')
    await copyFile(process.execPath, node)
    await writeFile(join(folder, 'attache.yaml'), configuration)
    await run('chmod', ['--recursive', 'a-w,a+rX', image.folder])
  })
  after(() => rm(folder, { recursive: true, force: true }))

  /** As the image's user, if whoever runs the tests may become another; an empty environment. */
  const start = (...args: readonly string[]) => {
    const [command, ...rest] = image.entrypoint
    assert.equal(command, 'node')
    const [uid = '', gid = ''] = image.user.split(':')
    const become =
      process.getuid?.() === 0
        ? ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
        : ['env']
    const inFolder = ['env', '-i', `--chdir=${image.folder}`, node, ...rest, ...args]
    const [file = '', ...fileArgs] = [...become, ...inFolder]
    return startChild(file, fileArgs)
  }

  it('holds production files and nothing else', async () => {
    const names = await readdir(image.folder)
    assert.deepEqual(names.toSorted(), ['dist', 'istio', 'node_modules', 'package.json'])
    const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
      readonly devDependencies: Readonly<Record<string, string>>
    }
    const installed = new Set(await readdir(join(image.folder, 'node_modules')))
    const unwanted = Object.keys(manifest.devDependencies).filter((name) => installed.has(name))
    assert.deepEqual(unwanted, [])
    const compiled = await readdir(join(image.folder, 'dist'), { recursive: true })
    assert.deepEqual(
      compiled.filter((name) => /\.ts$|\.test\./.test(name)),
      [],
    )
  })

  it('runs on the Node that the tests run on', () => {
    for (const from of image.from) assert.match(from, new RegExp(`^node:${process.versions.node}-`))
  })

  it('runs as a user that is not root, and only removes when it makes the last stage', () => {
    assert.match(image.user, /^[1-9]\d*:[1-9]\d*$/)
    for (const command of image.lastRun) assert.match(command, /^rm -rf /)
  })

  it('is built from files that .dockerignore lets through', async () => {
    const [first, ...rest] = (await readFile(join(repository, '.dockerignore'), 'utf8')).split('\n')
    assert.equal(first, '*')
    const shown = new Set(rest.filter((line) => line !== '').map((line) => line.replace('!', '')))
    assert.deepEqual([...new Set(image.context)].toSorted(), [...shown].toSorted())
  })

  it('is what the Deployment of kustomize/base runs', async () => {
    const file = join(repository, 'kustomize/base/deployment.yaml')
    const { template } = (parse(await readFile(file, 'utf8')) as Deployment).spec
    const { securityContext, containers } = template.spec
    const { runAsUser, runAsGroup } = securityContext
    assert.equal(image.user, `${runAsUser}:${runAsGroup}`)
    const ports = containers.flatMap((container) => container.ports)
    assert.deepEqual(
      new Set(ports.map(({ containerPort }) => containerPort)),
      new Set(image.exposed),
    )
  })

  it('prints the objects that Istio needs', async () => {
    const file = join(folder, 'gateway.yaml')
    await writeFile(file, 'listen: { grpc: 0.0.0.0:9090 }\nroutes: [{ identity: headers }]\n')
    const child = start('manifests', '--config', file)
    assert.deepEqual(await child.ended, { code: 0 }, child.stderr())
    assert.match(child.stdout(), /^kind: AuthorizationPolicy$/m)
  })

  it('says its version', async () => {
    const child = start('version')
    assert.deepEqual(await child.ended, { code: 0 }, child.stderr())
    assert.match(child.stdout(), /^attache \d+\.\d+\.\d+\n/)
  })

  it('serves, writes nothing, and stops when told', async () => {
    const child = start('serve', '--config', join(folder, 'attache.yaml'))
    const addresses = await listening(child, ['grpc', 'http', 'admin'])
    const statuses = await Promise.all(
      ['/public/page', '/private'].map(
        async (path) => (await fetch(`http://${addresses.get('http')}${path}`)).status,
      ),
    )
    assert.deepEqual(statuses, [200, 403])
    assert.equal((await fetch(`http://${addresses.get('admin')}/readyz`)).status, 200)
    assert.deepEqual(await child.stop('SIGTERM'), { code: 0 }, child.stderr())
    const names = await readdir(image.folder)
    assert.deepEqual(names.toSorted(), ['dist', 'istio', 'node_modules', 'package.json'])
  })
})

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number }
        readonly containers: readonly { readonly ports: readonly { containerPort: number }[] }[]
      }
    }
  }
}

/** Resolves with the address of each server once all of them have logged theirs. */
function listening(
  child: ReturnType<typeof startChild>,
  servers: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  return new Promise((resolve, reject) => {
    child.onLine((line) => {
      const { server, address } = JSON.parse(line) as { server?: string; address?: string }
      if (server !== undefined && address !== undefined) found.set(server, address)
      if (servers.every((name) => found.has(name))) resolve(found)
    })
    child.ended.then(
      () => reject(new Error(`Cannot start the image: ${child.stderr()}${child.stdout()}`)),
      reject,
    )
  })
}
