import { sentence } from '../../formats/printable.ts';
import { type Page, wrap } from '../../formats/text/page.ts';
import { printAddress, printEndpoint } from '../../network/address-text.ts';
import { PATIENCE } from './connection-request.ts';
import type { Agreement, CountedRule } from './verification.ts';
import type { ConnectionPlan, Verified } from './verify.ts';

const STYLES = { agrees: 'good', disagrees: 'error', 'not known': 'warning' } as const;
const HEADS: Record<Agreement, string> = {
  agrees: 'The kernel agrees',
  disagrees: 'The kernel disagrees',
  'not known': 'Whether the kernel agrees is not known',
};

const requestText = ({ sender, question: { source, destination }, port }: ConnectionPlan): string =>
  `one TCP connection of ${sentence(sender.name)}, from ${printAddress(source)} to ${printEndpoint(destination, port)}`;

/** Says what would be sent. */
export function connectionPlanText(planned: ConnectionPlan, page: Page): string {
  const hosts = [...new Set(planned.trace.steps.map(({ node }) => node.host))].map(sentence).join(', ');
  const text = `Nothing was sent. With --verify send: ${requestText(planned)}, opened once, waited for ${PATIENCE} seconds at most, and closed at once. Then the rules of its way are read again on ${hosts}.`;
  return `\n${wrap(text, page.width).join('\n')}\n`;
}

/** Says what was sent, what came of it, and whether that is what the trace said. */
export function verifiedText(
  planned: ConnectionPlan,
  { reply, verdict, reasons, counted }: Verified,
  page: Page,
): string {
  const lines = [
    '',
    ...wrap(`Sent: ${requestText(planned)}. It was ${REPLIES[reply]}.`, page.width),
    ...counted.flatMap((one) =>
      wrap(countedText(one), page.width - 4).map((line, i) => `  ${i === 0 ? '' : '  '}${line}`),
    ),
    ...wrap(`${HEADS[verdict]}: ${sentence(reasons.join('; '))}.`, page.width).map((line) =>
      page.paint(STYLES[verdict], line),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const REPLIES = {
  connected: 'connected',
  refused: 'refused by a reset',
  unreachable: 'answered with an error',
  silent: `not answered in ${PATIENCE} seconds`,
} as const;

/** Other packets may be counted by the same rule: a greater number proves little, the same number much. */
const countedText = ({ node, rule, before, after }: CountedRule): string =>
  `${sentence(node.name)}: ${sentence(rule.text)}: ${after === null ? 'not found again' : `${before} → ${after} packets`}`;

/** The same for scripts. */
export const verifiedJson = ({ reply, verdict, reasons, counted }: Verified) => ({
  reply,
  verdict,
  reasons,
  rules: counted.map(({ node, rule, before, after }) => ({
    host: node.host,
    namespace: node.namespace,
    rule: { text: rule.text, file: rule.origin, line: rule.line },
    packets: { before, after },
  })),
});
