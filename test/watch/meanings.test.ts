import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COUNTER_GROUPS, meaningOf, weightOf } from '../../src/network/counter-meanings.ts';
import { readingsIn, softnetReadings } from '../../src/watch/samples.ts';

const folder = (name: string) => join(import.meta.dirname, name);
const all = COUNTER_GROUPS.flatMap(([, counters]) => counters);

describe('what counters mean', () => {
  it('is told once of each', () => {
    const names = all.map(({ counter }) => counter);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it.each(['tw-recycle', 'linux-6.18'])(
    'is told of all that a kernel counts about TCP, UDP and IP: %s',
    (kernel) => {
      const texts = (['netstat', 'snmp'] as const).map(
        (name) => [name, readFileSync(join(folder(kernel), `${name}.txt`), 'utf8')] as const,
      );
      const names = [...readingsIn(new Map(texts)).keys()].filter(
        (name) => !/^(?:MPTcpExt|Icmp|IcmpMsg|UdpLite)\./.test(name),
      );
      // machinery of kernels before 4.14, and what no kernel has counted for years
      const old =
        /^(?:TCPPrequeue|TCPDirectCopyFrom|TCPHPHitsToUser|TCPFACKReorder|TCPForwardRetrans|TCPSchedulerFailed|BusyPollRxPackets)/;
      expect(names.filter((name) => meaningOf(name) === null && !old.test(name))).toEqual([]);
    },
  );

  it('hides nothing for want of a meaning', () => {
    expect(weightOf('TCPSomethingNew')).toBe('event');
  });
});

it('softnet_stat is summed over all CPUs', () => {
  const row = (dropped: string) =>
    `0000000a ${dropped} 00000003 00000000 00000000 00000000 00000000 00000000 00000000 00000001 00000002 00000000 00000000`;
  const readings = softnetReadings(`${row('00000001')}\n${row('000000ff')}\n`);
  expect([...readings].map(([name, { value }]) => `${name} ${value}`)).toEqual([
    'softnet.processed 20',
    'softnet.dropped 256',
    'softnet.time_squeeze 6',
    'softnet.received_rps 2',
    'softnet.flow_limit_count 4',
  ]);
});
