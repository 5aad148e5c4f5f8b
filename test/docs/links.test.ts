import assert from 'node:assert/strict'
import { access, readdir, readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'

const root = new URL('../../', import.meta.url)

async function documents(): Promise<readonly string[]> {
  const at = await readdir(root)
  const within = await readdir(new URL('docs/', root), { recursive: true })
  const examples = await readdir(new URL('examples/', root), { recursive: true })
  const all = [
    ...at,
    ...within.map((name) => `docs/${name}`),
    ...examples.map((name) => `examples/${name}`),
    'istio/README.md',
    'kustomize/README.md',
    'src/cel/README.md',
  ]
  return all.filter((name) => name.endsWith('.md'))
}

describe('the documents', () => {
  it('link and name only files that are there', async () => {
    const missing: string[] = []
    for (const document of await documents()) {
      const text = await readFile(new URL(document, root), 'utf8')
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(
        ([, link = '']) => new URL(link, new URL(document, root)),
      )
      const named = [...text.matchAll(/(?<![\w/])((?:src|test)\/[\w./-]+\.(?:ts|mjs))/g)].map(
        ([, name = '']) => new URL(name, root),
      )
      for (const file of [...links, ...named]) {
        await access(file).catch(() => missing.push(`${document}: ${file.pathname}`))
      }
    }
    assert.deepEqual(missing, [])
  })
})
