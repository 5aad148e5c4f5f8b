import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gatherLines } from '../src/log-lines.ts'

function start() {
  const written: string[] = []
  const turns: (() => void)[] = []
  const lines = gatherLines(
    (text) => written.push(text),
    (callback) => turns.push(callback),
  )
  return { written, lines, endTurn: () => turns.splice(0).forEach((end) => end()) }
}

describe('gatherLines()', () => {
  it('writes the lines of a turn together, at its end', () => {
    const { written, lines, endTurn } = start()
    lines.write('a\n')
    lines.write('b\n')
    assert.deepEqual(written, [])
    endTurn()
    lines.write('c\n')
    endTurn()
    assert.deepEqual(written, ['a\nb\n', 'c\n'])
  })

  it('writes what must not wait before it returns, in the order of all', () => {
    const { written, lines, endTurn } = start()
    lines.write('a\n')
    lines.now('audit\n')
    assert.deepEqual(written, ['a\naudit\n'])
    lines.now('audit\n')
    endTurn()
    assert.deepEqual(written, ['a\naudit\n', 'audit\n'])
  })

  it('writes what is left at the end of the process', () => {
    const { written, lines, endTurn } = start()
    lines.write('a\n')
    lines.flush()
    lines.flush()
    endTurn()
    assert.deepEqual(written, ['a\n'])
  })

  it('passes a failure on to whom it concerns, ends no process by one, and goes on', () => {
    let isFull = true
    const written: string[] = []
    const turns: (() => void)[] = []
    const lines = gatherLines(
      (text) => {
        if (isFull) throw new Error('no space')
        written.push(text)
      },
      (callback) => turns.push(callback),
    )
    assert.throws(() => lines.now('audit\n'), /no space/)
    lines.write('a\n')
    turns.shift()?.()
    isFull = false
    lines.now('b\n')
    assert.deepEqual(written, ['b\n'])
  })

  it('waits for the end of the turn by itself', async () => {
    const written: string[] = []
    const lines = gatherLines((text) => written.push(text))
    lines.write('a\n')
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(written, ['a\n'])
  })
})
