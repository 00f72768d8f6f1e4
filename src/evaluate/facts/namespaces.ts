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
 * The namespaces that were asked, the host's own first; where nothing had to be asked of any, those that there are.
 * `fact` is the fact `namespaces`, which says what they are called.
 */
export function namespacesOf(fact: Fact | undefined, asked: readonly string[]): Namespace[] {
  const list = fact?.ok ? (fact.parsed.value as { list: Listed[] }).list : [];
  const inodes = asked.length > 0 ? asked : list.map(({ inode }) => inode);
  return inodes
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
