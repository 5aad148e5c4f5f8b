import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startDraft } from '../../src/headers/draft.ts'
import {
  type RemovedNames,
  removedNames,
  shareRemovedNames,
} from '../../src/headers/removed-names.ts'

const fixed = ['kubeflow-userid', 'kubeflow-groups', 'impersonate-group']

/** A draft that sets, appends and removes these names. */
function draftOf(set: readonly string[], append: readonly string[], remove: readonly string[]) {
  const draft = startDraft(remove)
  for (const name of set) draft.set.set(name, 'a')
  for (const name of append) draft.append.push([name, 'a'])
  return draft
}

const functions: Readonly<Record<string, () => RemovedNames>> = {
  removedNames: () => removedNames(fixed),
  shareRemovedNames: () => shareRemovedNames(fixed, 10),
}

for (const [name, make] of Object.entries(functions)) {
  describe(`${name}()`, () => {
    const removed = make()
    for (const [title, draft, names] of [
      ['the fixed names', draftOf([], [], []), fixed],
      ['the draft’s own names behind them', draftOf([], [], ['cookie']), [...fixed, 'cookie']],
      ['a name that both have once', draftOf([], [], ['kubeflow-userid']), fixed],
      ['no name that is set', draftOf(['kubeflow-userid', 'x'], [], []), fixed.slice(1)],
      ['no name that is set and removed', draftOf(['cookie'], [], ['cookie']), fixed],
      [
        'no name that is appended, once or twice',
        draftOf([], ['impersonate-group', 'impersonate-group', 'y', 'cookie'], ['cookie']),
        fixed.slice(0, 2),
      ],
    ] as const) {
      it(`gives ${title}`, () => {
        assert.deepEqual(removed(draft), names)
        assert.deepEqual(removed(draft), names)
      })
    }
  })
}

describe('shareRemovedNames()', () => {
  it('gives one list for drafts that lose the same', () => {
    const removed = shareRemovedNames(fixed, 10)
    const first = removed(draftOf(['kubeflow-userid'], ['x'], ['cookie']))
    assert.equal(removed(draftOf(['kubeflow-userid', 'authorization'], [], ['cookie'])), first)
    assert.notEqual(removed(draftOf(['kubeflow-userid'], [], [])), first)
  })

  it('holds no more lists than it may, and stays right', () => {
    const removed = shareRemovedNames(fixed, 2)
    const list = removed(draftOf([], [], ['a']))
    removed(draftOf([], [], ['b']))
    assert.equal(removed(draftOf([], [], ['a'])), list)
    removed(draftOf([], [], ['c']))
    const anew = removed(draftOf([], [], ['a']))
    assert.deepEqual(anew, list)
    assert.notEqual(anew, list)
  })
})
