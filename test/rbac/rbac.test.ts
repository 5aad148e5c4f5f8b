import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import type { Config } from '../../src/config/types.ts'
import { printRbac } from '../../src/rbac/rbac.ts'
import { config, issuerConfig, routeConfig } from '../support/config.ts'
import { objectsOf, type RoleObject } from './rbac-cluster.ts'

const impersonating = routeConfig({ identity: 'impersonate' })
const { impersonate } = config()
const expression = {
  source: '',
  evaluate: () => '',
  measure: () => ({ result: '', cost: 1 }),
}
const jwks = { validation: 'jwks', audiences: undefined } as const
const tokenReview = { validation: 'tokenReview', audiences: undefined } as const
const account = { kind: 'service-account', namespace: 'ns', name: 'imp' } as const
const frontProxy = {
  source: 'checkRequest',
  clientCA: '',
  allowedNames: [],
  usernameHeaders: ['x-remote-user'],
  uidHeaders: [],
  groupHeaders: [],
  extraHeaderPrefixes: [],
} as const
const credentialId = 'userextras/authentication.kubernetes.io/credential-id'

/** `resource` or `resource=name,name` for each rule that is in force, by role. */
function rulesOf(used: Config): Readonly<Record<string, readonly string[]>> {
  const roles = objectsOf(used, 'plain').filter(({ rules }) => rules !== undefined)
  return Object.fromEntries(roles.map((role) => [role.metadata.name, described(role)]))
}

function described({ rules = [] }: RoleObject): readonly string[] {
  return rules.map(({ resources = [], resourceNames }) => {
    const names = resourceNames === undefined ? '' : `=${resourceNames.join()}`
    return `${resources.join(' ')}${names}`
  })
}

const tables: readonly (readonly [
  what: string,
  Partial<Config>,
  Readonly<Record<string, readonly string[]>>,
])[] = [
  ['nothing', {}, {}],
  ['reviews of tokens', { serviceAccounts: tokenReview }, { 'attache-reviews': ['tokenreviews'] }],
  [
    'reviews of routes',
    { routes: [routeConfig({ subjectAccessReview: { verb: 'get', resource: 'pods' } })] },
    { 'attache-reviews': ['subjectaccessreviews'] },
  ],
  [
    'an impersonator without a route',
    { impersonate: { ...impersonate, credential: 'attach', impersonator: account } },
    {},
  ],
  [
    'the token of the impersonator',
    {
      routes: [impersonating],
      issuers: [],
      anonymous: { paths: undefined },
      impersonate: { ...impersonate, credential: 'attach', impersonator: account },
    },
    {
      'attache-impersonator-token': ['serviceaccounts/token=imp'],
      'attache-impersonator': ['users=system:anonymous', 'groups=system:unauthenticated'],
    },
  ],
  [
    'an issuer',
    { routes: [impersonating] },
    { 'attache-impersonator': ['users', 'groups', credentialId] },
  ],
  [
    'an issuer without groups, beside known users',
    {
      routes: [impersonating],
      issuers: [
        issuerConfig({
          claimMappings: { ...issuerConfig().claimMappings, groups: undefined },
        }),
      ],
      anonymous: { paths: undefined },
    },
    { 'attache-impersonator': ['users', 'groups=system:unauthenticated', credentialId] },
  ],
  [
    'ServiceAccounts that are sent on',
    {
      routes: [impersonating],
      serviceAccounts: jwks,
      impersonate: { ...impersonate, serviceAccounts: 'forward' },
    },
    { 'attache-impersonator': ['users', 'groups', credentialId] },
  ],
  [
    'a front proxy that names users alone',
    { routes: [impersonating], issuers: [], frontProxy },
    { 'attache-impersonator': ['users'] },
  ],
  [
    'configured extras, those that never change by their values',
    {
      routes: [impersonating],
      issuers: [],
      anonymous: { paths: undefined },
      impersonate: {
        ...impersonate,
        extra: [
          { key: 'example.com/cluster', expression, constant: ['blue', 'b,c'] },
          { key: 'example.com/source', expression, constant: undefined },
          { key: 'nothing', expression, constant: [] },
        ],
      },
    },
    {
      'attache-impersonator': [
        'users=system:anonymous',
        'groups=system:unauthenticated',
        'userextras/example.com/cluster=b,c,blue',
        'userextras/example.com/source',
      ],
    },
  ],
  [
    'a front proxy with extras',
    {
      routes: [impersonating],
      issuers: [],
      frontProxy: { ...frontProxy, extraHeaderPrefixes: ['x-remote-extra-'] },
    },
    { 'attache-impersonator': ['users', '*'] },
  ],
]

