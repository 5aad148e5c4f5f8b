import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { publishedSchema } from '../../src/config/schema/config.ts'
import { isRecord } from '../../src/json/record.ts'
import { listenAndRoutes, problemsOf, sessionKeys } from '../config/folder.ts'
import { pem } from '../config/pem.ts'

const text = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')

/** Keys whose own section of the page is their heading. */
const headed = new Set([
  'listen',
  'authentication',
  'kubernetes',
  'serviceAccounts',
  'clientCertificates',
  'frontProxy',
  'basic',
  'signIn',
  'session',
  'routes',
  'impersonate',
  'kubeflow',
  'headers',
  'identityToken',
  'audit',
  'readiness',
  'shutdown',
  'tracing',
])

const identityKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const identityKeys = JSON.stringify({
  keys: [{ ...identityKey.export({ format: 'jwk' }), kid: '1' }],
})

describe('docs/configuration.md', () => {
  it('has every key of the schema, with its default', () => {
    const expected = [...schemaRows(publishedSchema(), '')].filter(([key]) => !headed.has(key))
    assert.deepEqual(new Map(documentedRows()), new Map(expected))
  })

  for (const [index, block] of yamlBlocks().entries()) {
    it(`has examples that load: number ${index + 1}`, () => {
      const files = {
        'tls.crt': pem.certificate,
        'tls.key': pem.key,
        'ca.crt': pem.certificate,
        'session-keys': sessionKeys,
        'dex-secret': 'of dex',
        'identity-keys.json': identityKeys,
        token: 'ey.to.ken',
        'users.htpasswd': `alice:$2y$05$${'a'.repeat(53)}\n`,
        'users.yaml': text.match(/^```\n(alice:[^]*?)^```$/m)?.[1] ?? '',
        'authentication.yaml':
          'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n',
      }
      const missing = listenAndRoutes
        .split('\n')
        .filter((line) => !new RegExp(`^${line.split(':')[0]}:`, 'm').test(block))
      assert.deepEqual(problemsOf(`${block}${missing.join('\n')}`, { files }), [])
    })
  }
})

function yamlBlocks(): readonly string[] {
  return [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, block = '']) => block)
}

/** Key, with its section before it, to the default's JSON; `required`, or empty for none. */
function* documentedRows(): Generator<[string, string]> {
  let section = ''
  for (const line of text.split('\n')) {
    const heading = /^## (?:`(\w+)`|.*)/.exec(line)
    if (heading !== null) section = heading[1] ?? ''
    const [, key, fallback = ''] =
      /^\| `([^`]+)` \| [^|]* \| (?:`?([^`|]+?)`?)? *\|/.exec(line) ?? []
    if (key === undefined) continue
    const own = section === '' || key === section
    const separator = section === 'routes' ? '[].' : '.'
    yield [own ? key : `${section}${separator}${key}`, fallback]
  }
}

function* schemaRows(schema: unknown, path: string): Generator<[string, string]> {
  if (!isRecord(schema)) return
  const { properties, required, anyOf } = schema
  for (const branch of Array.isArray(anyOf) ? anyOf : []) yield* schemaRows(branch, path)
  for (const [key, value] of Object.entries(isRecord(properties) ? properties : {})) {
    if (!isRecord(value)) continue
    const own = path === '' ? key : `${path}.${key}`
    const must = Array.isArray(required) && required.includes(key) && key !== 'file'
    yield [own, 'default' in value ? JSON.stringify(value['default']) : must ? 'required' : '']
    yield* schemaRows(value, own)
    if (value['type'] === 'array') yield* schemaRows(value['items'], `${own}[]`)
  }
}
