const groups = Array.from({ length: 3000 }, (_, index) => `team-${index}-developers`)

/** What an issuer says of somebody with as many groups as a token holds. */
export const everyone: Readonly<Record<string, unknown>> = {
  email: 'alice@example.com',
  email_verified: true,
  sub: 'alice',
  groups,
  names: groups.map((group) => `cn=${group},ou=x`),
  realm_access: { roles: groups },
  resource_access: { app: { roles: groups } },
  members: groups.map((name) => ({ name, id: 1 })),
  scope: groups.join(' '),
  words: 'a.b '.repeat(6000),
  text: 'x'.repeat(60_000),
  url: `https://example.com/${'a'.repeat(40_000)}`,
}

/** Rules and mappings as people write them: one pass over what there is. */
export const legitimate: readonly string[] = [
  "claims.email.endsWith('@example.com') && claims.email_verified == true",
  "'admin' in claims.groups",
  "dyn(claims.realm_access.roles).exists(role, role == 'admin')",
  "dyn(claims.resource_access.app.roles).map(role, 'app:' + role)",
  "dyn(claims.groups).filter(group, group.startsWith('team-1')).map(group, 'x:' + group)",
  "dyn(claims.groups).filter(group, group in ['a', 'b', 'c'])",
  "dyn(claims.groups).exists(group, group.matches('^(team|group|project)-[0-9]+-(admin|viewer|editor|owner)$'))",
  "dyn(claims.groups).all(group, group.matches('^[a-z0-9-]+$'))",
  "dyn(claims.groups).filter(group, group.find('[0-9]+') != '')",
  'dyn(claims.groups).map(group, group.lowerAscii())',
  "dyn(claims.names).map(name, name.split(',')[0].replace('cn=', ''))",
  'dyn(claims.members).map(member, member.name)',
  "dyn(claims.members).exists(member, member.name == 'q' && member.id == 1)",
  'dyn(claims.members) == dyn(claims.members)',
  'dyn(claims.groups).sort()',
  'dyn(claims.groups).transformMap(index, group, group).size() == 3000',
  "dyn(claims.groups).join(',')",
  "'%s'.format([dyn(claims.groups)])",
  "claims.scope.split(' ').exists(word, word == 'admin')",
  "claims.scope.findAll('[a-z0-9-]+').size() > 0",
  "claims.scope.upperAscii().contains('ADMIN')",
  "claims.words.matches('admin|owner|viewer')",
  "claims.text.matches('^[a-z]*$')",
  "claims.text.find('x+') != ''",
  'isURL(claims.url)',
]
