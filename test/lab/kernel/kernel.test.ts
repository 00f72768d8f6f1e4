/** The engine against the kernel, one setting at a time: each case of `cases.yaml` is asked of both. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parseYaml } from '../../../src/yaml.ts';
import { describeWhere } from '../../needs.ts';
import { temporaryFolder } from '../../temporary.ts';
import { type AskedPacket, askEngine, askKernel, closeRouter, lookAtRouter, openRouter } from './router.ts';

interface Case {
  name: string;
  /** Run in the router, which forwards. */
  router?: string;
  /** `10.51.3.4 > 10.50.0.1: dropped`; `sent` before packets of the router's own. */
  packets: Record<string, string>;
  /** The packets of which the engine is right not to be certain. */
  open?: string[];
}

const FILE = join(import.meta.dirname, 'cases.yaml');
const cases = parseYaml(readFileSync(FILE, 'utf8'), 'cases.yaml').value as unknown as Case[];

function askedPacket(text: string): AskedPacket {
  const [, sent, source, destination] = /^(sent )?(\S+) > (\S+)$/.exec(text)!;
  return { sent: sent !== undefined, source: source!, destination: destination! };
}

const needs = { root: true, programs: ['ip', 'nft', 'sysctl', 'iptables-legacy-restore'] } as const;
describeWhere({ ...needs, programs: [...needs.programs] }, 'the kernel and the engine', () => {
  afterAll(closeRouter);

  it.each(cases)('$name', ({ router = ':', packets, open = [] }) => {
    const asked = Object.keys(packets).map(askedPacket);
    const arriving = Object.values(packets).filter((end) => end !== 'dropped').length;
    openRouter(router);
    const net = lookAtRouter(temporaryFolder('router'));
    const told = (ends: readonly string[]) =>
      Object.fromEntries(Object.keys(packets).map((text, i) => [text, ends[i]]));
    const kernel = told(askKernel(asked, arriving));
    const engine = told(askEngine(net, asked));
    expect(kernel).toEqual(packets);
    expect(Object.keys(engine).filter((text) => engine[text]?.startsWith('not certain'))).toEqual(open);
    expect({ ...engine, ...Object.fromEntries(open.map((text) => [text, packets[text]])) }).toEqual(packets);
  });
});
