/** Runs `task` once after `delayMs` milliseconds, unless the function that it answers is called before. */
export type Schedule = (delayMs: number, task: () => void) => () => void

/** Real timers, which do not keep the process alive. */
export const schedule: Schedule = (delayMs, task) => {
  const timer = setTimeout(task, delayMs)
  timer.unref()
  return () => clearTimeout(timer)
}
