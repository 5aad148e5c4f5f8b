import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { format } from '../../../src/cel/library/format.ts'
import { unlimitedMeter } from '../../../src/cel/run/work.ts'
import { type CelList, type CelValue, isNativeStrings } from '../../../src/cel/value.ts'
import { cpuStopwatch } from '../../support/cpu-stopwatch.ts'
import { calling, failed } from './calling.ts'

const { call, cost } = calling(format)

/** What a named format finds wrong. */
function faults(name: string, text: string): CelList {
  const found = call('format-validate', call(`format.${name}`) as CelValue, text)
  assert.ok(typeof found === 'object' && found !== null && 'kind' in found)
  assert.ok(found.kind === 'optional')
  return (found.value ?? []) as CelList
}

const long = 'a'.repeat(64)

const valid: Readonly<Record<string, readonly string[]>> = {
  dns1123Label: ['my-name', '1', 'a'.repeat(63)],
  dns1123Subdomain: ['example.com', '1.2', `${'a'.repeat(200)}.com`],
  dns1035Label: ['my-name', 'a1'],
  qualifiedName: ['MyName', 'a_b.c-d', 'example.com/MyName'],
  dns1123LabelPrefix: ['my-', 'a', 'a--', 'a.-'],
  dns1123SubdomainPrefix: ['my.name.-', 'a.b-'],
  dns1035LabelPrefix: ['my-'],
  labelValue: ['', 'MyValue', 'a.b'],
  uri: ['https://a/b', '/a', 'mailto:x'],
  uuid: ['123e4567-e89b-12d3-a456-426614174000', '123E4567E89B12D3A456426614174000'],
  byte: ['aGVsbG8=', 'YQ==', 'YWJj'],
  date: ['2021-01-31', '2000-02-29', '0000-02-29'],
  datetime: ['2021-01-01T00:00:00Z', '2021-01-01t23:59:59.5+99:99', '2021-01-01T00:00:00ztx'],
}

const invalid: Readonly<Record<string, readonly string[]>> = {
  dns1123Label: ['', 'A', '-a', 'a-', 'a.b', 'a\n', 'é', long],
  dns1123Subdomain: ['', '.', 'a..b', 'a.-b', `${'a.'.repeat(127)}a`],
  dns1035Label: ['1a', 'a-'],
  qualifiedName: ['', '/a', 'a/', 'a/b/c', 'A/b', `a/${long}`],
  dns1123LabelPrefix: ['-', 'é-', 'a.b-'],
  dns1123SubdomainPrefix: ['-', '.-a'],
  dns1035LabelPrefix: ['1', '1b-'],
  labelValue: ['-', 'a/b', 'a-', long],
  uri: ['', 'a', 'http://a:b'],
  uuid: ['', '123e4567-e89b-12d3-a456-42661417400g', '123e4567-e89b-12d3-a456-426614174000\n'],
  byte: ['', '====', 'a===', 'ab=c', 'YQ==\n', 'YQ'],
  date: ['2021-02-29', '1900-02-29', '2021-1-1', '2021-00-01', '2021-13-01', '12021-01-01'],
  datetime: ['2021-01-01', '2021-01-01T24:00:00Z', '2021-01-01T00:00:00', '2021-02-30T00:00:00Z'],
}

describe('format', () => {
  for (const [name, texts] of Object.entries(valid)) {
    it(`finds nothing wrong with a valid ${name}`, () => {
      for (const text of texts) assert.deepEqual([...faults(name, text)], [], text)
    })
  }

  for (const [name, texts] of Object.entries(invalid)) {
    it(`finds what is wrong with a ${name}, as a list that is natively []string`, () => {
      for (const text of texts) {
        const found = faults(name, text)
        assert.notEqual(found.length, 0, text)
        assert.equal(isNativeStrings(found), true)
      }
    })
  }

  it('says what Kubernetes says', () => {
    assert.deepEqual(
      [...faults('dns1123Label', `${long}.b`)],
      ['must be no more than 63 characters', 'must not contain dots'],
    )
    assert.deepEqual(
      [...faults('qualifiedName', '/')],
      [
        'prefix part must be non-empty',
        'name part must be non-empty',
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    )
    assert.deepEqual([...faults('uri', 'a b')], ['parse "a b": invalid URI for request'])
    assert.deepEqual([...faults('uuid', 'x')], ['does not match the UUID format'])
  })

  it('knows formats by their names', () => {
    const found = call('format-named', 'uuid')
    assert.ok(typeof found === 'object' && found !== null && 'kind' in found)
    assert.ok(found.kind === 'optional' && typeof found.value === 'object' && found.value !== null)
    assert.ok('equals' in found.value)
    assert.equal(found.value.equals(call('format.uuid') as CelValue, unlimitedMeter()), true)
    assert.equal(found.value.equals(call('format.byte') as CelValue, unlimitedMeter()), false)
    assert.equal(failed(found.value.equals('uuid', unlimitedMeter())), true)
    assert.deepEqual(call('format-named', 'UUID'), { kind: 'optional', value: undefined })
  })

  it('does not take long for a long text', () => {
    const cpuMs = cpuStopwatch()
    for (const name of Object.keys(valid)) {
      for (const part of ['a', 'a.', '-', '=', '1', 'é', '/', '00:', 't']) {
        faults(name, part.repeat(20_000))
        faults(name, `${part.repeat(20_000)}!`)
        faults(name, `${part.repeat(20_000)}-`)
      }
    }
    // All of them take 40 ms; a pattern that backtracks would take minutes.
    assert.ok(cpuMs() < 10_000)
  })

  it('costs what Kubernetes counts', () => {
    assert.equal(cost('format-validate', call('format.uri') as CelValue, 'x'.repeat(19)), 552)
    assert.equal(cost('format-named', 'uri'), 1)
  })
})
