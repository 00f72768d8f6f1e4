/** The namespace that a change is made in. */
import { nearest, UserError } from '../../errors.ts';
import { readHost } from '../../host/host-model.ts';
import type { HostEvidence } from '../../model.ts';
import type { ChangedNamespace } from '../../plan/overlay.ts';

/** Finds `lb-1`, `lb-1/web` among the hosts. */
export function placeNamed(
  name: string,
  hosts: readonly HostEvidence[],
): { host: HostEvidence; place: ChangedNamespace } {
  const [hostName = '', ...rest] = name.split('/');
  const namespace = rest.join('/') || 'init';
  const host = hosts.find((one) => one.host.name === hostName);
  if (!host)
    throw unknown(
      name,
      hosts.map((one) => one.host.name),
    );
  if (!host.reached.ok)
    throw new UserError(`--at ${name}: it could not be asked: ${host.reached.reason}`, {
      hint: 'what a change makes of what was not seen can not be told',
    });
  const { namespaces } = readHost(host);
  const found = namespaces.find((one) => one.name === namespace);
  if (!found)
    throw unknown(
      name,
      namespaces.map((one) => `${hostName}/${one.name}`),
    );
  return { host, place: { name: namespace === 'init' ? hostName : name, inode: found.inode } };
}

function unknown(name: string, names: readonly string[]): UserError {
  const near = nearest(name, names);
  const some = `${names.slice(0, 8).join(', ')}${names.length > 8 ? ', ...' : ''}`;
  return new UserError(`--at ${name}: there is no such host or namespace`, {
    hint: near ? `did you mean ${near}?` : `there are ${some}`,
  });
}
