import { expect, it } from 'vitest';
import { troubleLine } from '../../src/transports/check.ts';
import { dialTrouble } from '../../src/transports/ssh2/dial.ts';

const failed = (code: string) => Object.assign(new Error(`connect ${code} 10.0.0.1:22`), { code });

it.each([
  ['ENOTFOUND', /^there is no address for the name lb-1: .*ansible_host/],
  ['EAI_AGAIN', /^the name lb-1 could not be looked up, .*try again/],
  ['ECONNREFUSED', /^lb-1 port 22 refuses connections: .*sshd.*ansible_port/],
  ['EHOSTUNREACH', /^there is no way to lb-1 port 22: is the host up/],
  ['ENETUNREACH', /^this machine has no route to lb-1 port 22: /],
  ['ETIMEDOUT', /^lb-1 port 22 does not answer: .*firewall/],
  ['EPERM', /^this machine's own firewall forbids/],
  ['EMFILE', /--concurrency/],
  ['EODD', /^connecting to lb-1 port 22 failed: connect EODD/],
])('%s', (code, says) => {
  expect(troubleLine(dialTrouble(failed(code), 'lb-1', 22))).toMatch(says);
});

it('of several addresses, each kind of failure once', () => {
  const error = new AggregateError([failed('ECONNREFUSED'), failed('ENETUNREACH'), failed('ECONNREFUSED')]);
  expect(dialTrouble(error, 'lb-1', 22)).toEqual({
    what: 'lb-1 port 22 refuses connections; this machine has no route to lb-1 port 22',
    remedy: expect.stringMatching(/^is sshd running .*; is a VPN down/),
  });
});
