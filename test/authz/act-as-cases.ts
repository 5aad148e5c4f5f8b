/** Who has which rights to impersonate, and what kube-apiserver answers to whom. */
import type { JsonObject } from '../support/kube-apiserver.ts'
import type { ClientLine } from '../support/pre-filtered.ts'

const authentication = 'authentication.k8s.io'

/** Who asks; each has a token, but for the one who has none. */
export type Caller =
  | (typeof staticCallers)[number]['name']
  // A ServiceAccount of the namespace team, and one of the same name elsewhere.
  | 'bot'
  | 'stray'
  | 'anonymous'

/** Callers with static tokens. */
export const staticCallers = [
  { name: 'alice', uid: 'uid-of-alice', groups: ['readers'] },
  { name: 'nina' },
  { name: 'gina', groups: ['other', 'helpers'] },
  { name: 'boss', groups: ['system:masters'] },
  { name: 'carol', uid: '7', groups: ['helper', 'system:serviceaccounts:other'] },
  { name: 'nora' },
] as const

interface Grant {
  readonly to: JsonObject
  readonly rules: readonly JsonObject[]
  /** A Role there instead of a ClusterRole. */
  readonly namespace?: string
}

const user = (name: string) => ({ kind: 'User', name, apiGroup: 'rbac.authorization.k8s.io' })
const group = (name: string) => ({ ...user(name), kind: 'Group' })

function may(
  resource: string,
  names?: readonly string[],
  { verb = 'impersonate', apiGroup = '' } = {},
): JsonObject {
  const resourceNames = names === undefined ? {} : { resourceNames: names }
  return { verbs: [verb], apiGroups: [apiGroup], resources: [resource], ...resourceNames }
}

const mayHave = (resource: string, names?: readonly string[]) =>
  may(resource, names, { apiGroup: authentication })

/** The last one tells that all are in force. */
export const grants: readonly Grant[] = [
  {
    to: user('alice'),
    rules: [
      may('users', ['bob', 'system:node:n1', 'system:anonymous', 'a/b', 'ünï', 'system:admin']),
      may('users', ['system:serviceaccount:Team:bot', 'system:serviceaccount:team:bot:x']),
      may('groups', ['devs', 'a,b', 'system:authenticated', 'system:unauthenticated', '*', '']),
      may('serviceaccounts', ['bot']),
      mayHave('uids', ['42']),
      mayHave('userextras/scopes', ['read', 'write, all', '']),
      mayHave('userextras/example.com/team'),
      mayHave('userextras/Upper'),
      mayHave('userextras/%zz', ['raw']),
      mayHave('userextras/a+b'),
      mayHave('userextras/a b'),
      mayHave('userextras', ['no key']),
      may('uids', ['wrong-group']),
      may('users', ['wrong-verb'], { verb: 'get' }),
      may('users', ['wrong-resource-group'], { apiGroup: authentication }),
    ],
  },
  { to: user('nina'), rules: [may('serviceaccounts')], namespace: 'team' },
  { to: user('gina'), rules: [may('users'), may('groups'), mayHave('*/scopes')] },
  {
    to: user('nora'),
    rules: [
      may('users', ['bob'], { verb: 'impersonate:user-info', apiGroup: authentication }),
      may('selfsubjectreviews', undefined, {
        verb: 'impersonate-on:user-info:create',
        apiGroup: authentication,
      }),
    ],
  },
  { to: group('helpers'), rules: [mayHave('userextras/*', ['by group']), mayHave('uids')] },
  { to: group('system:authenticated'), rules: [may('users', ['friend-of-all'])] },
  { to: group('system:unauthenticated'), rules: [may('users', ['guest'])] },
  { to: group('system:serviceaccounts:team'), rules: [may('users', ['friend-of-team'])] },
]

export interface ActAsCase {
  readonly what: string
  readonly caller: Caller
  readonly lines: readonly ClientLine[]
  readonly answer: 'same' | 'acting' | 'denied' | 'malformed'
  /** Resource and name of the one item that is not allowed. */
  readonly item?: readonly [resource: string, name: string]
}

