import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  acceptedAudiences,
  audiencesToReview,
} from '../../../src/authn/service-account/audiences.ts'
import { botToken } from './cluster-keys.ts'

describe('acceptedAudiences()', () => {
  const cases = [
    [undefined, { named: [], ofApiServer: true }],
    [[], { named: [], ofApiServer: false }],
    [['default'], { named: [], ofApiServer: true }],
    [['pipelines', 'default'], { named: ['pipelines'], ofApiServer: true }],
    [['pipelines', 'Default'], { named: ['pipelines', 'Default'], ofApiServer: false }],
  ] as const
  for (const [configured, accepted] of cases) {
    it(`reads ${JSON.stringify(configured)}`, () => {
      assert.deepEqual(acceptedAudiences(configured), accepted)
    })
  }
})

describe('audiencesToReview()', () => {
  const both = { named: ['pipelines'], ofApiServer: true }
  const cases = [
    ['a token for one that is named', botToken({ aud: ['api', 'pipelines'] }), both, ['pipelines']],
    ['a token for one, as a string', botToken({ aud: 'pipelines' }), both, ['pipelines']],
    ['a token for another', botToken({ aud: ['vault'] }), both, undefined],
    ['a token without an audience', botToken({ aud: undefined }), both, undefined],
    ['a token whose audience is no list', botToken({ aud: { pipelines: 1 } }), both, undefined],
    ['an opaque token', 'opaque', both, undefined],
    ['any token, for named ones alone', 'opaque', { ...both, ofApiServer: false }, ['pipelines']],
    ['any token, for the API server', botToken(), { named: [], ofApiServer: true }, undefined],
  ] as const
  for (const [name, token, accepted, asked] of cases) {
    it(`asks about ${name}`, () => {
      assert.deepEqual(audiencesToReview(token, accepted), asked)
    })
  }
})
