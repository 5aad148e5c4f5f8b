import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { routeHost } from '../../src/routes/host.ts'

const cases = [
  { host: 'app.example.com', is: 'app.example.com' },
  { host: 'APP.Example.com:8443', is: 'app.example.com' },
  { host: 'app.example.com.', is: 'app.example.com' },
  { host: 'app.example.com.:80', is: 'app.example.com' },
  { host: '[::1]:80', is: '[::1]' },
  { host: '127.0.0.1', is: '127.0.0.1' },
  { host: 'app.example.com:', is: 'app.example.com' },
  { host: '', is: undefined },
  { host: 'a,b', is: undefined },
  { host: 'user@app.example.com', is: undefined },
  { host: 'app.example.com:80:90', is: undefined },
  { host: 'app.example.com/x', is: undefined },
  { host: 'app .example.com', is: undefined },
  { host: 'app.example.com\u0000', is: undefined },
  { host: 'äpp.example.com', is: undefined },
]

describe('routeHost()', () => {
  for (const { host, is } of cases) {
    it(`reads ${JSON.stringify(host)} as ${is}`, () => assert.equal(routeHost(host), is))
  }
})