const as = (name: string): ClientLine => ['Impersonate-User', name]
const inGroup = (name: string): ClientLine => ['Impersonate-Group', name]
const withUid = (uid: string): ClientLine => ['Impersonate-Uid', uid]
const withExtra = (key: string, value: string): ClientLine => [`Impersonate-Extra-${key}`, value]

function acting(what: string, caller: Caller, lines: readonly ClientLine[]): ActAsCase {
  return { what, caller, lines, answer: 'acting' }
}

function denied(
  what: string,
  caller: Caller,
  asked: { readonly lines: readonly ClientLine[]; readonly item: readonly [string, string] },
): ActAsCase {
  return { what, caller, ...asked, answer: 'denied' }
}

function other(
  answer: 'same' | 'malformed',
  what: string,
  lines: readonly ClientLine[],
): ActAsCase {
  return { what, caller: 'alice', lines, answer }
}

const bob = as('bob')

export const actAsCases: readonly ActAsCase[] = [
  // The user.
  acting('a user', 'alice', [bob]),
  denied('another user', 'alice', { lines: [as('mallory')], item: ['users', 'mallory'] }),
  denied('oneself', 'alice', { lines: [as('alice')], item: ['users', 'alice'] }),
  denied('a user of other case', 'alice', { lines: [as('Bob')], item: ['users', 'Bob'] }),
  denied('a user whose name goes on', 'alice', { lines: [as('bob2')], item: ['users', 'bob2'] }),
  acting('a name with a slash', 'alice', [as('a/b')]),
  acting('a name that is not ASCII', 'alice', [as('ünï')]),
  denied('an escaped name', 'alice', { lines: [as('a%2Fb')], item: ['users', 'a%2Fb'] }),
  acting('the first of two users', 'alice', [bob, as('mallory')]),
  denied('the first of two users, which is bad', 'alice', {
    lines: [as('mallory'), bob],
    item: ['users', 'mallory'],
  }),
  denied('a list of users', 'alice', { lines: [as('bob,bob')], item: ['users', 'bob,bob'] }),
  acting('a name in blanks', 'alice', [as('  bob\t')]),
  denied('the star', 'alice', { lines: [as('*')], item: ['users', '*'] }),
  acting('anybody, for whom the role names nobody', 'gina', [as('*')]),
  denied('a right to another verb', 'alice', {
    lines: [as('wrong-verb')],
    item: ['users', 'wrong-verb'],
  }),
  denied('a right in another API group', 'alice', {
    lines: [as('wrong-resource-group')],
    item: ['users', 'wrong-resource-group'],
  }),
  denied('nobody has given a right', 'carol', { lines: [bob], item: ['users', 'bob'] }),
  acting('a system user by name', 'alice', [as('system:admin')]),
  acting('a node', 'alice', [as('system:node:n1')]),
  acting('the anonymous user', 'alice', [as('system:anonymous')]),
  acting('the anonymous user in its group', 'alice', [
    as('system:anonymous'),
    inGroup('system:unauthenticated'),
  ]),
  // Who asks.
  acting('a right of every user', 'carol', [as('friend-of-all')]),
  acting('a right of every user, by a ServiceAccount', 'bot', [as('friend-of-all')]),
  denied('a right of every user, by nobody', 'anonymous', {
    lines: [as('friend-of-all')],
    item: ['users', 'friend-of-all'],
  }),
  acting('a right of those without a name', 'anonymous', [as('guest')]),
  denied('a right of those without a name, by a user', 'alice', {
    lines: [as('guest')],
    item: ['users', 'guest'],
  }),
  acting('a right of the ServiceAccounts of a namespace', 'bot', [as('friend-of-team')]),
  denied('that right in another namespace', 'stray', {
    lines: [as('friend-of-team')],
    item: ['users', 'friend-of-team'],
  }),
  denied('that right with a group of a similar name', 'carol', {
    lines: [as('friend-of-team')],
    item: ['users', 'friend-of-team'],
  }),
  acting('a right of one of several groups', 'gina', [bob, withUid('any')]),
  acting('everything, by a member of system:masters', 'boss', [
    bob,
    inGroup('system:masters'),
    withUid('1'),
    withExtra('Scopes', 'x'),
  ]),
  // ServiceAccounts.
  acting('a ServiceAccount by name, in any namespace', 'alice', [
    as('system:serviceaccount:elsewhere:bot'),
  ]),
  denied('another ServiceAccount', 'alice', {
    lines: [as('system:serviceaccount:team:admin')],
    item: ['serviceaccounts', 'admin'],
  }),
  acting('a ServiceAccount in a namespace', 'nina', [as('system:serviceaccount:team:any.name')]),
  denied('a ServiceAccount in another namespace', 'nina', {
    lines: [as('system:serviceaccount:other:bot')],
    item: ['serviceaccounts', 'bot'],
  }),
  denied('a ServiceAccount, with a right to users', 'gina', {
    lines: [as('system:serviceaccount:team:bot')],
    item: ['serviceaccounts', 'bot'],
  }),
  acting('what only looks like one: upper case', 'alice', [as('system:serviceaccount:Team:bot')]),
  acting('what only looks like one: a part more', 'alice', [
    as('system:serviceaccount:team:bot:x'),
  ]),
  denied('what only looks like one: no name', 'nina', {
    lines: [as('system:serviceaccount:team:')],
    item: ['users', 'system:serviceaccount:team:'],
  }),
  denied('what only looks like one: a dot in the namespace', 'nina', {
    lines: [as('system:serviceaccount:te.am:bot')],
    item: ['users', 'system:serviceaccount:te.am:bot'],
  }),
  denied('what only looks like one: a namespace of 64 letters', 'alice', {
    lines: [as(`system:serviceaccount:${'n'.repeat(64)}:bot`)],
    item: ['users', `system:serviceaccount:${'n'.repeat(64)}:bot`],
  }),
  acting('a ServiceAccount with groups of its own choice', 'alice', [
    as('system:serviceaccount:team:bot'),
    inGroup('devs'),
  ]),
  acting('a ServiceAccount with no group but that of everybody', 'alice', [
    as('system:serviceaccount:team:bot'),
    inGroup('system:authenticated'),
  ]),
  denied("a ServiceAccount's own group, said aloud", 'alice', {
    lines: [as('system:serviceaccount:team:bot'), inGroup('system:serviceaccounts')],
    item: ['groups', 'system:serviceaccounts'],
  }),
  // Groups.
  acting('groups', 'alice', [bob, inGroup('devs'), inGroup('system:authenticated')]),
  acting('one group twice', 'alice', [bob, inGroup('devs'), inGroup('devs')]),
  acting('a group with a comma', 'alice', [bob, inGroup('a,b')]),
  denied('a part of a group with a comma', 'alice', {
    lines: [bob, inGroup('a')],
    item: ['groups', 'a'],
  }),
  denied('two groups in one line', 'alice', {
    lines: [bob, inGroup('devs,devs')],
    item: ['groups', 'devs,devs'],
  }),
  denied('one good group and one bad one', 'alice', {
    lines: [bob, inGroup('devs'), inGroup('admins')],
    item: ['groups', 'admins'],
  }),
  denied('system:masters', 'alice', {
    lines: [bob, inGroup('system:masters')],
    item: ['groups', 'system:masters'],
  }),
  acting('system:masters, where no group is named', 'gina', [bob, inGroup('system:masters')]),
  acting('the group of those without a name', 'alice', [bob, inGroup('system:unauthenticated')]),
  acting('an empty group that a role names', 'alice', [bob, inGroup('')]),
  acting('an empty group, where no group is named', 'gina', [bob, inGroup('')]),
  acting('a group called star', 'alice', [bob, inGroup('*')]),
  denied('a good group of a bad user', 'alice', {
    lines: [as('mallory'), inGroup('devs')],
    item: ['users', 'mallory'],
  }),
  // uid.
  acting('a uid', 'alice', [bob, withUid('42')]),
  denied('another uid', 'alice', { lines: [bob, withUid('43')], item: ['uids', '43'] }),
  acting('the first of two uids', 'alice', [bob, withUid('42'), withUid('43')]),
  acting('an empty uid, which is none', 'alice', [bob, withUid('')]),
  acting('an empty uid before another', 'alice', [bob, withUid(''), withUid('43')]),
  denied('a uid that a role of the core group names', 'alice', {
    lines: [bob, withUid('wrong-group')],
    item: ['uids', 'wrong-group'],
  }),
  // Extras.
  acting('an extra', 'alice', [bob, withExtra('scopes', 'read')]),
  acting('an extra in upper case', 'alice', [bob, withExtra('SCOPES', 'read')]),
  acting('an extra with a comma in its value', 'alice', [bob, withExtra('scopes', 'write, all')]),
  denied('another value', 'alice', {
    lines: [bob, withExtra('scopes', 'read'), withExtra('scopes', 'admin')],
    item: ['userextras', 'admin'],
  }),
  denied('another key', 'alice', {
    lines: [bob, withExtra('scope', 'read')],
    item: ['userextras', 'read'],
  }),
  acting('an escaped key', 'alice', [bob, withExtra('example.com%2Fteam', 'x')]),
  acting('a key escaped more than it must be', 'alice', [
    bob,
    withExtra('ex%61mple%2ecom%2fteam', 'x'),
  ]),
  denied('a key escaped twice', 'alice', {
    lines: [bob, withExtra('example.com%252Fteam', 'x')],
    item: ['userextras', 'x'],
  }),
  denied('an upper-case key, which becomes lower-case', 'alice', {
    lines: [bob, withExtra('Upper', 'x')],
    item: ['userextras', 'x'],
  }),
  acting('an upper-case letter that is escaped', 'alice', [bob, withExtra('%55pper', 'x')]),
  acting('a malformed key, as it is', 'alice', [bob, withExtra('%ZZ', 'raw')]),
  denied('a malformed escape beside a good one', 'alice', {
    lines: [bob, withExtra('scopes%2', 'read')],
    item: ['userextras', 'read'],
  }),
  acting('a plus, which is no blank', 'alice', [bob, withExtra('a+b', 'x')]),
  acting('a blank in a key', 'alice', [bob, withExtra('a%20b', 'x')]),
  acting('one key in two spellings', 'alice', [
    bob,
    withExtra('scopes', 'read'),
    withExtra('sc%6Fpes', 'read'),
  ]),
  acting('an empty value that a role names', 'alice', [bob, withExtra('scopes', '')]),
  acting('an empty key, for whom a role has no subresource', 'alice', [
    bob,
    withExtra('', 'no key'),
  ]),
  denied('a key, for whom a role has no subresource', 'alice', {
    lines: [bob, withExtra('other', 'no key')],
    item: ['userextras', 'no key'],
  }),
  acting('a key in all resources', 'gina', [bob, withExtra('scopes', 'anything')]),
  acting('a key called star', 'gina', [bob, withExtra('*', 'by group')]),
  denied('a key that a star does not stand for', 'gina', {
    lines: [bob, withExtra('team', 'by group')],
    item: ['userextras', 'by group'],
  }),
  // Nobody, and nothing.
  other('same', 'nothing', []),
  other('same', 'an empty user', [as('')]),
  other('same', 'a blank user', [as('  ')]),
  other('same', 'an empty user before another', [as(''), as('mallory')]),
  other('same', 'an empty uid', [withUid('')]),
  other('malformed', 'a group without a user', [inGroup('devs')]),
  other('malformed', 'an empty group without a user', [inGroup('')]),
  other('malformed', 'a group of an empty user', [as(''), inGroup('system:masters')]),
  other('malformed', 'a uid without a user', [withUid('42')]),
  other('malformed', 'an extra without a user', [withExtra('scopes', 'read')]),
  other('malformed', 'an empty extra without a user', [withExtra('scopes', '')]),
]
