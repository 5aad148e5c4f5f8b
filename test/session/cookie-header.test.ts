import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  array,
  constantFrom,
  assert as holds,
  oneof,
  property,
  stringMatching,
  tuple,
} from 'fast-check'
import { createCookieReader } from '../../src/session/cookie-header.ts'
import { cpuStopwatch } from '../support/cpu-stopwatch.ts'

const name = '__Host-attache'
const { read, strip } = createCookieReader(name)

describe('createCookieReader().read()', () => {
  const good: readonly (readonly [header: string, session: string | undefined])[] = [
    ['', undefined],
    ['a=1; b=2', undefined],
    [`${name}=x`, 'x'],
    [`a=1; ${name}=x; b=2`, 'x'],
    [`a=1;${name}=x;b=2`, 'x'],
    [`${name}=x.y-z_0; ${name}.1=more`, 'x.y-z_0more'],
    [`${name}.2=c; ${name}=a; a=1; ${name}.1=b`, 'abc'],
    [`  ${name}=x  `, 'x'],
    // Other cookies, whatever they look like.
    [`x${name}=x`, undefined],
    [`${name}x=x`, undefined],
    [`${name}-s=x`, undefined],
    [`${name}-p=x`, undefined],
    [`${name}-p=dex; ${name}=x; ${name}-p=dex`, 'x'],
    [`${name}.a=x`, undefined],
    [`${name}; a=1`, undefined],
    [`a=${name}`, undefined],
    [`a=b ${name}=x`, undefined],
    [`a="${name}=x"`, undefined],
    // A cookie that a neighbouring site may set, with ours in its value.
    [`a=1,${name}=x,b=2`, undefined],
    [`a=1, ${name}=x`, undefined],
    [`$Version=1,${name}=x`, undefined],
    [`a="1,${name}=x; b="`, undefined],
    [`a=1,${name}=planted; ${name}=x`, 'x'],
    [`${name}=x; a=1,${name}=planted,${name}.1=more`, 'x'],
    [`\u2003${name}=x`, undefined],
    [`${name.toLowerCase()}=x`, undefined],
  ]
  for (const [header, session] of good) {
    it(`finds ${session ?? 'no session'} in ${JSON.stringify(header)}`, () => {
      const found = read(header)
      assert.equal(found.session, session)
      assert.equal(found.fault, undefined)
    })
  }

  const bad: readonly (readonly [header: string, fault: string])[] = [
    [`${name}=x; ${name}=x`, 'two cookies of one name'],
    [`${name}=x; ${name}=y`, 'two cookies of one name'],
    [`${name}=x,${name}=y`, 'malformed piece'],
    [`${name}=x,b=2`, 'malformed piece'],
    [`${name}=a,${name}.1=b`, 'malformed piece'],
    [`${name}=a; ${name}.1=b; ${name}.1=c`, 'two cookies of one name'],
    [`${name}=a; ${name}.1=b; ${name}=c; ${name}.2=d`, 'two cookies of one name'],
    [`${name}.1=b`, 'missing piece'],
    [`${name}=a; ${name}.2=c`, 'missing piece'],
    [`${name}=a; ${name}.99999=z`, 'missing piece'],
    [`${name}=a; ${name}.99999999999999999999=z`, 'missing piece'],
    [`${name}=a; ${name}.0=z`, 'malformed piece number'],
    [`${name}=a; ${name}.01=z`, 'malformed piece number'],
    [`${name}=`, 'malformed piece'],
    [`${name}="x"`, 'malformed piece'],
    [`${name}=x y`, 'malformed piece'],
    [`${name}=x=y`, 'malformed piece'],
    [`${name}=\uFFFD`, 'malformed piece'],
    [`${name}=${'a'.repeat(66_000)}`, 'Cookie header too long'],
    [
      Array.from({ length: 99 }, (_, n) => `${name}.${n + 1}=x`).join('; '),
      'too many cookies of ours',
    ],
  ]
  for (const [header, fault] of bad) {
    it(`says "${fault}" of ${JSON.stringify(header.slice(0, 70))}`, () => {
      const found = read(header)
      assert.equal(found.session, undefined)
      assert.equal(found.fault, fault)
    })
  }

  it('collects the cookies of running sign-ins, duplicates too', () => {
    const { states, session } = read(
      `${name}-s-ab_C=1; ${name}-s-x=2; ${name}-s-ab_C=3; a=4,${name}-s-y=5`,
    )
    assert.equal(session, undefined)
    assert.deepEqual(
      states.map(({ id, value }) => [id, value]),
      [
        ['ab_C', '1'],
        ['x', '2'],
        ['ab_C', '3'],
      ],
    )
  })

  for (const [what, plant] of [
    ['states of sign-ins', (n: number) => `${name}-s-${n}`],
    ['states of one name', () => `${name}-s-x`],
    ['states that look like ours', (n: number) => `${name}-s-0zzzzzz${String(n).padStart(6, '0')}`],
    ['last providers', () => `${name}-p`],
  ] as const) {
    it(`finds the session, a sign-in and the last provider beside 1000 planted ${what}`, () => {
      const planted = Array.from({ length: 500 }, (_, n) => `${plant(n)}=x`).join('; ')
      const own = `${name}=a; ${name}-s-0abcdefabcdef=s; ${name}-p=dex; ${name}.1=b`
      const { session, states, lastProviders } = read(`${planted}; ${own}; ${planted}`)
      assert.equal(session, 'ab')
      assert.ok(states.some(({ id, value }) => id === '0abcdefabcdef' && value === 's'))
      assert.ok(lastProviders.includes('dex'))
    })
  }

  it('names the cookies of the session also where there are too many', () => {
    const many = Array.from({ length: 99 }, (_, n) => `${name}.${n + 1}=x`)
    assert.equal(read(`${name}=a; ${many.join('; ')}`).sessionNames.length, 100)
  })

  it('names the cookies of the session that were seen, each once', () => {
    const { sessionNames } = read(`${name}.7=a; ${name}=b; ${name}.7=c; ${name}-s-x=d; e=f`)
    assert.deepEqual(sessionNames, [`${name}.7`, name])
  })
})

