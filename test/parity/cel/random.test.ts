import { celTests } from './cel-tests.ts'
import { randomExpressions } from './random-expressions.ts'

/** A seed is a table that nobody had to write; another one finds other differences. */
const seeds = [1, 2, 3, 4]

await celTests(
  'whatever a grammar comes up with',
  seeds.map((seed) => ({
    about: `seed ${seed}`,
    expressions: randomExpressions({ seed, count: 2000 }),
  })),
)
