import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { checkFiles } from '../../../src/manifests/check/check.ts'
import { readObjects } from '../../../src/manifests/check/documents.ts'
import { nameOf } from '../../../src/manifests/check/rendered.ts'
import { config } from '../../support/config.ts'
import { cpuStopwatch } from '../../support/cpu-stopwatch.ts'

const kinds = new Set(['Service', 'ConfigMap'])
const read = (text: string) => readObjects({ file: 'all.yaml', text }, kinds)
const service = (name: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: { namespace: a, name: ${name} }\n`

/** A few hundred bytes that stand for more than a machine holds. */
const bomb = `apiVersion: v1
kind: ConfigMap
metadata: { name: bomb }
a0: &a0 [x, x, x, x, x, x, x, x, x, x]
${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((level) => `a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]\n`).join('')}`

describe('readObjects()', () => {
  it('reads a stream, and says where each object begins', () => {
    const text = `# first\n\n${service('one')}---\n\n# second\n${service('two')}---\n---\n${service('three')}`
    const { objects, count, problems } = read(text)
    assert.deepEqual(problems, [])
    assert.equal(count, 3)
    assert.deepEqual(
      objects.map((object) => [nameOf(object), object.line]),
      [
        ['Service a/one', 3],
        ['Service a/two', 9],
        ['Service a/three', 14],
      ],
    )
  })

  it('reads lists, as YAML and as JSON, and Windows line ends', () => {
    const item = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'one' } }
    const list = { apiVersion: 'v1', kind: 'List', items: [item, { ...item, kind: 'ConfigMap' }] }
    assert.equal(read(JSON.stringify(list)).objects.length, 2)
    assert.equal(read(`kind: List\nitems:\n- ${service('x').replaceAll('\n', '\n  ')}`).count, 1)
    assert.equal(read(service('x').replaceAll('\n', '\r\n')).objects.length, 1)
    assert.equal(read(`${service('x')}...\n`).objects.length, 1)
  })

  it('counts what is of other kinds, and does not look into it', () => {
    const text = `apiVersion: v1\nkind: Pod\nmetadata: {{{\n---\n${service('one')}`
    const { objects, count, problems } = read(text)
    assert.deepEqual([objects.length, count, problems], [1, 2, []])
  })

  it('is not led astray by three dashes within a text', () => {
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata:\n  a: |\n    ---\n    kind: Pod\n`
    assert.equal(read(text).objects.length, 1)
  })

  const bad: readonly (readonly [when: string, text: string, problem: RegExp])[] = [
    ['empty', '', /all\.yaml: has no Kubernetes objects/],
    ['of comments alone', '# nothing\n---\n# here\n', /has no Kubernetes objects/],
    ['no YAML', 'kind: Service\nmetadata: [a\n', /all\.yaml:\d+: is not YAML: /],
    ['a text', 'hello\n', /all\.yaml:1: is no Kubernetes object/],
    ['a program', '#!/bin/sh\nset -e\nif true; then echo: {\n', /is no Kubernetes object|not YAML/],
    ['an object without a name', 'apiVersion: v1\nkind: Service\n', /is no Kubernetes object/],
    ['broken JSON', '{ "kind": ', /is no JSON/],
    ['JSON of something else', '{ "a": 1 }', /is no Kubernetes object/],
    ['a bomb of aliases', bomb, /all\.yaml:1: has more aliases than the 100/],
    ['a key twice', `${service('x')}kind: Service\n`, /Map keys must be unique/],
    ['binary', '\u0000\u0001\u0002', /not YAML|no Kubernetes object/],
  ]
  for (const [when, text, problem] of bad) {
    it(`says what is wrong with a file that is ${when}`, () => {
      const { objects, problems } = read(text)
      assert.deepEqual(objects, [])
      assert.match(problems.join('\n'), problem)
    })
  }

  it('tells of each document that it cannot read', () => {
    const text = `${service('one')}---\nkind: Service\na: [\n---\n${service('two')}---\nhello\n`
    const { objects, problems } = read(text)
    assert.equal(objects.length, 2)
    assert.deepEqual(
      problems.map((problem) => /^all\.yaml:\d+/.exec(problem)?.[0]),
      ['all.yaml:7', 'all.yaml:12'],
    )
  })
})

describe('checkFiles()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'attache-check-'))
  after(() => rmSync(folder, { recursive: true }))
  const checked = { config: config(), service: { namespace: 'attache', name: 'attache' } }

  it('says which file it cannot read, and checks nothing then', () => {
    const good = join(folder, 'good.yaml')
    writeFileSync(good, service('one'))
    const missing = join(folder, 'missing.yaml')
    const { text, exitCode } = checkFiles([good, missing, folder], checked)
    assert.equal(exitCode, 1)
    assert.deepEqual(text.split('\n'), [
      `${missing}: cannot be read: there is no such file`,
      `${folder}: is a folder: give what kustomize build ${folder} prints`,
      'nothing was checked',
      '',
    ])
  })

  it('looks through 700 objects of 10 MB in less than two seconds', () => {
    const large = join(folder, 'large.yaml')
    const definition = `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: x }\nspec:\n${'  # a schema of many lines\n  a: { b: [c, d], e: "f" }\n'.repeat(1400)}`
    const policy = `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { namespace: n, name: p }\nspec: { action: ALLOW, rules: [{ from: [{ source: { principals: ["a/b"] } }] }] }\n`
    const parts = [
      ...Array.from({ length: 130 }, () => definition),
      ...Array.from({ length: 570 }, (_, index) => (index % 2 === 0 ? policy : service('x'))),
    ]
    writeFileSync(large, parts.join('---\n'))
    const cpuMs = cpuStopwatch()
    const { text } = checkFiles([large], checked)
    const seconds = cpuMs() / 1000
    assert.match(text, /in 700 objects/)
    assert.ok(seconds < 2, `${seconds} s`)
  })
})
