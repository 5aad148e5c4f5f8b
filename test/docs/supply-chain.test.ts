/** What runs with this repository's name on it is what is written here (threats L38). */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'

const root = new URL('../../', import.meta.url)

interface Package {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly scripts: Readonly<Record<string, string>>
}

interface Locked {
  readonly version?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly optional?: boolean
}

const text = async (name: string): Promise<string> => readFile(new URL(name, root), 'utf8')
const read = async <T>(name: string): Promise<T> => {
  const parse: (json: string) => T = JSON.parse
  return parse(await text(name))
}
const locked = async (): Promise<readonly (readonly [string, Locked])[]> => {
  const { packages } = await read<{ readonly packages: Record<string, Locked> }>(
    'package-lock.json',
  )
  return Object.entries(packages).filter(([name]) => name !== '')
}

describe('what is built from', () => {
  it('names one version of each package', async () => {
    const { dependencies, devDependencies } = await read<Package>('package.json')
    const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    )
    assert.deepEqual(ranges, [])
  })

  it('knows the bytes of each package that the image has', async () => {
    const inImage = (await locked()).filter(([, { dev, optional }]) => !dev && !optional)
    assert.ok(inImage.length > 50)
    for (const [name, { integrity = '' }] of inImage) assert.match(integrity, /^sha512-/, name)
  })

  it('installs what the lock says, and runs no script of a package that the image has', async () => {
    const dockerfile = await text('Dockerfile')
    const installs = dockerfile.match(/npm (?:ci|i|install)\b.*/g) ?? []
    assert.deepEqual(
      installs.filter((command) => !command.startsWith('npm ci ')),
      [],
    )
    const [production] = installs.filter((command) => command.includes('--omit=dev'))
    assert.match(production ?? '', / --ignore-scripts /)
    const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, from]) => from)
    for (const image of images) assert.match(image ?? '', /:\d+\.\d+\.\d+-/)
  })

  it('asks for no secret, and fetches no script, to be checked', async () => {
    const commands = await text('.ci/run')
    assert.doesNotMatch(commands, /secrets|TOKEN|PASSWORD|curl|wget|https?:/i)
  })

  it('lets no contribution run with more rights than its own', async () => {
    const folder = new URL('.github/workflows/', root)
    for (const name of await readdir(folder).catch(() => [])) {
      const workflow = await readFile(new URL(name, folder), 'utf8')
      assert.doesNotMatch(workflow, /pull_request_target|workflow_run/, name)
      assert.doesNotMatch(workflow, /\$\{\{\s*github\.(?:event|head_ref)/, name)
      for (const [, action = ''] of workflow.matchAll(/uses:\s*(\S+)/g)) {
        assert.match(action, /^\.\/|@[0-9a-f]{40}$/, `${name}: ${action}`)
      }
    }
  })
})
