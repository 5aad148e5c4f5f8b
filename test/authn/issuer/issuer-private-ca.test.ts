import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { DependencyError } from '../../../src/errors.ts'
import { firstAuthority, secondAuthority } from '../../support/authorities.ts'
import { closeAll, local, nameIn, tokenOf, trust } from './trusted-issuers.ts'

afterEach(closeAll)

const { ca, server: tls } = firstAuthority

describe('createIssuers() with a private CA', () => {
  it('verifies the tokens of an issuer of that CA', async () => {
    const issuer = await local({ tls })
    const { issuers } = trust([{ url: issuer.url, certificateAuthority: ca, allowHttp: false }])
    assert.equal(nameIn(await issuers.authenticateToken(tokenOf(issuer.url))), 'alice')
  })

  for (const [what, certificateAuthority] of [
    ['another CA', secondAuthority.ca],
    ["the machine's own roots", undefined],
  ] as const) {
    it(`does not believe it by ${what}`, async () => {
      const issuer = await local({ tls })
      const { issuers } = trust([{ url: issuer.url, certificateAuthority, allowHttp: false }])
      await assert.rejects(issuers.authenticateToken(tokenOf(issuer.url)), DependencyError)
      assert.equal(issuer.asked.discovery, 0)
    })
  }
})
