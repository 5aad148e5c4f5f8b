import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configOf, oneIssuer } from './folder.ts'
import { type Case, check } from './rules.ts'

const routes = (text: string) =>
  `${oneIssuer}listen: { grpc: 127.0.0.1:1 }\nimpersonate: { tokenFile: token }\nroutes:\n${text}\n`
const kubeflow = 'identity: kubeflow'

describe('routes', () => {
  check(
    [
      [
        'a list of alternatives',
        `- { match: [{ paths: [/a] }, { hosts: [b.example.com] }], ${kubeflow} }`,
      ],
      ['none', ' []', /^5:2 routes: must not be an empty list/],
      [
        'an empty list of paths',
        `- { match: { paths: [] }, ${kubeflow} }`,
        /^5:21 routes\[0\].match.paths: must not be an empty list/,
      ],
      [
        'an empty list of alternatives',
        `- { match: [], ${kubeflow} }`,
        /routes\[0\].match: must not be an empty list/,
      ],
      [
        'an empty path',
        `- { match: { paths: [""] }, ${kubeflow} }`,
        /paths\[0\]: must not be empty/,
      ],
      [
        'a path twice',
        `- { match: { paths: [/a, /b, /a] }, ${kubeflow} }`,
        /paths: must not name one thing twice, as items 0 and 2/,
      ],
      [
        'an alternative twice',
        `- { match: [{ paths: [/a] }, { paths: [/a] }], ${kubeflow} }`,
        /match: must not name one thing twice/,
      ],
      [
        'a path that begins with no /',
        `- { match: { paths: [a] }, ${kubeflow} }`,
        /paths\[0\]: path "a" must begin/,
      ],
      [
        'a * in the middle',
        `- { match: { paths: [/a/*/b] }, ${kubeflow} }`,
        /paths\[0\]: "\*" may only end/,
      ],
      [
        'a path that is not normalised',
        `- { match: { paths: [/a/../b] }, ${kubeflow} }`,
        /paths\[0\]: path .* can never match/,
      ],
      [
        'half a segment as capture',
        `- { match: { paths: ["/a{b}"] }, ${kubeflow} }`,
        /paths\[0\]: .*whole segment/,
      ],
      [
        'a host with a port',
        `- { match: { hosts: ["a:80"] }, ${kubeflow} }`,
        /hosts\[0\]: host "a:80" must be/,
      ],
      [
        'a host in capitals',
        `- { match: { hosts: [A.example.com] }, ${kubeflow} }`,
        /hosts\[0\]: host/,
      ],
      [
        'a method in lower case',
        `- { match: { methods: [get] }, ${kubeflow} }`,
        /methods\[0\]: must be a method in capitals.*"get"/,
      ],
      [
        'a route without identity',
        '- { match: { paths: [/a] } }',
        /^5:3 routes\[0\].identity: is missing/,
      ],
      [
        'an identity that is none',
        '- identity: admin',
        /must be impersonate, kubeflow, headers or forward \(got "admin"\)/,
      ],
      [
        'identity on a public route',
        `- { access: public, ${kubeflow} }`,
        /routes\[0\].identity: must not stand on a public route/,
      ],
      [
        'authorization on a public route',
        '- { access: public, authorization: keep }',
        /routes\[0\].authorization: must not stand/,
      ],
      [
        'preflight on a public route',
        '- { access: public, preflight: pass }',
        /routes\[0\].preflight: must not stand/,
      ],
      [
        'a review on a public route',
        '- { access: public, subjectAccessReview: { resource: pods, verb: get } }',
        /routes\[0\].subjectAccessReview: must not stand on a public route/,
      ],
      [
        'allowImpersonation on a public route',
        '- { access: public, allowImpersonation: true }',
        /routes\[0\].allowImpersonation: must not stand on a public route/,
      ],
      [
        'audit on a public route',
        '- { access: public, audit: true }',
        /routes\[0\].audit: must not stand on a public route/,
      ],
      [
        'allowImpersonation with impersonate',
        '- { identity: impersonate, allowImpersonation: true }',
      ],
      ['allowImpersonation that is off', `- { ${kubeflow}, allowImpersonation: false }`],
      ...['kubeflow', 'headers', 'forward'].map(
        (identity): Case => [
          `allowImpersonation with ${identity}`,
          `- { identity: ${identity}, allowImpersonation: true }`,
          new RegExp(
            String.raw`routes\[0\].allowImpersonation: must not be true on a route with identity: ${identity}`,
          ),
        ],
      ),
      [
        'allowImpersonation in words',
        '- { identity: impersonate, allowImpersonation: yes }',
        /allowImpersonation: must be true or false/,
      ],
      [
        'allowImpersonation without identity',
        '- { allowImpersonation: true }',
        /routes\[0\].identity: is missing/,
      ],
      [
        'half a segment that a * goes on with',
        `- { match: { paths: ["/{a}*"] }, ${kubeflow} }`,
        /paths\[0\]: "\/\{a\}\*" must capture a whole segment: end it with "\/\*"/,
      ],
      [
        'one capture from host and path',
        `- { match: { hosts: ["{a}.example.com", b.example.com], paths: [/b, "/{a}/*"] }, ${kubeflow} }`,
        /routes\[0\].match: must not capture "\{a\}" from the host and from the path/,
      ],
      [
        'one capture from hosts here and paths there',
        `- { match: [{ hosts: ["{a}.example.com"] }, { paths: ["/{a}/*"] }], ${kubeflow} }`,
      ],
      ['forward with token', '- { identity: forward, authorization: token }'],
      [
        'forward with remove',
        '- { identity: forward, authorization: remove }',
        /must be token on a route with identity: forward/,
      ],
      [
        'impersonate with keep',
        '- { identity: impersonate, authorization: keep }',
        /must not be keep/,
      ],
      [
        'impersonate with token',
        '- { identity: impersonate, authorization: token }',
        /must not be token: the API server would see/,
      ],
      [
        'a route after everything',
        `- { ${kubeflow} }\n- { match: { paths: [/a] }, ${kubeflow} }\n- { ${kubeflow} }`,
        /^6:3 routes\[1\]: can never match: routes\[0\] above/,
        /^7:3 routes\[2\]: can never match: routes\[0\] above/,
      ],
      [
        'a route after /*',
        `- { match: { paths: [/a, /*] }, ${kubeflow} }\n- { ${kubeflow} }`,
        /routes\[1\]: can never match/,
      ],
      [
        'a route after an empty alternative',
        `- { match: [{ paths: [/a] }, {}], ${kubeflow} }\n- { ${kubeflow} }`,
        /routes\[1\]: can never match/,
      ],
      [
        'the same match twice',
        `- { match: { paths: [/a, /b] }, ${kubeflow} }\n- { match: { paths: [/b, /a] }, access: public }`,
        /^6:\d+ routes\[1\].match: can never match: routes\[0\] has the same/,
      ],
      [
        'the same path for other methods',
        `- { match: { paths: [/a], methods: [GET] }, ${kubeflow} }\n- { match: { paths: [/a] }, access: public }`,
      ],
      [
        'two routes that are wrong',
        '- { match: { paths: [a] } }\n- { identity: 5 }',
        /routes\[0\].identity/,
        /routes\[0\].match/,
        /routes\[1\].identity/,
      ],
    ],
    routes,
  )
})

