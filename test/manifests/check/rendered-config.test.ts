import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stringify } from 'yaml'
import { kubeflow } from './fault-cases.ts'
import { add, findingsAfter, said } from './installed.ts'

const other = 'has a configuration with other routes than the one that was given with --config'

const configMap = (text: string) =>
  add({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'attache', name: 'attache' },
    data: { 'attache.yaml': text },
  })
const saidOf = (text: string) => said(findingsAfter(kubeflow, { change: configMap(text) }))

describe('attache manifests --check: the configuration among the files', () => {
  const own = kubeflow.routes.map(({ match }) => ({ match }))

  it('is the one that was given, whatever else stands in it', () => {
    assert.deepEqual(saidOf(stringify({ routes: own, listen: {} })), [])
    // A list of one, and the one itself, are the same.
    const flat = own.map(({ match }) => ({ match: match.length === 1 ? match[0] : match }))
    assert.deepEqual(saidOf(stringify({ routes: flat })), [])
  })

  it('is another one: hosts, or paths', () => {
    const text = stringify({ routes: own })
    for (const changed of [
      text.replace('{namespace}.example.com', '{namespace}.example.org'),
      text.replace('/serving/*', '/models/*'),
      stringify({ routes: own.slice(1) }),
    ]) {
      assert.deepEqual(saidOf(changed), [`warning: ${other}`])
    }
  })

  for (const text of [
    '',
    'a text',
    'routes: [',
    'listen: {}',
    `routes: [{ match: { hosts: ["\${HOST}"] } }]`,
  ]) {
    it(`is not looked at: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(saidOf(text), [])
    })
  }
})
