import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { istioFiles, istioFolder } from '../support/istio-folders.ts'

/** Written by hand. */
const own = ['README.md', 'appender.lua', 'pre-filter.lua']
const ownFolders = ['istiod-env', 'cdn-paths']

describe('istio/', () => {
  const files = istioFiles()
  for (const [path, text] of files) {
    it(`has ${path} as \`npm run generate\` prints it`, () => {
      assert.equal(readFileSync(join(istioFolder, path), 'utf8'), text)
    })
  }

  it('says of each object why it is there', () => {
    const documents = [...files]
      .filter(([path]) => path.endsWith('objects.yaml'))
      .flatMap(([path, text]) => text.split(/^---\n/m).map((document) => [path, document] as const))
      .filter(([, document]) => document.trim() !== '')
    assert.ok(documents.length > 40)
    for (const [path, document] of documents) {
      assert.match(document, /^(?:# .+\n)+apiVersion: /, path)
    }
  })

  it('has no other file', () => {
    const there = readdirSync(istioFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(istioFolder.length))
    const known = [
      ...files.keys(),
      ...own,
      ...ownFolders.map((name) => `${name}/kustomization.yaml`),
    ]
    assert.deepEqual(there.toSorted(), known.toSorted())
  })
})
