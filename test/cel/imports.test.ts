import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, it } from 'node:test'

const folder = new URL('../../src/cel', import.meta.url).pathname

describe('src/cel', () => {
  it('imports nothing of Attaché, and of npm only re2js', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    const sources = files.filter((file) => file.endsWith('.ts')).map((file) => join(folder, file))
    const outside = sources.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^(?:import|\} from|export .* from).*'(.+)'$/gm)]
        .map(([, name = '']) => (name.startsWith('.') ? pathOf(file, name) : name))
        .filter((name) => name.startsWith('..') || !name.endsWith('.ts')),
    )
    assert.deepEqual([...new Set(outside)].toSorted(), ['node:buffer', 'node:module', 're2js'])
  })
})

/** Where an import leads, as seen from the folder: `../` is outside of it. */
function pathOf(file: string, name: string): string {
  return relative(folder, join(dirname(file), name))
}
