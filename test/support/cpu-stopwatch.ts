/**
 * Begins to count the processor time of this thread, in milliseconds; what it returns says how much it
 * is so far. A bound on work is one on this: what else the machine does meanwhile is not counted.
 */
export function cpuStopwatch(): () => number {
  const before = process.threadCpuUsage()
  return () => {
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1000
  }
}
