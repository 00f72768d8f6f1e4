import type { Parsed } from '../../define.ts';
import type { Answer } from '../../model.ts';
import type { Fact } from './facts.ts';

/** A network namespace to try rules on. */
export interface Namespace {
  inode: string;
  name: string;
  /** Whether it is the host's own; null: not known. */
  init: boolean | null;
  /** What rules see of it as `netns`. */
  about: Answer<Parsed<unknown>>;
}

interface Listed {
  inode: string;
  name: string;
  init: boolean;
  processes: string[];
}

/** What the script calls a host's only namespace where the kernel has no names for them. */
const ONLY: Listed = { inode: '0', name: 'init', init: true, processes: [] };

/**
 * The namespaces that were asked, and those that were to be: all that the host lists. The host's own comes first.
 *
 * @param fact the fact `namespaces`, which says what they are called
 * @param wasPlanned false: nobody knows who was to be asked, and the list counts only where nothing was asked at all
 */
export function namespacesOf(
  fact: Fact | undefined,
  asked: readonly string[],
  wasPlanned: boolean,
): Namespace[] {
  const list = fact?.ok ? (fact.parsed.value as { list: Listed[] }).list : [];
  const listed = wasPlanned || asked.length === 0 ? list.map(({ inode }) => inode) : [];
  return [...new Set([...asked, ...listed])]
    .map((inode) => {
      const listed = [...list, ONLY].find((candidate) => candidate.inode === inode);
      return listed === undefined ? unlisted(inode, fact) : known(listed);
    })
    .sort((a, b) => Number(b.init) - Number(a.init) || (a.name < b.name ? -1 : 1));
}

function known({ inode, name, init, processes }: Listed): Namespace {
  return { inode, name, init, about: { ok: true, value: { value: { name, init, processes } } } };
}

function unlisted(inode: string, fact: Fact | undefined): Namespace {
  const about =
    fact === undefined || fact.ok
      ? ({ ok: false, problem: 'failed', reason: 'the host did not list this namespace' } as const)
      : fact;
  return { inode, name: inode, init: null, about };
}
