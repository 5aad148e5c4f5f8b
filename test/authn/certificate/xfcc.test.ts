import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { readXfcc } from '../../../src/authn/certificate/xfcc.ts'
import { cpuStopwatch } from '../../support/cpu-stopwatch.ts'

const hash = 'a'.repeat(64)
const forwarded = (cert: string, chain?: string) => ({
  kind: 'forwarded',
  certificate: { hash, cert, chain },
})

describe('readXfcc()', () => {
  const good = [
    { what: 'what Envoy writes', header: `Hash=${hash};Cert="c%0A"`, is: forwarded('c%0A') },
    {
      what: 'everything that Envoy can write',
      header: `By=spiffe://a/b;Hash=${hash};Cert="c";Chain="d";Subject="CN=a,O=b;c=\\"d\\"";URI=spiffe://x;URI=y;DNS=a.b;DNS=`,
      is: forwarded('c', 'd'),
    },
    { what: 'keys in any case', header: `hASH=${hash};cert=c;CHAIN=d`, is: forwarded('c', 'd') },
    { what: 'another order', header: `Subject="";Cert="c";Hash="${hash}"`, is: forwarded('c') },
    {
      what: 'commas, semicolons and elements in a quoted subject',
      header: `Hash=${hash};Cert="c";Subject="CN=x,Hash=${hash};Cert=\\"evil\\",;By=y"`,
      is: forwarded('c'),
    },
    {
      what: 'a subject that ends with a backslash',
      header: `Hash=${hash};Cert="c";Subject="CN=x\\\\"`,
      is: forwarded('c'),
    },
  ]
  for (const { what, header, is } of good) {
    it(`reads ${what}`, () => assert.deepEqual(readXfcc(header), is))
  }

  const bad = [
    ['nothing', ''],
    ['blanks', '   '],
    ['no Cert', `Hash=${hash};Subject="CN=a"`],
    ['no Hash', 'Cert="c"'],
    ['two Certs', `Hash=${hash};Cert="c";Cert="d"`],
    ['two equal Certs', `Hash=${hash};Cert="c";cert="c"`],
    ['two Hashes', `Hash=${hash};Hash=${hash};Cert="c"`],
    ['two Chains', `Hash=${hash};Cert="c";Chain="d";Chain="d"`],
    ['a Cert in a URI', `Hash=${hash};Cert="c";URI=x;Cert="evil"`],
    ['a Cert in a DNS name', `Hash=${hash};Cert="c";DNS=x;Cert=evil`],
    ['two elements', `Hash=${hash};Cert="c",Hash=${hash};Cert="d"`],
    ['an element in a URI', `Hash=${hash};Cert="c";URI=x,Hash=${hash};Cert="evil"`],
    ['an empty second element', `Hash=${hash};Cert="c",`],
    ['an empty first element', `,Hash=${hash};Cert="c"`],
    ['an open quote', `Hash=${hash};Cert="c`],
    ['an open quote at the end', `Hash=${hash};Cert="c";Subject="CN=a\\"`],
    ['text behind a quote', `Hash=${hash};Cert="c"d`],
    ['a quote in the middle', `Hash=${hash};Cert=c"d"`],
    ['an empty pair', `Hash=${hash};;Cert="c"`],
    ['a semicolon at the end', `Hash=${hash};Cert="c";`],
    ['no key', `Hash=${hash};="c"`],
    ['no value', `Hash;Cert="c"`],
    ['a name with a blank', `Hash=${hash};Ce rt="c"`],
  ] as const
  for (const [what, header] of bad) {
    it(`refuses ${what}`, () => assert.equal(readXfcc(header).kind, 'refused'))
  }

  it('finds the certificate whatever the subject is, escaped as OpenSSL does', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{0,60}$/), (subject) => {
        const escaped = subject.replace(/["\\]/g, '\\$&')
        const header = `Hash=${hash};Cert="c";Subject="${escaped}";URI=x`
        assert.deepEqual(readXfcc(header), forwarded('c'))
      }),
    )
  })

  it('does not run away', () => {
    const cpuMs = cpuStopwatch()
    for (const piece of ['"', '\\', 'a=', 'a="\\', 'a=b;', ' ', 'a="b";', '\\"']) {
      readXfcc(piece.repeat(60_000 / piece.length))
      readXfcc(`a="${piece.repeat(60_000 / piece.length)}`)
    }
    assert.ok(cpuMs() < 1000)
  })
})
