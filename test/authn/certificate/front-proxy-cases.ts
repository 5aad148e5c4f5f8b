/** Headers of a front proxy and whom kube-apiserver sees in them; as test/x509/chain-cases.ts. */
import type { FrontProxyConfig } from '../../../src/config/types.ts'

/** Header lines, and the user that they name. */
export interface FrontProxyCase {
  readonly what: string
  readonly config?: Partial<
    Pick<
      FrontProxyConfig,
      'usernameHeaders' | 'uidHeaders' | 'groupHeaders' | 'extraHeaderPrefixes'
    >
  >
  readonly lines: readonly (readonly [name: string, value: string])[]
  /** Undefined: nobody. */
  readonly answer:
    | {
        readonly name: string
        readonly uid?: string
        readonly groups?: readonly string[]
        readonly extra?: Readonly<Record<string, readonly string[]>>
      }
    | undefined
}

const user = ['X-Remote-User', 'alice'] as const

export const frontProxyCases: readonly FrontProxyCase[] = [
  { what: 'a user', lines: [user], answer: { name: 'alice' } },
  { what: 'no header', lines: [], answer: undefined },
  { what: 'groups without a user', lines: [['X-Remote-Group', 'a']], answer: undefined },
  { what: 'an empty user', lines: [['X-Remote-User', '']], answer: undefined },
  {
    what: 'an empty user before another',
    lines: [['X-Remote-User', ''], user],
    answer: undefined,
  },
  {
    what: 'two users',
    lines: [user, ['X-Remote-User', 'bob']],
    answer: { name: 'alice' },
  },
  { what: 'a user with a comma', lines: [['X-Remote-User', 'a,b']], answer: { name: 'a,b' } },
  {
    what: 'a user with percents',
    lines: [['X-Remote-User', '%41%2C']],
    answer: { name: '%41%2C' },
  },
  {
    what: 'a user in UTF-8',
    lines: [['X-Remote-User', 'Jürgen 組']],
    answer: { name: 'Jürgen 組' },
  },
  {
    what: 'the first user header that is not empty',
    config: { usernameHeaders: ['x-sso-user', 'x-remote-user'] },
    lines: [user, ['X-Sso-User', '']],
    answer: { name: 'alice' },
  },
  {
    what: 'user headers in the order of the configuration',
    config: { usernameHeaders: ['x-sso-user', 'x-remote-user'] },
    lines: [user, ['X-Sso-User', 'bob']],
    answer: { name: 'bob' },
  },
  {
    what: 'groups, in order, with commas and blanks inside, without empty ones',
    lines: [
      user,
      ['X-Remote-Group', 'b'],
      ['X-Remote-Group', 'a,c'],
      ['X-Remote-Group', ''],
      ['x-remote-group', 'd  e'],
      ['X-Remote-Group', 'b'],
    ],
    answer: { name: 'alice', groups: ['b', 'a,c', 'd  e', 'b'] },
  },
  {
    what: 'groups of several headers, in the order of the configuration',
    config: { groupHeaders: ['x-team', 'x-remote-group'] },
    lines: [user, ['X-Remote-Group', 'a'], ['X-Team', 'b'], ['X-Remote-Group', 'c']],
    answer: { name: 'alice', groups: ['b', 'a', 'c'] },
  },
  {
    what: 'a uid',
    lines: [user, ['X-Remote-Uid', '1'], ['X-Remote-Uid', '2']],
    answer: { name: 'alice', uid: '1' },
  },
  {
    what: 'extras',
    lines: [
      user,
      ['X-Remote-Extra-Scopes', 'a,b'],
      ['X-Remote-Extra-Scopes', ''],
      ['X-Remote-Extra-Acme.com%2FProject', 'z'],
    ],
    answer: { name: 'alice', extra: { scopes: ['a,b', ''], 'acme.com/project': ['z'] } },
  },
  {
    what: 'the key of an extra that is encoded in part',
    lines: [user, ['X-Remote-Extra-%41+b', 'x']],
    answer: { name: 'alice', extra: { 'A+b': ['x'] } },
  },
  {
    what: 'the key of an extra that is malformed',
    lines: [user, ['X-Remote-Extra-A%2', 'x'], ['X-Remote-Extra-B%zz%41', 'y']],
    answer: { name: 'alice', extra: { 'a%2': ['x'], 'b%zz%41': ['y'] } },
  },
  {
    what: 'an extra without a key',
    lines: [user, ['X-Remote-Extra-', 'x']],
    answer: { name: 'alice', extra: { '': ['x'] } },
  },
  {
    what: 'extras of several prefixes',
    config: { extraHeaderPrefixes: ['x-more-', 'x-remote-extra-'] },
    lines: [user, ['X-Remote-Extra-A', '1'], ['X-More-A', '2']],
    answer: { name: 'alice', extra: { a: ['2', '1'] } },
  },
  {
    what: 'underscores as other names',
    lines: [user, ['X_Remote_Group', 'system:masters'], ['X-Remote_Uid', '0']],
    answer: { name: 'alice' },
  },
]
