import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Whether nobody has this port of the loopback address just now. */
export async function isFreePort(port: number): Promise<boolean> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

/**
 * The wanted port of the loopback address if nobody has it, else one that is free. It lies below those
 * that the system hands out by itself, so that nobody gets it in between by chance.
 */
export async function freePort(wanted = randomInt(20_000, 30_000)): Promise<number> {
  return (await isFreePort(wanted)) ? wanted : freePort()
}
