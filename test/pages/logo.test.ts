import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { logoAsset } from '../../src/pages/logo.ts'

/** A PNG of one red pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==',
  'base64',
)

describe('logoAsset()', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

  it('sends an SVG as it is', () => {
    assert.equal(logoAsset({ contentType: 'image/svg+xml', bytes: Buffer.from(svg) }).body, svg)
  })

  it('puts a PNG into an SVG of its size, as text', () => {
    const { body } = logoAsset({ contentType: 'image/png', bytes: png })
    assert.match(body, /^<svg xmlns="[^"]+" width="1" height="1" viewBox="0 0 1 1"><image /)
    assert.ok(body.includes(`href="data:image/png;base64,${png.toString('base64')}"`))
  })

  it('bears a PNG that ends at once', () => {
    const { body } = logoAsset({ contentType: 'image/png', bytes: png.subarray(0, 10) })
    assert.match(body, /viewBox="0 0 0 0"/)
  })

  for (const contentType of ['image/svg+xml', 'image/png'] as const) {
    it(`says that nothing in it may run or be fetched (${contentType})`, () => {
      const lines = new Map(logoAsset({ contentType, bytes: Buffer.from(svg) }).headers)
      assert.equal(lines.get('content-type'), 'image/svg+xml; charset=utf-8')
      assert.equal(lines.get('x-content-type-options'), 'nosniff')
      assert.equal(
        lines.get('content-security-policy'),
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
      )
    })
  }

  it('has another version when it is another picture', () => {
    const one = logoAsset({ contentType: 'image/png', bytes: png })
    const other = logoAsset({ contentType: 'image/svg+xml', bytes: Buffer.from(svg) })
    assert.match(one.version, /^[\w-]{12}$/)
    assert.notEqual(one.version, other.version)
  })
})
