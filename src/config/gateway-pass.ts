import type { SessionConfig } from './browser-types.ts'
import type { Document } from './document.ts'
import type { RouteConfig } from './types.ts'
import { childPath } from './yaml-tree.ts'

/** What passes from one gateway to the next are sealed with. */
export interface GatewayPassConfig {
  /** Those of `session.keysFile`: the first seals, all open. */
  readonly keys: readonly Uint8Array[]
}

/** Undefined where no route hands out passes: then none is taken, either. */
export function buildGatewayPass(
  document: Document,
  routes: readonly RouteConfig[],
  session: SessionConfig | undefined,
): GatewayPassConfig | undefined {
  const giving = routes.filter(({ authorization }) => authorization === 'gatewayPass')
  if (giving.length === 0) {
    for (const { name } of routes.filter(({ allowGatewayPass }) => allowGatewayPass)) {
      document.report(
        childPath(name, 'allowGatewayPass'),
        'has no use: no route has authorization: gatewayPass. Remove it, or let the route of the first gateway hand out passes',
      )
    }
    return undefined
  }
  if (!document.given('session')) {
    for (const { name } of giving) {
      document.report(
        childPath(name, 'authorization'),
        'needs session.keysFile, whose keys seal the passes, and with it signIn: add them, or use authorization: remove',
      )
    }
  }
  return session && { keys: session.keys }
}
