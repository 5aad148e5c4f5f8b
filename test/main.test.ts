import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { timeout: 60_000 }, (error, stdout, stderr) => {
      // A process that had to be killed has no code.
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr })
    })
  })
}

const good = `listen: { grpc: "127.0.0.1:0" }
routes:
- access: public
`
const bad = `listen: { grpc: "127.0.0.1:0" }
routes:
- acess: public
- identity: kubflow
personalAccessTokens: {}
`

describe('attache', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attache-main-'))
    await writeFile(join(folder, 'good.yaml'), good)
    await writeFile(join(folder, 'bad.yaml'), bad)
  })
  after(async () => rm(folder, { recursive: true }))

  it('version: prints its own, Node’s and that of Envoy’s API', async () => {
    const { code, stdout } = await run('version')
    assert.equal(code, 0)
    assert.match(
      stdout,
      /^attache \d+\.\d+\.\d+\nnode v\d+\.\d+\.\d+\nenvoy API envoy\.service\.auth\.v3\n$/,
    )
  })

  it('check-config: is content with a good file', async () => {
    const file = join(folder, 'good.yaml')
    assert.deepEqual(await run('check-config', '--config', file), {
      code: 0,
      stdout: `${file}: no problems found\n`,
      stderr: '',
    })
  })

  it('rbac: prints what a configuration needs', async () => {
    const text = good.replace('- access: public', '- identity: impersonate')
    const file = join(folder, 'rbac.yaml')
    await writeFile(
      file,
      `${text}impersonate: { credential: none }\nbasic: { htpasswdFile: users }\n`,
    )
    await writeFile(join(folder, 'users'), `alice:$2y$05$${'a'.repeat(53)}\n`)
    const { code, stdout } = await run('rbac', '--config', file)
    assert.equal(code, 0)
    assert.match(stdout, /resourceNames: \[alice\]/)
    assert.match(stdout, /^#\|.*impersonate:user-info/m)
  })

  it('manifests: prints objects, and finds what is wrong with others', async () => {
    const file = join(folder, 'manifests.yaml')
    await writeFile(file, good.replace('127.0.0.1:0', '0.0.0.0:9090'))
    const printed = await run('manifests', '--config', file, '--for', 'mesh', '--for', 'waypoint')
    assert.equal(printed.code, 0)
    assert.match(printed.stdout, /^---\n# .*\n(?:# .*\n)+apiVersion: v1\nkind: ConfigMap\n/)
    const rendered = join(folder, 'rendered.yaml')
    await writeFile(rendered, printed.stdout)
    const open = join(folder, 'open.yaml')
    await writeFile(open, printed.stdout.replace('failOpen: false', 'failOpen: true'))
    const warned = await run('manifests', '--config', file, '--check', open, rendered)
    assert.equal(warned.code, 1)
    assert.match(
      warned.stdout,
      /open\.yaml:6: ConfigMap istio-system\/istio-attache: fault: .*\n {2}causes: /,
    )
    const clean = await run('manifests', '--config', file, '--check', rendered)
    assert.match(clean.stdout, /^(?:.*warning.*\n.*\n.*\n)+0 faults, 2 warnings in 4 objects\n$/)
    assert.equal(clean.code, 0)
    const piped = 'cat "$3" | "$0" "$1" manifests --config "$2" --check -'
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      piped,
      process.execPath,
      main,
      file,
      rendered,
    ])
    assert.equal(stdout, clean.stdout.replaceAll(rendered, '/dev/stdin'))
    const none = await run('manifests', '--config', file, '--check', join(folder, 'none.yaml'))
    assert.deepEqual([none.code, none.stderr], [1, ''])
    assert.match(none.stdout, /there is no such file\nnothing was checked\n$/)
  })

  for (const command of ['check-config', 'serve', 'rbac', 'manifests']) {
    it(`${command}: lists every problem of a bad file, with its place`, async () => {
      const file = join(folder, 'bad.yaml')
      const { code, stderr } = await run(command, '--config', file)
      const problems = stderr.trimEnd().split('\n')
      assert.equal(code, 1)
      assert.ok(problems.every((line) => line.startsWith(`${file}:`)))
      const wanted = [
        /bad\.yaml:3:3: routes\[0\]\.acess: .*access/,
        /bad\.yaml:4:13: routes\[1\]\.identity: .*"kubflow"/,
        /bad\.yaml:5:1: personalAccessTokens: .*not available yet/,
      ]
      for (const problem of wanted) assert.match(stderr, problem)
    })
  }

  for (const taken of ['http', 'admin']) {
    it(`serve: exits 1 and leaves no port open when that of "${taken}" is taken`, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      assert.ok(typeof address === 'object' && address !== null)
      const file = join(folder, 'taken.yaml')
      const port = `127.0.0.1:${address.port}`
      await writeFile(file, good.replace('{', `{ ${taken}: "${port}", `))
      const { code, stderr } = await run('serve', '--config', file)
      server.close()
      assert.equal(code, 1)
      assert.match(stderr, /Cannot listen on "127\.0\.0\.1:\d+": .*EADDRINUSE/)
      assert.ok(!stderr.includes('    at '), 'a stack is shown')
    })
  }

  const misuses = [
    { args: [], says: /Usage: attache COMMAND/ },
    { args: ['serv'], says: /Cannot run "serv"/ },
    { args: ['serve'], says: /Missing "--config FILE"/ },
    { args: ['serve', '--config'], says: /--config/ },
    { args: ['serve', '--config', 'none.yaml'], says: /none\.yaml:1:1: Cannot read/ },
    { args: ['serve', '--config', 'x', '--log-level', 'loud'], says: /Cannot log at "loud"/ },
    { args: ['check-config', '--log-level', 'info'], says: /--log-level/ },
    { args: ['serve', '--oidc-issuer-url=https://x'], says: /Missing "--config FILE"/ },
    {
      args: ['serve', '--config', 'x', '--oidc-client-id'],
      says: /"--oidc-client-id": it needs a value/,
    },
    { args: ['check-config', '--oidc-scopes=x'], says: /"--oidc-scopes": no such flag/ },
    { args: ['version', '--oidc-client-id=x'], says: /--oidc-client-id/ },
    { args: ['rbac'], says: /Missing "--config FILE"/ },
    { args: ['manifests'], says: /Missing "--config FILE"/ },
    { args: ['manifests', 'a.yaml'], says: /Cannot use "a\.yaml": write --check FILE/ },
    { args: ['manifests', '--transport'], says: /--transport/ },
    { args: ['explain'], says: /Missing "--config FILE"/ },
    { args: ['explain', '--config'], says: /--config/ },
    {
      args: ['explain', '--config', 'x', 'a.b.c'],
      says: /Cannot use an argument without option: w/,
    },
  ]
  for (const { args, says } of misuses) {
    it(`exits 1 and says what to do: ${['attache', ...args].join(' ')}`, async () => {
      const { code, stdout, stderr } = await run(...args)
      assert.equal(code, 1)
      assert.match(stdout + stderr, says)
      assert.ok(!stderr.includes('    at '), 'a stack is shown')
    })
  }
})
