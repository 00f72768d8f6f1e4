/** The rulesets of a namespace, from what an archive happens to hold of them. */
import type { Found } from '../../define.ts';
import type { Answer } from '../../model.ts';
import { unseen } from '../../network/unseen.ts';
import { backEndIn } from './back-ends.ts';
import type { Output, OutputKind, Outputs } from './outputs.ts';

type Ask = (outputs: Outputs) => Answer<Found>;

/** Returns an incomplete fact: nothing shows whether there are such rules, so it acquits nobody. */
const notCollected = (what: string): Answer<Found> => ({
  ok: true,
  value: { text: unseen(`${what} was not collected`) },
});
const absent = (reason: string): Answer<Found> => ({ ok: false, problem: 'absent', reason });
const found = (output: Output): Answer<Found> => ({ ok: true, value: output });

function output(outputs: Outputs, kind: OutputKind): Output | null {
  const answer = outputs(kind);
  return answer.ok ? answer.value : null;
}

const isAbsent = (outputs: Outputs, kind: OutputKind) => {
  const answer = outputs(kind);
  return !answer.ok && answer.problem === 'absent';
};

interface Family {
  save: 'iptables-save' | 'ip6tables-save';
  /** A save that says that it is of nf_tables, beside one that does not. */
  nftSave: 'iptables-nft-save' | 'ip6tables-nft-save';
  list: 'iptables -L' | 'ip6tables -L';
  /** The kind of output with the tables that legacy iptables has registered. */
  names: 'ip_tables_names' | 'ip6_tables_names';
}

const IPV4: Family = {
  save: 'iptables-save',
  nftSave: 'iptables-nft-save',
  list: 'iptables -L',
  names: 'ip_tables_names',
};
const IPV6: Family = {
  save: 'ip6tables-save',
  nftSave: 'ip6tables-nft-save',
  list: 'ip6tables -L',
  names: 'ip6_tables_names',
};

/** Returns the first of these outputs that is of the back end. */
function outputOf(backEnd: 'legacy' | 'nft', kinds: readonly OutputKind[], outputs: Outputs): Output | null {
  const nft = output(outputs, 'nft');
  const all = kinds.flatMap((kind) => output(outputs, kind) ?? []);
  return all.find((one) => backEndIn(one, nft) === backEnd) ?? null;
}

const legacy = ({ save, nftSave, list, names }: Family): Ask =>
  whereAny((outputs) => {
    const saved = outputOf('legacy', [save], outputs);
    if (saved) return found(saved);
    const registered = output(outputs, names);
    if (isAbsent(outputs, names) || registered?.text.trim() === '')
      return absent(`no table of legacy iptables was registered`);
    const listed = outputOf('legacy', [list], outputs);
    if (listed) return found(listed);
    const hasSave = output(outputs, save) ?? output(outputs, nftSave);
    return notCollected(hasSave ? save.replace('-', '-legacy-') : save);
  });

const nft = ({ save, nftSave, list }: Family): Ask =>
  whereAny((outputs) => {
    const saved = outputOf('nft', [nftSave, save], outputs);
    if (saved) return found(saved);
    if (output(outputs, 'nft')) return absent('nft list ruleset tells of its tables');
    const listed = outputOf('nft', [list], outputs);
    if (listed) return found(listed);
    return isAbsent(outputs, 'nf_tables')
      ? absent('nf_tables was not in use')
      : notCollected('nft list ruleset');
  });

const nftables: Ask = whereAny((outputs) => {
  const ruleset = output(outputs, 'nft');
  if (ruleset) return ruleset.text.trim() === '' ? absent('nf_tables held no table') : found(ruleset);
  return isAbsent(outputs, 'nf_tables')
    ? absent('nf_tables was not in use')
    : notCollected('nft list ruleset');
});

/** Wraps a question: where nothing at all was collected, the fact is missing, not incomplete. */
function whereAny(ask: Ask): Ask {
  return (outputs) =>
    TELLING.some((kind) => output(outputs, kind)) || isAbsent(outputs, 'nf_tables')
      ? ask(outputs)
      : {
          ok: false,
          problem: 'unsupported',
          reason: 'neither iptables-save nor nft list ruleset was collected',
        };
}

const TELLING: readonly OutputKind[] = [IPV4, IPV6]
  .flatMap(({ save, nftSave, list }): OutputKind[] => [save, nftSave, list])
  .concat('nft');

/** Answers as a host without ipset does: rules that look into a set stay undecided. */
const ipset: Ask = (outputs) => {
  const sets = output(outputs, 'ipset');
  return sets ? found(sets) : absent('ipset save was not collected');
};

export const NAT: Readonly<Record<string, Ask>> = {
  'nat.legacy': legacy(IPV4),
  'nat.legacy6': legacy(IPV6),
  'nat.nft': nft(IPV4),
  'nat.nft6': nft(IPV6),
  'nat.nftables': nftables,
  'nat.ipset': ipset,
};
