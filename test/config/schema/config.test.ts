import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { publishedSchema } from '../../../src/config/schema/config.ts'
import { isRecord } from '../../../src/json/record.ts'
import { schemaFile, schemaText } from '../../support/schema.ts'

describe('attache.schema.json', () => {
  it('is what the source makes; npm run generate writes it', () => {
    assert.equal(readFileSync(schemaFile, 'utf8'), schemaText())
  })

  it('is a valid schema of draft 7', () => {
    const ajv = new Ajv({ allowUnionTypes: true })
    ajv.addVocabulary(['patternErrorMessage'])
    const validate = ajv.compile(publishedSchema())
    assert.ok(
      validate({
        listen: { grpc: 'a:1' },
        routes: [{ identity: 'kubeflow' }],
        authentication: { file: 'x' },
      }),
    )
    assert.ok(!validate({ listen: {}, routes: [{ identity: 'x' }] }))
  })

  it('describes every key, and knows all of them', () => {
    const faults: string[] = []
    visit(publishedSchema(), '', faults)
    assert.deepEqual(faults, [])
  })

  it('says which keys are not available yet', () => {
    const text = schemaText()
    assert.match(text, /Not available yet. Tokens that people/)
    assert.doesNotMatch(text, /Not available yet. (undefined|Not available)/)
  })
})

function visit(schema: unknown, path: string, faults: string[]): void {
  if (!isRecord(schema)) return
  const { properties, items, anyOf, description, additionalProperties } = schema
  if (path !== '' && typeof description !== 'string') faults.push(`${path} has no description`)
  if (
    isRecord(properties) &&
    Object.keys(properties).length > 0 &&
    additionalProperties !== false
  ) {
    faults.push(`${path} lets unknown keys pass`)
  }
  for (const [key, value] of Object.entries(isRecord(properties) ? properties : {})) {
    visit(value, `${path}.${key}`, faults)
  }
  if (isRecord(items) && isRecord(items['properties'])) visit(items, `${path}[]`, faults)
  for (const branch of Array.isArray(anyOf) ? anyOf : []) visit(branch, path, faults)
}
