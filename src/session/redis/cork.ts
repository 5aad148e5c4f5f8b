import type { RedisClient } from './client.ts'

/**
 * Makes what is sent in one turn of the event loop leave in one write: a system call costs more than a
 * command does. A Cluster has a connection to each node, and commands of one turn go many ways.
 */
export function createCork(): (client: RedisClient) => void {
  const corked = new WeakSet<object>()
  return (client) => {
    if (!('stream' in client) || corked.has(client.stream)) return
    const { stream } = client
    corked.add(stream)
    stream.cork()
    setImmediate(() => {
      corked.delete(stream)
      stream.uncork()
    })
  }
}
