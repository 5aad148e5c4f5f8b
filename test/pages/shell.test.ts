import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createShells } from '../../src/pages/shell.ts'
import { branding } from '../support/page-gallery.ts'

const german = new Map([['accept-language', 'de']])

describe('createShells()', () => {
  it('has neither name nor addresses without sign-in, but a language', () => {
    const { language, name, logoURL, styleURL } = createShells(undefined)(german)
    assert.deepEqual(
      { language, name, logoURL, styleURL },
      {
        language: 'de',
        name: undefined,
        logoURL: undefined,
        styleURL: undefined,
      },
    )
  })

  it('names the files by what they hold, below the prefix', () => {
    const { name, logoURL, styleURL } = createShells({ pathPrefix: '/x', branding })(new Map())
    assert.equal(name, 'Aurora Research Platform')
    assert.match(logoURL ?? '', /^\/x\/logo\?v=[\w-]{12}$/)
    assert.match(styleURL ?? '', /^\/x\/style\.css\?v=[\w-]{12}$/)
  })

  it('asks for no logo where there is none', () => {
    const none = { name: undefined, logo: undefined }
    assert.equal(createShells({ pathPrefix: '/x', branding: none })(german).logoURL, undefined)
  })
})
