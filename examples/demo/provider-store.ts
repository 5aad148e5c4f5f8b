import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

/**
 * Where `oidc-provider` keeps sessions, grants and codes: in memory, for as long as the demo runs.
 * Its own store does the same but warns whoever starts the demo not to use it elsewhere.
 */
export function createProviderStore(): AdapterFactory {
  const kept = new Map<string, AdapterPayload>()
  return (model): Adapter => {
    const key = (id: string): string => `${model}:${id}`
    const findWhere = (matches: (payload: AdapterPayload) => boolean) =>
      [...kept].find(([each, payload]) => each.startsWith(key('')) && matches(payload))?.[1]
    return {
      upsert: async (id, payload) => {
        kept.set(key(id), payload)
      },
      find: async (id) => kept.get(key(id)),
      findByUid: async (uid) => findWhere((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => findWhere((payload) => payload.userCode === userCode),
      consume: async (id) => {
        const payload = kept.get(key(id))
        if (payload !== undefined) {
          kept.set(key(id), { ...payload, consumed: Math.floor(Date.now() / 1000) })
        }
      },
      destroy: async (id) => {
        kept.delete(key(id))
      },
      revokeByGrantId: async (grantId) => {
        for (const [each, payload] of kept) if (payload.grantId === grantId) kept.delete(each)
      },
    }
  }
}