describe('createCookieReader().candidates()', () => {
  const { candidates } = createCookieReader(name)
  const cases: readonly (readonly [header: string | undefined, values: readonly string[]])[] = [
    [undefined, []],
    ['a=1', []],
    [`${name}=a`, ['a']],
    [`${name}=a; ${name}.1=b; ${name}.2=c`, ['a', 'ab', 'abc']],
    [`${name}=a; ${name}=b; ${name}.1=c`, ['a', 'b', 'ac', 'bc']],
    [`${name}.1=b; ${name}.2=c`, []],
    [`${name}=a; ${name}.2=c; ${name}.01=d; ${name}-p=e; ${name}-s-x=f`, ['a']],
    [`${name}="a"; ${name}=; x=1,${name}=b`, []],
  ]
  for (const [header, values] of cases) {
    it(`are ${values.join() || 'none'} in ${JSON.stringify(header)}`, () => {
      assert.deepEqual(candidates(header), values)
    })
  }

  it('are bounded, whatever is planted', () => {
    const pieces = (from: number, suffix: (n: number) => string) =>
      Array.from({ length: 1500 }, (_, n) => `${name}${suffix(n + from)}=v${n}`).join('; ')
    const headers = [
      pieces(0, () => ''),
      `${name}=a; ${pieces(0, () => '.1')}`,
      `${name}=a; ${pieces(1, (n) => `.${n}`)}`,
      pieces(0, (n) => (n < 200 ? '' : '.1')),
      `${name}=${'a'.repeat(70_000)}`,
    ]
    for (const header of headers) {
      const cpuMs = cpuStopwatch()
      assert.ok(candidates(header).length <= 256)
      assert.ok(cpuMs() < 1000)
    }
  })
})

describe('createCookieReader().strip()', () => {
  const cases: readonly (readonly [header: string, left: string | undefined])[] = [
    ['', undefined],
    ['a=1; b=2', undefined],
    [`a=${name}`, undefined],
    [`${name}x=1`, undefined],
    [`${name}=x`, ''],
    [`${name}=x;`, ''],
    [`${name}-p=dex; a=1`, 'a=1'],
    [`${name}-pp=dex; a=1`, undefined],
    [` ${name}=x; ${name}.1=y ; ${name}-s-z=1 `, ''],
    [`${name}=x; a=1`, 'a=1'],
    [`a=1; ${name}=x`, 'a=1'],
    [`a=1; ${name}=x; b=2`, 'a=1; b=2'],
    [`a=1; ${name}=x; ${name}.1=y; b=2; ${name}-s-z=1; c=3`, 'a=1; b=2; c=3'],
    [`a=1,${name}=x`, 'a=1'],
    [`a=1,${name}=x; b=2`, 'a=1; b=2'],
    [`a=1; ${name}=x,b=2`, 'a=1; b=2'],
    [`${name}=x,${name}=y,b=2`, 'b=2'],
    [`${name}.99999=x; ${name}.007=y; b=2`, 'b=2'],
    [`${name} =x; b=2`, 'b=2'],
    [`a=1 ; ${name}=x`, 'a=1'],
    [`a=1\t,${name}=x \t`, 'a=1'],
    // Byte for byte, however odd.
    [`a="x, y"; ${name}=x; b==\uFFFD=;;c`, 'a="x, y"; b==\uFFFD=;;c'],
  ]
  for (const [header, left] of cases) {
    it(`leaves ${JSON.stringify(left)} of ${JSON.stringify(header)}`, () => {
      assert.equal(strip(header), left)
    })
  }

  it('leaves the other cookies as they are and none of ours, wherever ours stand', () => {
    const other = stringMatching(/^[a-z]{1,4}=[!-+\--:<-~]{0,8}$/)
    const ours = tuple(
      constantFrom('', '.1', '.2', '.40', '-s-ab', '-p'),
      stringMatching(/^[\w.-]{0,12}$/),
    ).map(([suffix, value]) => `${name}${suffix}=${value}`)
    const line = array(oneof(other, ours), { maxLength: 12 })
    holds(
      property(line, (cookies) => {
        const others = cookies.filter((cookie) => !cookie.startsWith(name))
        const header = cookies.join('; ')
        assert.equal(strip(header) ?? header, others.join('; '))
      }),
    )
  })

  const bombs = {
    blanks: `a=${' '.repeat(60_000)}${name}=x`,
    'our name again and again': `${name}-s-`.repeat(3000),
    'digits without end': `${name}.${'1'.repeat(60_000)}`,
    'names and blanks': `${name} `.repeat(4000),
    separators: `${';'.repeat(60_000)}${name}=x`,
  }
  for (const [what, header] of Object.entries(bombs)) {
    it(`takes little time for ${what}`, () => {
      const start = process.cpuUsage()
      read(header)
      strip(header)
      const { user, system } = process.cpuUsage(start)
      assert.ok(user + system < 250_000, `${user + system} µs`)
    })
  }
})
