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

/**
 * Fragments that lead somewhere in a document: GitHub makes one of each heading, of its text as shown, in lower
 * case, without punctuation and with a hyphen for each blank; one that is there already gets a number.
 * @see {@link https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links Section links}
 */
function fragmentsOf(markdown: string): ReadonlySet<string> {
  const text = markdown.replaceAll(/^```.*?^```/gms, '')
  const fragments = new Set(
    [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id = '']) => id),
  )
  for (const [, heading = ''] of text.matchAll(/^#{1,6} +(.*?)(?: +#+)? *$/gm)) {
    const shown = heading.replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    const slug = shown
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
    let fragment = slug
    for (let more = 1; fragments.has(fragment); more += 1) fragment = `${slug}-${more}`
    fragments.add(fragment)
  }
  return fragments
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

  it('link only sections that are there', async () => {
    const missing: string[] = []
    for (const document of await documents()) {
      const text = await readFile(new URL(document, root), 'utf8')
      const at = new URL(document, root)
      for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)\s]*#[^)\s]+)/g)) {
        const { pathname, hash } = new URL(link, at)
        if (!pathname.endsWith('.md')) continue
        const fragments = fragmentsOf(await readFile(new URL(pathname, at), 'utf8'))
        if (!fragments.has(decodeURIComponent(hash.slice(1)))) missing.push(`${document}: ${link}`)
      }
    }
    assert.deepEqual(missing, [])
  })
})
