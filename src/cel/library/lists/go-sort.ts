/** Whether one item comes before another. */
type Less<T> = (a: T, b: T) => boolean

interface Run<T> {
  readonly items: T[]
  readonly less: Less<T>
}

/** A part of the items, from `start` up to `end`. */
interface Part {
  readonly start: number
  readonly end: number
}

/**
 * Sorts as Go's sort.Slice does, a pattern-defeating quicksort
 * ({@link https://arxiv.org/abs/2106.05123 Peters, 2021}): not stable, so that only the same steps leave
 * items of equal rank (or NaN, which has none) in the same order.
 */
export function goSort<T>(items: readonly T[], less: Less<T>): readonly T[] {
  const sorted = [...items]
  const limit = bitLength(sorted.length)
  quicksort({ items: sorted, less }, { start: 0, end: sorted.length }, limit)
  return sorted
}

function quicksort<T>(run: Run<T>, whole: Part, badPivots: number): void {
  let { start, end } = whole
  let limit = badPivots
  let isBalanced = true
  let isPartitioned = true
  for (;;) {
    const part = { start, end }
    const length = end - start
    if (length <= 12) return insertionSort(run, part)
    if (limit === 0) return heapSort(run, part)
    if (!isBalanced) {
      scatter(run, part)
      limit--
    }
    let { pivot, order } = choosePivot(run, part)
    if (order === 'descending') {
      reverse(run, part)
      pivot = end - 1 - (pivot - start)
      order = 'ascending'
    }
    const seemsSorted = isBalanced && isPartitioned && order === 'ascending'
    if (seemsSorted && mendAlmostSorted(run, part)) return
    if (start > 0 && !isLess(run, start - 1, pivot)) {
      start = partitionEqual(run, part, pivot)
      continue
    }
    const partition = partitionAround(run, part, pivot)
    isPartitioned = partition.wasDone
    const left = { start, end: partition.middle }
    const right = { start: partition.middle + 1, end }
    // Go measures the right side with the pivot in it.
    const isLeftShorter = left.end - left.start < end - partition.middle
    const shorter = isLeftShorter ? left.end - left.start : end - partition.middle
    isBalanced = shorter >= Math.trunc(length / 8)
    quicksort(run, isLeftShorter ? left : right, limit)
    if (isLeftShorter) start = right.start
    else end = left.end
  }
}

function isLess<T>({ items, less }: Run<T>, i: number, j: number): boolean {
  const a = items[i]
  const b = items[j]
  return a !== undefined && b !== undefined && less(a, b)
}

function swap<T>({ items }: Run<T>, i: number, j: number): void {
  const a = items[i]
  const b = items[j]
  if (a === undefined || b === undefined) return
  items[i] = b
  items[j] = a
}

function insertionSort<T>(run: Run<T>, { start, end }: Part): void {
  for (let i = start + 1; i < end; i++) {
    for (let j = i; j > start && isLess(run, j, j - 1); j--) swap(run, j, j - 1)
  }
}

function heapSort<T>(run: Run<T>, { start, end }: Part): void {
  const size = end - start
  for (let i = Math.trunc((size - 1) / 2); i >= 0; i--) siftDown(run, { root: i, size, start })
  for (let i = size - 1; i >= 0; i--) {
    swap(run, start, start + i)
    siftDown(run, { root: 0, size: i, start })
  }
}

function siftDown<T>(run: Run<T>, heap: { root: number; size: number; start: number }): void {
  const { size, start } = heap
  let { root } = heap
  for (;;) {
    let child = 2 * root + 1
    if (child >= size) return
    if (child + 1 < size && isLess(run, start + child, start + child + 1)) child++
    if (!isLess(run, start + root, start + child)) return
    swap(run, start + root, start + child)
    root = child
  }
}

/** Moves what is before the pivot to its left; says where the pivot is then, and if nothing had to move. */
function partitionAround<T>(run: Run<T>, { start, end }: Part, pivot: number) {
  swap(run, start, pivot)
  let i = start + 1
  let j = end - 1
  for (let wasDone = true; ; wasDone = false) {
    while (i <= j && isLess(run, i, start)) i++
    while (i <= j && !isLess(run, j, start)) j--
    if (i > j) {
      swap(run, j, start)
      return { middle: j, wasDone }
    }
    swap(run, i++, j--)
  }
}

/** Moves what equals the pivot to the left; nothing is before it. Says where the rest starts. */
function partitionEqual<T>(run: Run<T>, { start, end }: Part, pivot: number): number {
  swap(run, start, pivot)
  let i = start + 1
  let j = end - 1
  for (;;) {
    while (i <= j && !isLess(run, start, i)) i++
    while (i <= j && isLess(run, start, j)) j--
    if (i > j) return i
    swap(run, i++, j--)
  }
}

/** Puts a few items in place where most are; false if that was not enough. */
function mendAlmostSorted<T>(run: Run<T>, { start, end }: Part): boolean {
  let i = start + 1
  for (let step = 0; step < 5; step++) {
    while (i < end && !isLess(run, i, i - 1)) i++
    if (i === end) return true
    if (end - start < 50) return false
    swap(run, i, i - 1)
    if (i - start >= 2) {
      // Go goes on below the start of the part; what is there is not greater.
      for (let j = i - 1; j >= 1 && isLess(run, j, j - 1); j--) swap(run, j, j - 1)
    }
    if (end - i >= 2) {
      for (let j = i + 1; j < end && isLess(run, j, j - 1); j++) swap(run, j, j - 1)
    }
  }
  return false
}

/** Breaks a pattern that makes bad pivots, always in the same way for the same length. */
function scatter<T>(run: Run<T>, { start, end }: Part): void {
  const length = end - start
  const mask = 2n ** BigInt(bitLength(length)) - 1n
  let random = BigInt(length)
  const middle = start + Math.trunc(length / 4) * 2
  for (let i = middle - 1; i <= middle + 1; i++) {
    random ^= BigInt.asUintN(64, random << 13n)
    random ^= random >> 7n
    random ^= BigInt.asUintN(64, random << 17n)
    const other = Number(random & mask)
    swap(run, i, start + (other >= length ? other - length : other))
  }
}

function choosePivot<T>(run: Run<T>, { start, end }: Part) {
  const length = end - start
  const quarter = Math.trunc(length / 4)
  let swaps = 0
  const ordered = (a: number, b: number): readonly [number, number] => {
    if (!isLess(run, b, a)) return [a, b]
    swaps++
    return [b, a]
  }
  const median = (first: number, second: number, third: number): number => {
    const [low, high] = ordered(first, second)
    const [middle] = ordered(high, third)
    return ordered(low, middle)[1]
  }
  const near = (i: number): number => (length >= 50 ? median(i - 1, i, i + 1) : i)
  const thirds = [
    near(start + quarter),
    near(start + quarter * 2),
    near(start + quarter * 3),
  ] as const
  const pivot = median(...thirds)
  const order = swaps === 0 ? 'ascending' : swaps === 12 ? 'descending' : 'unknown'
  return { pivot, order }
}

function reverse<T>(run: Run<T>, { start, end }: Part): void {
  for (let i = start, j = end - 1; i < j; i++, j--) swap(run, i, j)
}

function bitLength(value: number): number {
  return value.toString(2).replace(/^0$/, '').length
}
