import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { digestFile } from '../../src/config/files.ts'
import { type LoadedConfig, loadConfig } from '../../src/config/load.ts'
import { watchConfig } from '../../src/config/watch.ts'
import { folderWith } from './folder.ts'

const text = (hops: number) =>
  `listen: { grpc: 127.0.0.1:9090, callerSecretFile: caller, trustedHops: ${hops} }\nroutes: [{ identity: kubeflow }]\n`

function watched(folder: string) {
  const file = join(folder, 'attache.yaml')
  const changes: LoadedConfig[] = []
  const errors: string[] = []
  const load = () => loadConfig(file, {})
  const watcher = watchConfig({
    current: load(),
    load,
    onChange: (loaded) => changes.push(loaded),
    onError: (error) => errors.push(error.message.replaceAll(folder, '')),
    intervalMs: 0,
  })
  return { ...watcher, file, changes, errors }
}

function start() {
  const folder = folderWith({ 'attache.yaml': text(1), caller: 'a-secret-of-the-caller' })
  return { folder, ...watched(folder) }
}

describe('watchConfig()', () => {
  it('does nothing while nothing changes', () => {
    const { poll, changes, errors, file } = start()
    poll()
    writeFileSync(file, text(1))
    poll()
    assert.deepEqual([changes, errors], [[], []])
  })

  it('puts a changed configuration in force, once', () => {
    const { poll, changes, file } = start()
    writeFileSync(file, text(2))
    poll()
    poll()
    assert.deepEqual(
      changes.map(({ config }) => config.listen.trustedHops),
      [2],
    )
  })

  it('sees a change in a file that the configuration names', () => {
    const { poll, changes, folder } = start()
    writeFileSync(join(folder, 'caller'), 'another-secret-of-the-caller')
    poll()
    assert.deepEqual(
      changes.map(({ config }) => config.listen.callerSecret),
      ['another-secret-of-the-caller'],
    )
  })

  it('keeps the old one when the new one is broken, and says so once', () => {
    const { poll, changes, errors, file } = start()
    writeFileSync(file, 'listen: {}\nroutes: []\n')
    poll()
    poll()
    assert.equal(errors.length, 1)
    assert.match(
      errors[0] ?? '',
      /listen: must name grpc or http.*\n.*routes: must not be an empty list/,
    )
    writeFileSync(file, 'listen: [\n')
    poll()
    poll()
    assert.equal(errors.length, 2)
    assert.deepEqual(changes, [])
  })

  it('takes the next good one', () => {
    const { poll, changes, errors, file } = start()
    writeFileSync(file, '')
    poll()
    writeFileSync(file, text(3))
    poll()
    assert.deepEqual(
      changes.map(({ config }) => config.listen.trustedHops),
      [3],
    )
    writeFileSync(file, '')
    poll()
    assert.equal(errors.length, 2)
  })

  it('does not call the old one a change when it comes back', () => {
    const { poll, changes, errors, file } = start()
    rmSync(file)
    poll()
    writeFileSync(file, text(1))
    poll()
    assert.deepEqual(changes, [])
    assert.deepEqual(errors, [
      '/attache.yaml:1:1: Cannot read the configuration: there is no such file',
    ])
  })

  it('notices a file that was missing when it appears', () => {
    const { poll, changes, errors, file, folder } = start()
    writeFileSync(file, text(1).replace('caller,', 'later,'))
    poll()
    assert.equal(errors.length, 1)
    writeFileSync(join(folder, 'later'), 'a-later-secret-of-the-caller')
    poll()
    assert.deepEqual(
      changes.map(({ config }) => config.listen.callerSecret),
      ['a-later-secret-of-the-caller'],
    )
  })

  const restarts = [
    [
      'another port',
      text(1).replace('9090', '9091'),
      /1:11: listen.grpc: restart needed: it was 127.0.0.1:9090 at the start and is now 127.0.0.1:9091/,
    ],
    [
      'a port more',
      text(1).replace('{ grpc', '{ http: 127.0.0.1:1, grpc'),
      /listen.http: restart needed: it was absent at the start and is now 127.0.0.1:1/,
    ],
  ] as const
  for (const [what, changed, expected] of restarts) {
    it(`refuses ${what}, and goes on watching`, () => {
      const { poll, changes, errors, file } = start()
      writeFileSync(file, changed)
      poll()
      poll()
      assert.equal(errors.length, 1)
      assert.match(errors[0] ?? '', expected)
      writeFileSync(file, text(5))
      poll()
      assert.deepEqual(
        changes.map(({ config }) => config.listen.trustedHops),
        [5],
      )
    })
  }

  it('follows the links of a mounted volume, as Kubernetes swaps them', () => {
    const folder = folderWith({})
    for (const [version, hops] of [
      ['one', 1],
      ['two', 2],
    ] as const) {
      mkdirSync(join(folder, version))
      writeFileSync(join(folder, version, 'attache.yaml'), text(hops))
      writeFileSync(join(folder, version, 'caller'), `a-secret-of-version-${version}`)
    }
    symlinkSync('one', join(folder, '..data'))
    symlinkSync('..data/attache.yaml', join(folder, 'attache.yaml'))
    symlinkSync('..data/caller', join(folder, 'caller'))
    const { poll, changes, errors } = watched(folder)
    symlinkSync('two', join(folder, '..new'))
    renameSync(join(folder, '..new'), join(folder, '..data'))
    poll()
    assert.deepEqual(errors, [])
    assert.deepEqual(
      changes.map(({ config }) => [config.listen.trustedHops, config.listen.callerSecret]),
      [[2, 'a-secret-of-version-two']],
    )
  })

  it('tries again when the change itself fails', () => {
    const folder = folderWith({ 'attache.yaml': text(1), caller: 'a-secret-of-the-caller' })
    const load = () => loadConfig(join(folder, 'attache.yaml'), {})
    const errors: string[] = []
    let failures = 2
    let inForce = 1
    const { poll } = watchConfig({
      current: load(),
      load,
      onChange: ({ config }) => {
        failures -= 1
        if (failures >= 0) throw new Error('Cannot change now')
        inForce = config.listen.trustedHops
      },
      onError: (error) => errors.push(error.message),
      intervalMs: 0,
    })
    writeFileSync(join(folder, 'attache.yaml'), text(2))
    poll()
    poll()
    assert.equal(inForce, 1)
    poll()
    assert.equal(inForce, 2)
    assert.deepEqual(errors, ['Cannot change now'])
  })

  it('looks by itself until it is closed', async () => {
    const folder = folderWith({ 'attache.yaml': text(1), caller: 'a-secret-of-the-caller' })
    const load = () => loadConfig(join(folder, 'attache.yaml'), {})
    const looked = new EventEmitter()
    let looks = 0
    const digest = (file: string) => {
      looks += 1
      looked.emit('look')
      return digestFile(file)
    }
    const options = { current: load(), load, onChange: () => {}, onError: () => {} }
    const { close } = watchConfig({ ...options, intervalMs: 1, digest })
    // Its timer keeps no process alive, so this test has to.
    const alive = setInterval(() => {}, 1000)
    await once(looked, 'look')
    close()
    close()
    const seen = looks
    await delay(30)
    clearInterval(alive)
    assert.equal(looks, seen)
  })
})
