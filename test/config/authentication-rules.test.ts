import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Entry, entry, head, issuersOfFile, problemsOfFile } from './entry.ts'
import { pem } from './pem.ts'

describe('authentication, its rules', () => {
  it('makes the issuer that a minimal entry describes', () => {
    const [issuer] = issuersOfFile(
      `${head}jwt: [${entry({ mappings: { groups: { prefix: 'lone' } } })}]`,
    )
    assert.deepEqual(issuer?.claimMappings, {
      username: { claim: 'sub', prefix: '' },
      groups: undefined,
      uid: undefined,
      extra: [],
    })
    assert.equal(issuer.algorithms.length, 9)
    assert.equal(issuer.allowHttp, false)
  })

  const certificate = { certificateAuthority: pem.certificate }
  const accepted: readonly (readonly [string, Entry])[] = [
    [
      'several audiences with MatchAny',
      { issuer: { audiences: ['a', 'b'], audienceMatchPolicy: 'MatchAny' } },
    ],
    ['one audience with MatchAny', { issuer: { audienceMatchPolicy: 'MatchAny' } }],
    ['a certificate authority', { issuer: certificate }],
    [
      'a discoveryURL elsewhere',
      { issuer: { discoveryURL: 'https://issuer.svc/.well-known/openid-configuration' } },
    ],
    ['a required claim that must be empty', { more: { claimValidationRules: [{ claim: 'a' }] } }],
    ['- as a prefix', { mappings: { username: { claim: 'sub', prefix: '-' } } }],
  ]
  for (const [what, parts] of accepted) {
    it(`accept ${what}`, () => {
      assert.deepEqual(problemsOfFile(`${head}jwt: [${entry(parts)}]`), [])
    })
  }

  const refused: readonly (readonly [string, Entry, ...RegExp[]])[] = [
    ['no url', { issuer: { url: undefined } }, /jwt\[0\].issuer.url: is missing/],
    [
      'plain http',
      { issuer: { url: 'http://issuer.example.com' } },
      /jwt\[0\].issuer.url: must be an https URL; list the issuer in insecureIssuers/,
    ],
    [
      'a password in url',
      { issuer: { url: 'https://u:hunter2@issuer.example.com' } },
      /jwt\[0\].issuer.url: must not name a user \(got "https:\/\/…@issuer/,
    ],
    [
      'discoveryURL that is url',
      { issuer: { discoveryURL: 'https://issuer.example.com/' } },
      /issuer.discoveryURL: must differ from url/,
    ],
    [
      'discoveryURL over http',
      { issuer: { discoveryURL: 'http://x/.well-known' } },
      /issuer.discoveryURL: must be an https URL/,
    ],
    [
      'a certificate authority that is none',
      { issuer: { certificateAuthority: 'nonsense' } },
      /certificateAuthority: must hold one certificate/,
    ],
    [
      'a broken certificate',
      {
        issuer: {
          certificateAuthority: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
        },
      },
      /certificateAuthority: must hold one certificate/,
    ],
    [
      'a key as certificate authority',
      { issuer: { certificateAuthority: pem.key } },
      /certificateAuthority: must hold one certificate/,
    ],
    ['no audience', { issuer: { audiences: [] } }, /issuer.audiences: must name an audience/],
    [
      'audiences missing',
      { issuer: { audiences: undefined } },
      /issuer.audiences: must name an audience/,
    ],
    [
      'an empty audience',
      { issuer: { audiences: [''] } },
      /issuer.audiences\[0\]: must not be empty/,
    ],
    [
      'null as audience',
      { issuer: { audiences: [null] } },
      /issuer.audiences\[0\]: must not be empty/,
    ],
    [
      'an audience twice',
      { issuer: { audiences: ['a', 'a'], audienceMatchPolicy: 'MatchAny' } },
      /issuer.audiences\[1\]: must not be named twice/,
    ],
    [
      'several audiences without MatchAny',
      { issuer: { audiences: ['a', 'b'] } },
      /issuer.audienceMatchPolicy: must be MatchAny/,
    ],
    [
      'matchany',
      { issuer: { audienceMatchPolicy: 'matchany' } },
      /issuer.audienceMatchPolicy: must be MatchAny/,
    ],
    [
      'egressSelectorType',
      { issuer: { egressSelectorType: 'cluster' } },
      /egressSelectorType: is about the network proxy of kube-apiserver/,
    ],
    [
      'another egressSelectorType',
      { issuer: { egressSelectorType: 'Cluster' } },
      /egressSelectorType: must be controlplane or cluster/,
    ],
    [
      'no username',
      { mappings: { username: undefined } },
      /claimMappings.username: must have claim or expression/,
    ],
    [
      'an empty username',
      { mappings: { username: { claim: '', prefix: '' } } },
      /claimMappings.username: must have claim or expression/,
    ],
    [
      'a username without prefix',
      { mappings: { username: { claim: 'sub' } } },
      /username.prefix: must stand beside claim/,
    ],
    [
      'null as prefix',
      { mappings: { username: { claim: 'sub', prefix: null } } },
      /username.prefix: must stand beside claim/,
    ],
    [
      'groups without prefix',
      { mappings: { groups: { claim: 'groups' } } },
      /groups.prefix: must stand beside claim/,
    ],
    [
      'a prefix of uid',
      { mappings: { uid: { claim: 'sub', prefix: '' } } },
      /uid.prefix: unknown key/,
    ],
    [
      'a rule about nothing',
      { more: { claimValidationRules: [{}] } },
      /claimValidationRules\[0\]: must have claim or expression/,
    ],
    [
      'a rule with a message',
      { more: { claimValidationRules: [{ claim: 'a', message: 'b' }] } },
      /claimValidationRules\[0\].message: must not stand beside claim/,
    ],
    [
      'a claim required twice',
      { more: { claimValidationRules: [{ claim: 'a' }, { claim: 'a', requiredValue: 'b' }] } },
      /claimValidationRules\[1\].claim: must not be named twice/,
    ],
    [
      'requiredValue that is a number',
      { more: { claimValidationRules: [{ claim: 'a', requiredValue: 5 }] } },
      /requiredValue: must be a string/,
    ],
    [
      'an extra of Kubernetes',
      { mappings: { extra: [{ key: 'x.kubernetes.io/a' }] } },
      /extra\[0\].valueExpression: is missing/,
      /extra\[0\].key: must not be of kubernetes.io or k8s.io/,
    ],
    [
      'an extra without a domain',
      { mappings: { extra: [{ key: 'a', valueExpression: '' }] } },
      /valueExpression: is missing/,
      /extra\[0\].key: must be a domain, "\/" and a path/,
    ],
    [
      'a user rule about nothing',
      { more: { userValidationRules: [{}] } },
      /userValidationRules\[0\].expression: is missing/,
    ],
  ]
  for (const [what, parts, ...expected] of refused) {
    it(`refuse ${what}`, () => {
      const problems = problemsOfFile(`${head}jwt: [${entry(parts)}]`)
      assert.equal(problems.length, expected.length, problems.join('\n'))
      for (const pattern of expected) assert.match(problems.join('\n'), pattern)
    })
  }

  it('report everything, also where types are wrong elsewhere', () => {
    const text = `${head}jwt:\n- issuer: { url: 5, audiences: no, egressSelectorType: cluster }\n  claimMappings: { username: { claim: sub }, groups: [] }\n- 7\n- ${entry()}\n- ${entry()}\n`
    assert.deepEqual(
      problemsOfFile(text).map((problem) => problem.replace(/: .*/, '')),
      [
        '4:18 jwt[0].issuer.url',
        '4:32 jwt[0].issuer.audiences',
        '4:56 jwt[0].issuer.egressSelectorType',
        '5:20 jwt[0].claimMappings.username.prefix',
        '5:54 jwt[0].claimMappings.groups',
        '6:3 jwt[1]',
        '8:20 jwt[3].issuer.url',
      ],
    )
  })
})

describe('insecureIssuers', () => {
  const http = `${head}jwt: [${entry({ issuer: { url: 'http://dex.auth:5556/dex' } })}]`

  it('lets the issuer that it names be plain http', () => {
    const [issuer] = issuersOfFile(http, 'insecureIssuers: [http://dex.auth:5556/dex]')
    assert.equal(issuer?.allowHttp, true)
  })

  for (const url of [
    'http://dex.auth:5556',
    'http://dex.auth:5556/dex/',
    'http://DEX.auth:5556/dex',
    '*',
  ]) {
    it(`refuses ${url}, which names no issuer`, () => {
      const problems = problemsOfFile(http, `insecureIssuers: ["${url}"]`)
      assert.match(
        problems.join('\n'),
        /insecureIssuers\[0\]: must be an issuer.url of authentication.jwt/,
      )
      assert.match(problems.join('\n'), /jwt\[0\].issuer.url: must be an https URL/)
    })
  }

  it('relaxes nothing else', () => {
    const text = `${head}jwt: [${entry({ issuer: { url: 'http://u@dex/?a' } })}, ${entry({ issuer: { url: 'http://other' } })}]`
    const problems = problemsOfFile(text, 'insecureIssuers: ["http://u@dex/?a"]')
    assert.match(problems.join('\n'), /jwt\[0\].issuer.url: must not have a query/)
    assert.match(problems.join('\n'), /jwt\[1\].issuer.url: must be an https URL/)
  })

  it('must not name one twice', () => {
    const twice = 'insecureIssuers: [http://dex.auth:5556/dex, http://dex.auth:5556/dex]'
    assert.match(
      problemsOfFile(http, twice).join('\n'),
      /insecureIssuers: must not name one thing twice/,
    )
  })
})