describe('printRbac()', () => {
  for (const [what, settings, expected] of tables) {
    it(`prints the rules of ${what}`, () => {
      assert.deepEqual(rulesOf(config(settings)), expected)
    })
  }

  it('has a comment before each rule', () => {
    const text = printRbac(config({ routes: [impersonating], serviceAccounts: tokenReview }))
    const lines = text.split('\n')
    for (const [index, line] of lines.entries()) {
      const isRule = /^(?:#\| )? {2}- (?:apiGroups|nonResourceURLs)/.test(line)
      assert.ok(!isRule || /^(?:#\| )? {2}# /.test(lines[index - 1] ?? ''), line)
    }
  })

  it('has but one form in force, and the same account in both', () => {
    const used = config({ routes: [impersonating] })
    const verbs = (form: 'plain' | 'constrained') =>
      new Set(
        objectsOf(used, form).flatMap(({ rules = [] }) => rules.flatMap((rule) => rule.verbs)),
      )
    assert.deepEqual([...verbs('plain')], ['impersonate'])
    assert.ok(!verbs('constrained').has('impersonate'))
    assert.deepEqual(objectsOf(used, 'plain').at(-1), objectsOf(used, 'constrained').at(-1))
  })

  it('tells the command that applies the constrained form', () => {
    const used = config({ routes: [impersonating] })
    const input = printRbac(used)
    const [, command = ''] = /\| (sed .*) \| kubectl apply/.exec(input) ?? []
    const text = execFileSync('sh', ['-c', command], { input, encoding: 'utf8' })
    const objects = parseAllDocuments(text).map((document) => document.toJS() as unknown)
    assert.deepEqual(objects, objectsOf(used, 'constrained'))
  })

  it('lets constrained requests through for the methods of the routes alone', () => {
    const match = [{ paths: undefined, hosts: undefined, methods: ['GET'] }]
    const used = config({ routes: [{ ...impersonating, match }] })
    const verbs = objectsOf(used, 'constrained')
      .flatMap(({ rules = [] }) => rules.flatMap((rule) => rule.verbs))
      .filter((verb) => verb.startsWith('impersonate-on:'))
    const expected = ['get', 'list', 'watch', 'get'].map(
      (verb) => `impersonate-on:user-info:${verb}`,
    )
    assert.deepEqual(verbs, expected)
  })

  it('tells which configured extras constrained impersonation would refuse', () => {
    const extra = ['a/b', 'remote-client-ip'].map((key) => ({ key, expression, constant: ['x'] }))
    const used = config({ routes: [impersonating], impersonate: { ...impersonate, extra } })
    const text = printRbac(used).replaceAll(/\n#\|? ?#? ?/g, ' ')
    assert.match(text, /have no "\/": give remote-client-ip of impersonate\.extra a domain/)
    assert.doesNotMatch(
      printRbac(config({ routes: [impersonating] })),
      /of impersonate\.extra a domain/,
    )
  })

  it('is YAML, whatever a name holds', () => {
    const name = '#| a: "b"\n# end plain impersonation\n- c'
    const used = config({
      routes: [impersonating],
      issuers: [],
      basic: { hashes: new Map([[name, '']]), users: new Map() },
    })
    const [role] = objectsOf(used, 'plain')
    assert.deepEqual(role?.rules?.[0]?.resourceNames, [name])
  })
})
