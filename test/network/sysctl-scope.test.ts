import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import sysctl from '../../src/collectors/sysctl.ts';
import { parse } from '../../src/host/reading.ts';
import { GLOBAL_SYSCTLS, inheritGlobals, type SysctlsKnown } from '../../src/network/sysctl/scope.ts';

const RECYCLE = 'net.ipv4.tcp_tw_recycle';
const NOTHING: SysctlsKnown = { values: {}, unreadable: {} };
const on: SysctlsKnown = { values: { [RECYCLE]: 1 }, unreadable: {} };

function captured(name: string): SysctlsKnown {
  const file = join(import.meta.dirname, '../collectors/sysctl', name, 'values');
  const { value, unreadable = {} } = parse(sysctl, { values: readFileSync(file, 'utf8') }, null).fact;
  return { values: value, unreadable };
}

describe('inheritGlobals', () => {
  it('gives a container of a 3.10 kernel what it does not show', () => {
    const own = captured('real-server-3.10');
    const inForce = inheritGlobals(own, captured('director-3.10'), '3.10.0-514.el7.x86_64');
    expect(own.values).not.toHaveProperty([RECYCLE]);
    expect(inForce.values).toMatchObject({ [RECYCLE]: 1, 'net.ipv4.tcp_timestamps': 1 });
    expect(inForce.inherited).toContain(RECYCLE);
    expect(inForce.unreadable).toEqual({});
    // its own, which differ from the host's
    expect(inForce.values['net.ipv4.vs.conntrack']).toBe(0);
    expect(inForce.values['net.ipv4.ip_forward']).toBe(0);
  });

  it('leaves out what is not known to be global', () => {
    const { inherited } = inheritGlobals(
      captured('real-server-3.10'),
      captured('director-3.10'),
      '3.10.0-514.el7.x86_64',
    );
    const known = new Set(GLOBAL_SYSCTLS.map(({ key }) => key));
    expect(inherited.filter((key) => !known.has(key))).toEqual([]);
    expect(inherited).toEqual([...inherited].sort());
  });

  it.each([
    ['3.10.0-1160.el7.x86_64', 1],
    ['4.9.337', 1],
    ['4.10.17', 1],
    ['4.11.0', undefined],
    ['5.15.0-91-generic', undefined],
  ])('tcp_tw_recycle of the host holds on %s: %s', (release, value) => {
    expect(inheritGlobals(NOTHING, on, release).values[RECYCLE]).toBe(value);
  });

  it('prefers what the namespace shows, whatever the release', () => {
    const own = { values: { [RECYCLE]: 0 }, unreadable: {} };
    expect(inheritGlobals(own, on, '3.10.0')).toEqual({ ...own, inherited: [] });
    expect(inheritGlobals(own, on, 'custom')).toEqual({ ...own, inherited: [] });
  });

  it('keeps what the namespace refuses to show', () => {
    const own = { values: {}, unreadable: { [RECYCLE]: 'permission denied' } };
    expect(inheritGlobals(own, on, '3.10.0')).toEqual({ ...own, inherited: [] });
  });

  it('cannot read what the host refuses to show', () => {
    const init = { values: {}, unreadable: { [RECYCLE]: 'permission denied' } };
    const { values, unreadable } = inheritGlobals(NOTHING, init, '3.10.0');
    expect(values).toEqual({});
    expect(unreadable).toEqual({ [RECYCLE]: "the host's value holds here: permission denied" });
  });

  it('does not guess on a kernel it does not know', () => {
    const { values, unreadable } = inheritGlobals(NOTHING, on, 'custom');
    expect(values).toEqual({});
    expect(unreadable).toEqual({
      [RECYCLE]: 'not shown in this namespace, and "custom" is not a kernel release',
    });
  });

  it('needs no release for what is global everywhere', () => {
    const init = { values: { 'net.core.netdev_max_backlog': 1000 }, unreadable: {} };
    expect(inheritGlobals(NOTHING, init, 'custom')).toEqual({
      ...init,
      inherited: ['net.core.netdev_max_backlog'],
    });
  });

  it('adds nothing that the host has not', () => {
    expect(inheritGlobals(NOTHING, NOTHING, 'custom')).toEqual({ ...NOTHING, inherited: [] });
  });
});

describe('GLOBAL_SYSCTLS', () => {
  it('has each key once, with a source', () => {
    const keys = GLOBAL_SYSCTLS.map(({ key }) => key);
    expect(keys).toEqual([...new Set(keys)]);
    expect(GLOBAL_SYSCTLS.filter(({ source }) => source === '')).toEqual([]);
  });

  it.each(GLOBAL_SYSCTLS.filter(({ source }) => source.startsWith('3.10')))(
    '$key is absent in a namespace of 3.10 and there on its host',
    ({ key }) => {
      expect(captured('director-3.10').values).toHaveProperty([key]);
      expect(captured('real-server-3.10').values).not.toHaveProperty([key]);
    },
  );
});
