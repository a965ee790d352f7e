import type { WorkTask } from '../api/social'

/** The tasks of one kind: those that wait for a word first, the newest of each first. */
export function tasksOf(tasks: readonly WorkTask[], kind: WorkTask['kind']): WorkTask[] {
  const late = (t: WorkTask) => (t.state === 'waiting' ? 0 : 1)
  return tasks.filter((t) => t.kind === kind).sort((a, b) => late(a) - late(b) || Date.parse(b.time) - Date.parse(a.time))
}

/** How many tasks of one kind wait for a word. */
export function waitingOf(tasks: readonly WorkTask[], kind: WorkTask['kind']): number {
  return tasks.filter((t) => t.kind === kind && t.state === 'waiting').length
}

/** Whom to name when a task is sent: nobody means everybody it is meant for, also those beyond the list shown. */
export function named(task: WorkTask, left: ReadonlySet<string>): string[] {
  return task.choose && left.size ? task.targets.filter((x) => !left.has(x.id)).map((x) => x.id) : []
}

/** How many a task goes to when those in `left` are left out; how many got it when it was sent. */
export function reached(task: WorkTask, left: ReadonlySet<string>): number {
  if (task.kind === 'message' && task.state === 'done') return outcome(task).sent
  return task.choose ? task.targets.filter((x) => !left.has(x.id)).length : task.targets.length
}

/** How a task that was sent ended: how many got it, and how many did not. */
export function outcome(task: WorkTask): { sent: number; failed: number } {
  const sent = task.targets.filter((x) => x.status === 1).length
  return { sent, failed: task.targets.filter((x) => x.status > 1).length }
}
