import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { takeOidcFlags } from '../../src/config/oidc-flags.ts'
import type { IssuerConfig } from '../../src/config/types.ts'
import { ConfigError } from '../../src/errors.ts'
import { type FileSet, folderWith, listenAndRoutes } from './folder.ts'
import { pem } from './pem.ts'

const needed = ['--oidc-issuer-url=https://issuer.example.com', '--oidc-client-id=k8s']

interface Given {
  readonly more?: string
  readonly files?: FileSet
}

function load(flags: readonly string[], { more = '', files = {} }: Given = {}) {
  const folder = folderWith({ ...files, 'attache.yaml': `${listenAndRoutes}${more}` })
  const placed = flags.map((flag) => flag.replace('FOLDER', folder))
  return loadConfig(join(folder, 'attache.yaml'), {}, { oidcFlags: takeOidcFlags(placed).flags })
}

function issuerOf(flags: readonly string[], given?: Given): IssuerConfig {
  const [issuer, ...others] = load([...needed, ...flags], given).config.issuers
  assert.deepEqual(others, [])
  assert.ok(issuer !== undefined)
  return issuer
}

/** What `attache` prints. */
function problemsOf(flags: readonly string[], given?: Given): readonly string[] {
  try {
    load(flags, given)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message.split('\n')
  }
}

