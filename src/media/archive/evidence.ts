/** Turns what an archive holds of a host into evidence, as if the host had been asked. */
import type { AtRest, Found } from '../../define.ts';
import type { Answer, Evidence } from '../../model.ts';
import { unseen } from '../../network/unseen.ts';
import { evidenceOf } from '../evidence.ts';
import { OF_A_NAMESPACE, OF_THE_HOST } from './answers.ts';
import { askFiles } from './files.ts';
import type { ArchivedHost } from './outputs.ts';

interface Question {
  probe: string;
  atRest?: AtRest;
}

export interface ArchiveQuestions {
  host: readonly Question[];
  netns: readonly Question[];
  /** The namespaces that count; `init`: the host's own alone. */
  namespaces: 'all' | 'init';
}

export function evidenceIn(host: ArchivedHost, questions: ArchiveQuestions): Evidence[] {
  const asked = questions.namespaces === 'init' ? host.namespaces.slice(0, 1) : host.namespaces;
  return [
    ...questions.host.map(({ probe, atRest }) => evidenceOf(probe, null, hostwide(probe, atRest, host))),
    ...asked.flatMap(({ outputs }, number) =>
      questions.netns.map(({ probe }) =>
        evidenceOf(probe, String(number), OF_A_NAMESPACE[probe]?.(outputs) ?? NOWHERE),
      ),
    ),
  ];
}

function hostwide(probe: string, atRest: AtRest | undefined, host: ArchivedHost): Answer<Found> {
  const init = host.namespaces[0].outputs;
  return aboutArchive(probe, host) ?? askFiles(probe, atRest, host) ?? OF_THE_HOST[probe]?.(init) ?? NOWHERE;
}

const NOWHERE = { ok: false, problem: 'unsupported', reason: 'no archive tells it' } as const;

/** Answers the questions about the archive itself, which nobody has to have written down. */
function aboutArchive(
  probe: string,
  { namespaces, otherNamespaces, root }: ArchivedHost,
): Answer<Found> | null {
  if (probe === 'namespaces.list') {
    const named = namespaces.slice(1).map(({ name }, i) => `netns ${i + 1} ${name} ${name}`);
    const text = ['init 0', 'own 0', 'unreadable 0', 'capped 0', ...named, unseen(otherNamespaces)].join(
      '\n',
    );
    return { ok: true, value: { text } };
  }
  if (root === true && probe === 'privilege.user') return { ok: true, value: { text: '0\nroot\n' } };
  if (root === true && probe === 'privilege.refusal') return { ok: true, value: { text: '' } };
  return null;
}
