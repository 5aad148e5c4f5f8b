import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose'
import { createSealer, type SealPurpose } from '../../src/session/seal.ts'

const oldKey = Buffer.alloc(32, 1)
const newKey = Buffer.alloc(48, 2)

function sealer(keys: readonly Uint8Array[] = [oldKey], purpose: SealPurpose = 'session') {
  return createSealer({ keys, purpose, random: randomBytes })
}

/** RFC 5869 with an empty salt, one block, written out so that the test does not repeat the code. */
function hkdf(key: Uint8Array, info: string): Buffer {
  const extracted = createHmac('sha256', Buffer.alloc(32)).update(key).digest()
  return createHmac('sha256', extracted).update(`${info}\x01`).digest()
}

describe('createSealer()', () => {
  for (const text of ['', 'a', 'ünï → 🦊', 'x'.repeat(20_000)]) {
    it(`opens what it sealed (${text.length} characters)`, () => {
      const { seal, open } = sealer()
      assert.equal(open(seal(text)), text)
    })
  }

  it('writes a compact JWE that others can read', async () => {
    const sealed = sealer().seal('hello')
    const { plaintext, protectedHeader } = await compactDecrypt(
      sealed,
      hkdf(oldKey, 'attache/v2/session'),
    )
    assert.equal(Buffer.from(plaintext).toString(), 'hello')
    assert.deepEqual(
      { ...protectedHeader, kid: 'any' },
      { alg: 'dir', enc: 'A256GCM', kid: 'any', typ: 'attache-session-v2' },
    )
  })

  it('never seals the same text to the same value', () => {
    const { seal } = sealer()
    assert.notEqual(seal('hello'), seal('hello'))
  })

  it('seals with the first key and opens with all', () => {
    const before = sealer([oldKey])
    const appended = sealer([oldKey, newKey])
    const moved = sealer([newKey, oldKey])
    const after = sealer([newKey])
    assert.equal(moved.open(before.seal('kept')), 'kept')
    assert.equal(appended.open(moved.seal('kept')), 'kept')
    assert.equal(after.open(moved.seal('kept')), 'kept')
    assert.equal(before.open(moved.seal('lost')), undefined)
    assert.equal(after.open(before.seal('lost')), undefined)
  })

  it('opens nothing that was sealed for another purpose', () => {
    const session = sealer([oldKey], 'session')
    const state = sealer([oldKey], 'sign-in-state')
    assert.equal(state.open(session.seal('hello')), undefined)
    assert.equal(session.open(state.seal('hello')), undefined)
  })

  it('opens nothing in which one character was changed', () => {
    const { seal, open } = sealer()
    const sealed = seal('a secret text')
    const lastOfParts = [...sealed.matchAll(/.(?=\.|$)/g)].map(({ index }) => index)
    for (let index = 0; index < sealed.length; index += 1) {
      // The last character of a part holds bits that decode to nothing, so any may stand there.
      if (lastOfParts.includes(index)) continue
      const other = sealed[index] === 'A' ? 'B' : 'A'
      assert.equal(open(sealed.slice(0, index) + other + sealed.slice(index + 1)), undefined)
    }
  })

  it('refuses every length but its own', () => {
    const { seal, open } = sealer()
    const sealed = seal('a secret text')
    for (let length = 0; length < sealed.length; length += 1) {
      assert.equal(open(sealed.slice(0, length)), undefined)
    }
    assert.equal(open(`${sealed}A`), undefined)
    assert.equal(open(`${sealed}.`), undefined)
  })

  it('refuses headers that it would not write itself, though their key be right', async () => {
    const own = decodeProtectedHeader(sealer().seal(''))
    const key = hkdf(oldKey, 'attache/v2/session')
    const kid = String(own['kid'])
    const headers = [
      { alg: 'dir', enc: 'A256GCM' },
      { alg: 'dir', enc: 'A256GCM', kid, typ: 'attache-session-v1' },
      { alg: 'dir', enc: 'A256GCM', typ: 'attache-session-v2', kid },
      { alg: 'dir', enc: 'A256GCM', kid, typ: 'attache-session-v2', zip: 'DEF' },
      { alg: 'dir', enc: 'A256GCM', kid, typ: 'attache-session-v2', jku: 'https://evil.example' },
    ]
    for (const header of headers) {
      const forged = await new CompactEncrypt(Buffer.from('{}'))
        .setProtectedHeader(header)
        .encrypt(key)
      assert.equal(sealer().open(forged), undefined, JSON.stringify(header))
    }
  })

  const junk = [
    '',
    '.',
    '....',
    '.....',
    'a..b.c.d',
    'null',
    '='.repeat(70_000),
    '.'.repeat(70_000),
  ]
  for (const sealed of junk) {
    it(`opens nothing of ${JSON.stringify(sealed.slice(0, 10))} (${sealed.length})`, () => {
      assert.equal(sealer().open(sealed), undefined)
    })
  }

  it('refuses to work without a key or with a short one', () => {
    assert.throws(() => sealer([]), RangeError)
    assert.throws(() => sealer([Buffer.alloc(31)]), RangeError)
    assert.throws(() => sealer([oldKey, Buffer.alloc(16)]), RangeError)
  })
})
