import type { Parsed } from '../define.ts';
import type { Answer } from '../model.ts';

/** A network namespace of a host. */
export interface Netns {
  inode: string;
  name: string;
  /** True when it is the host's own; null: not known. */
  init: boolean | null;
  /** The fact `netns`, as rules see it. */
  about: Answer<Parsed<unknown>>;
}

interface Listed {
  inode: string;
  name: string;
  init: boolean;
  processes: string[];
}

/** The script's name for a host's only namespace where the kernel has no names for them. */
const ONLY: Listed = { inode: '0', name: 'init', init: true, processes: [] };

/**
 * Names the namespaces that were asked, and those that were to be: all that the host lists. The host's own comes first.
 *
 * @param listed the fact `namespaces`, which holds their names
 * @param asked their inodes
 * @param wasPlanned false: nobody knows who was to be asked, and the list counts only where nothing was asked at all
 */
export function netnsOf(
  listed: Answer<{ list: Listed[] }>,
  asked: readonly string[],
  wasPlanned: boolean,
): Netns[] {
  const list = listed.ok ? listed.value.list : [];
  const toBeAsked = wasPlanned || asked.length === 0 ? list.map(({ inode }) => inode) : [];
  const inodes = [...new Set([...asked, ...toBeAsked])];
  return inodes
    .map((inode) => {
      const known = [...list, ONLY].find((candidate) => candidate.inode === inode);
      return known === undefined ? unlisted(inode, inodes.length === 1, listed) : named(known);
    })
    .sort((a, b) => Number(b.name === 'init') - Number(a.name === 'init') || (a.name < b.name ? -1 : 1));
}

function named({ inode, name, init, processes }: Listed): Netns {
  return { inode, name, init, about: { ok: true, value: { value: { name, init, processes } } } };
}

/** Alone, it is the one that a login comes to: mostly the host's own, and called so, though that is not known. */
function unlisted(inode: string, alone: boolean, listed: Answer<unknown>): Netns {
  const about = listed.ok
    ? ({ ok: false, problem: 'failed', reason: 'the host did not list this namespace' } as const)
    : listed;
  return { inode, name: alone ? 'init' : inode, init: null, about };
}
