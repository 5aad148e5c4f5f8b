import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createShells } from '../../src/pages/shell.ts'
import { styleSheet } from '../../src/pages/style.ts'
import { browser } from '../support/known-provider.ts'
import { branding } from '../support/page-gallery.ts'
import { header } from '../support/sign-in-browser.ts'

const { logoURL = '', styleURL = '' } = createShells({ pathPrefix: '/oauth2', branding })(new Map())

describe('the files of the pages', () => {
  const at = browser({ config: { branding } })

  it('are kept for good under the address that names their version', async () => {
    for (const [endpoint, address] of [
      ['style.css', styleURL],
      ['logo', logoURL],
    ] as const) {
      const { status, headers } = await at.open(endpoint, address)
      assert.equal(status, 200)
      assert.equal(header(headers, 'cache-control'), 'public, max-age=31536000, immutable')
      assert.equal(header(headers, 'x-content-type-options'), 'nosniff')
    }
  })

  const others = ['', '?v=', '?v=another', '?v=another&v=', '?x=1', '?v=%00']
  for (const query of others) {
    it(`are not kept for long under ${JSON.stringify(query)}, where another may come`, async () => {
      const { headers, body } = await at.open('style.css', `/oauth2/style.css${query}`)
      assert.equal(header(headers, 'cache-control'), 'public, max-age=60')
      assert.equal(body, styleSheet)
    })
  }

  it('are the same for every host', async () => {
    const { status } = await at.open('logo', logoURL, { host: 'another.example' })
    assert.equal(status, 200)
  })

  it('have no logo where the operator has none', async () => {
    const { status, headers } = await browser().open('logo', '/oauth2/logo')
    assert.equal(status, 404)
    assert.equal(header(headers, 'cache-control'), 'no-store')
  })
})
