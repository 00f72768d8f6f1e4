/** The proofs as a table of docs/rules: how each rule was proven. */
import type { LoadedRule } from '../../src/evaluate/rules/rules.ts';
import type { Proof, Reality } from './proof.ts';

const MEANINGS: Record<Reality, string> = {
  namespace: 'real, on a host made of namespaces of a kernel',
  vm: 'real, in a virtual machine with a kernel of its own (`npm run lab:vm`)',
  emulated: 'on such a host, with a key or program that stands for one that the kernel lacks',
  image: 'in the files of an image',
  captured: 'in what a host once said',
};

/** Returns the section of docs/rules/README.md. */
export function proofTable(rules: readonly LoadedRule[], proofs: readonly Proof[]): string {
  const ids = rules.map(({ id }) => id).sort();
  const rows = ids.map((id) => {
    const proof = proofs.find((one) => one.id === id);
    return proof === undefined ? `| ${linked(id)} | not yet | | | |` : row(proof);
  });
  const live = proofs.filter(({ real }) => real === 'namespace' || real === 'vm').length;
  const legend = Object.entries(MEANINGS).map(([real, meaning]) => `- **${real}**: ${meaning}`);
  return `${[
    '## How they are proven',
    '',
    `A rule has a proof in \`test/rules\`: its defect is made and found, and is seen by something that is not twlint; its`,
    'remedy is applied twice and undone, as a script, as a file of sysctl.d and by Ansible; and a healthy twin, alike but for',
    `the defect, is silent. ${live} of ${rules.length} are real on a kernel.`,
    '',
    ...legend,
    '',
    '| rule | proven | the defect is observed by | remedy | healthy twin |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')}\n`;
}

const linked = (id: string): string => `[${id}](${id}.md)`;

function row(proof: Proof): string {
  const { id, real, because, observed } = proof;
  const why = because === '' ? '' : `: ${because}`;
  return `| ${[linked(id), `${real}${why}`, observed, remedy(proof), twin(proof)].map(cell).join(' | ')} |`;
}

function remedy({ real, stays, mend }: Proof): string {
  if (stays !== '') return `${stays}${mend === '' ? '' : ' (tried)'}`;
  return real === 'captured' ? 'printed' : 'sh, sysctl.d, Ansible; undone';
}

const twin = ({ healthyWith }: Proof): string =>
  healthyWith.length === 0 ? 'silent' : `silent, but for ${healthyWith.join(', ')}`;

const cell = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|').trim();