describe("kube-apiserver's flags", () => {
  it('have its defaults', () => {
    const { config } = load(needed)
    assert.equal(config.anonymous, undefined)
    assert.deepEqual(config.issuers, [
      {
        url: 'https://issuer.example.com',
        discoveryURL: undefined,
        certificateAuthority: undefined,
        audiences: ['k8s'],
        claimValidationRules: [],
        claimMappings: {
          username: { claim: 'sub', prefix: 'https://issuer.example.com#' },
          groups: undefined,
          uid: undefined,
          extra: [],
        },
        userValidationRules: [],
        algorithms: ['RS256'],
        allowHttp: false,
      },
    ])
  })

  const usernames = [
    [['--oidc-username-claim=email'], 'email', ''],
    [['--oidc-username-claim=Email'], 'Email', 'https://issuer.example.com#'],
    [['--oidc-username-claim=email', '--oidc-username-prefix=x:'], 'email', 'x:'],
    [['--oidc-username-prefix=x:'], 'sub', 'x:'],
    [['--oidc-username-prefix=-'], 'sub', ''],
    [['--oidc-username-prefix', '-'], 'sub', ''],
    [['--oidc-username-prefix=--'], 'sub', '--'],
    [['--oidc-username-prefix='], 'sub', 'https://issuer.example.com#'],
    [['--oidc-username-claim=a', '--oidc-username-claim=b', '--oidc-username-prefix=-'], 'b', ''],
  ] as const
  for (const [flags, claim, prefix] of usernames) {
    it(`name users with ${flags.join(' ')}`, () => {
      assert.deepEqual(issuerOf(flags).claimMappings.username, { claim, prefix })
    })
  }

  const groups = [
    [['--oidc-groups-claim=groups'], { claim: 'groups', prefix: '' }],
    [['--oidc-groups-claim=g', '--oidc-groups-prefix=-'], { claim: 'g', prefix: '-' }],
    [['--oidc-groups-prefix=x:'], undefined],
    [['--oidc-groups-claim='], undefined],
  ] as const
  for (const [flags, expected] of groups) {
    it(`name groups with ${flags.join(' ')}`, () => {
      assert.deepEqual(issuerOf(flags).claimMappings.groups, expected)
    })
  }

  const algorithms = [
    [['--oidc-signing-algs=ES256'], ['ES256']],
    [
      ['--oidc-signing-algs=RS256,ES512', '--oidc-signing-algs=PS256'],
      ['RS256', 'PS256', 'ES512'],
    ],
    [['--oidc-signing-algs=RS256,RS256'], ['RS256']],
    [['--oidc-signing-algs="PS384","ES384"'], ['PS384', 'ES384']],
    [['--oidc-signing-algs='], ['RS256']],
  ] as const
  for (const [flags, expected] of algorithms) {
    it(`allow algorithms with ${flags.join(' ')}`, () => {
      assert.deepEqual(issuerOf(flags).algorithms, expected)
    })
  }

  it('require claims', () => {
    const flags = ['a=b', ' c = d=e ', 'f=', 'a=z'].map((text) => `--oidc-required-claim=${text}`)
    assert.deepEqual(issuerOf(flags).claimValidationRules, [
      { claim: 'a', requiredValue: 'z' },
      { claim: 'c', requiredValue: 'd=e' },
      { claim: 'f', requiredValue: '' },
    ])
  })

  it('take a CA from a file, which is watched', () => {
    const files = { ca: pem.certificate }
    const { config, files: read } = load([...needed, '--oidc-ca-file=FOLDER/ca'], { files })
    assert.equal(config.issuers[0]?.certificateAuthority, pem.certificate)
    assert.equal(read.length, 2)
  })

  it('let insecureIssuers relax their issuer', () => {
    const url = 'http://dex.auth:5556/dex'
    const more = `insecureIssuers: ["${url}"]`
    assert.deepEqual(problemsOf([`--oidc-issuer-url=${url}`, '--oidc-client-id=a'], { more }), [])
  })

  const unfit: readonly (readonly [readonly string[], readonly RegExp[], Given?])[] = [
    [
      ['--oidc-client-id=a'],
      [/^--oidc-issuer-url: is missing: it must stand beside every other --oidc-… flag$/],
    ],
    [['--oidc-issuer-url=https://a'], [/^--oidc-client-id: is missing/]],
    [
      ['--oidc-username-prefix='],
      [/^--oidc-issuer-url: is missing/, /^--oidc-client-id: is missing/],
    ],
    [[...needed, '--oidc-client-id='], [/^--oidc-client-id: is missing/]],
    [
      [...needed, '--oidc-issuer-url=http://a'],
      [/^--oidc-issuer-url: must be an https URL; list the issuer in insecureIssuers/],
    ],
    [
      [...needed, '--oidc-issuer-url=https://u:hunter2@a'],
      [/^--oidc-issuer-url: must not name a user \(got "https:\/\/…@a"\)$/],
    ],
    [[...needed, '--oidc-issuer-url=https://a?b'], [/^--oidc-issuer-url: must not have a query/]],
    [[...needed, '--oidc-username-claim='], [/^--oidc-username-claim: must not be empty$/]],
    [
      [...needed, '--oidc-signing-algs=HS256,RS256,none'],
      [/^--oidc-signing-algs: .*\(got "HS256"\)$/, /^--oidc-signing-algs: .*\(got "none"\)$/],
    ],
    [[...needed, '--oidc-signing-algs=RS256, ES256'], [/\(got " ES256"\)$/]],
    [[...needed, '--oidc-signing-algs=RS256,'], [/\(got ""\)$/]],
    [
      [...needed, '--oidc-required-claim=a', '--oidc-required-claim==b', '--oidc-required-claim='],
      [
        /^--oidc-required-claim: must be NAME=VALUE \(got "a"\)$/,
        /^--oidc-required-claim: must be NAME=VALUE \(got "=b"\)$/,
        /^--oidc-required-claim: must be NAME=VALUE \(got ""\)$/,
      ],
    ],
    [
      [...needed, '--oidc-ca-file=FOLDER/nope'],
      [/^--oidc-ca-file: Cannot use the file that is named here: there is no such file$/],
    ],
    [
      [...needed, '--oidc-ca-file=FOLDER/empty'],
      [/^--oidc-ca-file: .* it is empty$/],
      { files: { empty: '' } },
    ],
    [
      [...needed, '--oidc-ca-file=FOLDER/key'],
      [/^--oidc-ca-file: must hold one certificate or more, PEM$/],
      { files: { key: pem.key } },
    ],
    [
      needed,
      [
        /attache.yaml:3:1: authentication: must not stand beside --oidc-issuer-url, --oidc-client-id/,
      ],
      {
        more: 'authentication: { file: authn.yaml }',
        files: {
          'authn.yaml':
            'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n',
        },
      },
    ],
    [
      ['--oidc-client-id=a'],
      [/^--oidc-issuer-url: is missing/, /attache.yaml:3:11: kubeflow: must be a map/],
      { more: 'kubeflow: 5' },
    ],
  ]
  for (const [flags, expected, given] of unfit) {
    it(`are refused: ${flags.join(' ')}${given?.more ?? ''}`, () => {
      const problems = problemsOf(flags, given)
      assert.equal(problems.length, expected.length, problems.join('\n'))
      for (const [index, pattern] of expected.entries())
        assert.match(problems[index] ?? '', pattern)
    })
  }
})