function auditOf(route: string, more = '') {
  const config = configOf(
    `listen: { grpc: 127.0.0.1:1 }\nimpersonate: { credential: none }\nroutes: [${route}]\n${more}`,
  )
  return { route: config.routes[0]?.audit, format: config.audit.format }
}

describe('audit', () => {
  for (const [route, audited] of [
    ['{ identity: impersonate }', true],
    ['{ identity: impersonate, audit: false }', false],
    ['{ identity: kubeflow }', false],
    ['{ identity: forward }', false],
    ['{ identity: headers, audit: true }', true],
    ['{ access: public }', false],
  ] as const) {
    it(`is ${audited} on ${route}`, () => {
      assert.deepEqual(auditOf(route), { route: audited, format: 'json' })
    })
  }

  it('has a format', () => {
    for (const format of ['json', 'authn-lines'] as const) {
      const found = auditOf('{ identity: impersonate }', `audit: { format: ${format} }`)
      assert.equal(found.format, format)
    }
  })

  check(
    [
      ['a section that says nothing', '[{ identity: kubeflow, audit: true }]\naudit: {}'],
      [
        'a section without an audited route',
        '[{ identity: kubeflow }]\naudit: {}',
        /^3:1 audit: has no use: no route is audited/,
      ],
      [
        'a section while every route is off',
        '[{ identity: impersonate, audit: false }]\naudit: { format: json }\nimpersonate: { credential: none }',
        /^3:1 audit: has no use/,
      ],
      [
        'a format that is none',
        '[{ identity: kubeflow, audit: true }]\naudit: { format: xml }',
        /audit.format: must be json or authn-lines \(got "xml"\)/,
      ],
      [
        'routes that are wrong, and says nothing of the section',
        '[{ identity: 5 }]\naudit: {}',
        /routes\[0\].identity/,
      ],
    ],
    (text) => `listen: { grpc: 127.0.0.1:1 }\nroutes: ${text}\n`,
  )
})

function signIn(...ids: readonly string[]): string {
  const providers = ids.map(
    (id) => `{ id: ${id}, issuer: https://dex.example.com, clientID: kubeflow }`,
  )
  return `signIn: { externalURL: https://app.example.com, providers: [${providers.join(', ')}] }
session: { keysFile: keys }
${oneIssuer}`
}

describe('the provider of a route', () => {
  check(
    [
      ['one of several', `[{ identity: kubeflow, provider: b }]\n${signIn('a', 'b')}`],
      [
        'nobody',
        `[{ identity: kubeflow, provider: c }]\n${signIn('a', 'b')}`,
        /routes\[0\].provider: must be the id of one of signIn.providers \(got "c"\): there is "a", "b"/,
      ],
      [
        'somebody without sign-in',
        '[{ identity: kubeflow, provider: a }]',
        /provider: must be .*: there is none/,
      ],
      [
        'somebody where nobody is sent',
        `[{ identity: impersonate, provider: a }]\nimpersonate: { credential: none }\n${signIn('a')}`,
        /provider: has no use with identity: impersonate/,
      ],
      [
        'somebody on a public route',
        `[{ access: public, provider: a }]\n${signIn('a')}`,
        /provider: must not stand on a public route/,
      ],
    ],
    (text) => `listen: { grpc: 127.0.0.1:1 }\nroutes: ${text}\n`,
  )
})
